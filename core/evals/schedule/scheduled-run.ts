import { createHash } from 'node:crypto';
import type { EvalSchedule } from '../../config/evals.ts';
import type { Ask } from '../ask.ts';
import { type CaseChange, type Comparison, compareResults } from '../compare-results.ts';
import type { EvalOutcome, EvalRun, EvalRuns } from '../eval-runs.ts';
import { readSuite } from '../read-suite.ts';
import { runSuite, type SuiteResult } from '../run-suite.ts';
import type { NotUnderstood } from '../suite.ts';

/** Questions under way at once: a suite must not take places of requests. */
const concurrency = 2;
/** What is kept of the notes of a case. */
const maxNotes = 5;
const maxNoteChars = 300;

export interface RunDeps {
  readonly ask: Ask;
  readonly runs: EvalRuns;
  readonly nowMs: () => number;
  /** Who is asked where neither the schedule nor the suite says. */
  readonly firstAlias: string | null;
  /** True once nobody wants the run any more. */
  readonly isAborted: () => boolean;
}

/** A run, and what it was compared with. */
export interface Ran {
  readonly run: EvalRun;
  /** Null where there is no good run yet of this text of the suite. */
  readonly comparison: Comparison | null;
  readonly changes: readonly CaseChange[];
  readonly notUnderstood: readonly NotUnderstood[];
}

/**
 * Runs a suite once, compares it with its last good run and keeps what came.
 *
 * @returns null where it was aborted: half a run says nothing.
 * @throws ProblemsError where the text is no suite, Error where nobody can be asked, GatewayError where the run cannot be
 *   kept.
 */
export async function runScheduled(
  { suite: name, against, file }: EvalSchedule,
  text: string,
  deps: RunDeps,
): Promise<Ran | null> {
  const startedAtMs = deps.nowMs();
  const { suite, notUnderstood } = readSuite(text, file);
  const wanted = against.length > 0 ? against : suite.models;
  const models = wanted.length > 0 || deps.firstAlias === null ? wanted : [deps.firstAlias];
  if (models.length === 0) throw new Error('expected models to ask: against, or providers in the suite');
  const result = await runSuite({ suite: { ...suite, models }, ask: deps.ask, concurrency });
  if (deps.isAborted()) return null;
  const digest = createHash('sha256').update(text).update(models.join('\n')).digest('hex').slice(0, 16);
  const good = await deps.runs.lastGood(name, digest);
  const comparison = good === null ? null : compareResults(good.result, result);
  const changes = worsened(result, comparison);
  const run: EvalRun = {
    suite: name,
    digest,
    startedAtMs,
    endedAtMs: deps.nowMs(),
    outcome: outcomeOf(result, changes),
    regressed: changes.map((one) => `${one.model}: ${one.name}`),
    result: shortened(result),
  };
  await deps.runs.add(run);
  return { run, comparison, changes, notUnderstood };
}

/** Cases that got worse; those that got no answer say nothing. */
function worsened({ cases }: SuiteResult, comparison: Comparison | null): readonly CaseChange[] {
  const unanswered = new Set(
    cases.filter(({ state }) => state === 'error').map(({ model, name }) => `${model}\n${name}`),
  );
  return (comparison?.changes ?? []).filter(
    ({ kind, model, name }) => kind === 'regressed' && !unanswered.has(`${model}\n${name}`),
  );
}

function outcomeOf({ cases, passed }: SuiteResult, changes: readonly CaseChange[]): EvalOutcome {
  if (changes.length > 0) return 'regressed';
  if (cases.some(({ state }) => state === 'error')) return 'incomplete';
  return passed ? 'passed' : 'failed';
}

function shortened(result: SuiteResult): SuiteResult {
  const cases = result.cases.map((one) => ({
    ...one,
    notes: one.notes.slice(0, maxNotes).map((note) => note.slice(0, maxNoteChars)),
  }));
  return { ...result, cases };
}
