import type { MaybePromise } from '../../sdk/plugin.ts';
import type { SuiteResult } from './run-suite.ts';

/**
 * How a run on schedule ended. `passed`: enough cases passed and none got worse. `regressed`: cases that passed in the last
 * good run pass less often. `failed`: too few passed, and there is no good run that says which got worse. `incomplete`:
 * questions got no answer, which says nothing of the answers.
 */
export type EvalOutcome = 'passed' | 'regressed' | 'failed' | 'incomplete';

/** One run of a suite. */
export interface EvalRun {
  /** The suite as the configuration names it. */
  readonly suite: string;
  /** Hash of the suite's text: an edited suite is compared with its own runs only. */
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: EvalOutcome;
  /** Cases that got worse than in the last good run, `model: name`. */
  readonly regressed: readonly string[];
  readonly result: SuiteResult;
}

/** Runs that are kept for each suite, the newest; the last good one is kept beyond that. */
export const maxKeptRuns = 30;

/**
 * Runs of suites, where the ledger is: all gateways of a fleet see the same. Every method throws GatewayError 503
 * `store_unavailable` where the store cannot be reached.
 */
export interface EvalRuns {
  /** Keeps a run, and forgets what is more than `maxKeptRuns`. A second one of the same suite and start changes nothing. */
  add(run: EvalRun): MaybePromise<void>;
  /** The newest first. */
  newest(suite: string, limit: number): MaybePromise<readonly EvalRun[]>;
  /** The newest that passed with this text of the suite; null for none. */
  lastGood(suite: string, digest: string): MaybePromise<EvalRun | null>;
}

/** Runs of a gateway that has no place to keep them: gone with the process. */
export function memoryEvalRuns(): EvalRuns {
  const bySuite = new Map<string, EvalRun[]>();
  const of = (suite: string) => bySuite.get(suite) ?? [];
  return {
    add(run) {
      const runs = of(run.suite);
      if (runs.some(({ startedAtMs }) => startedAtMs === run.startedAtMs)) return;
      const sorted = [run, ...runs].sort((a, b) => b.startedAtMs - a.startedAtMs);
      const good = sorted.find(({ outcome }) => outcome === 'passed');
      bySuite.set(
        run.suite,
        sorted.filter((one, index) => index < maxKeptRuns || one === good),
      );
    },
    newest: (suite, limit) => of(suite).slice(0, limit),
    lastGood: (suite, digest) =>
      of(suite).find((run) => run.outcome === 'passed' && run.digest === digest) ?? null,
  };
}
