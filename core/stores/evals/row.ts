import type { EvalOutcome, EvalRun } from '../../evals/eval-runs.ts';
import type { SuiteResult } from '../../evals/run-suite.ts';

/** A row as both databases give it. */
export function evalRunOf(row: Readonly<Record<string, unknown>>): EvalRun {
  const { result, regressed } = JSON.parse(String(row['body'])) as {
    readonly result: SuiteResult;
    readonly regressed: readonly string[];
  };
  return {
    suite: String(row['suite']),
    digest: String(row['digest']),
    startedAtMs: Number(row['started_at_ms']),
    endedAtMs: Number(row['ended_at_ms']),
    outcome: String(row['outcome']) as EvalOutcome,
    regressed,
    result,
  };
}

/** What has no column of its own, as text. */
export function bodyOf({ result, regressed }: EvalRun): string {
  return JSON.stringify({ result, regressed });
}
