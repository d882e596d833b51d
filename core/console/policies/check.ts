import { setImmediate as breathe } from 'node:timers/promises';
import type { PolicyCase } from '../../policy-test/case.ts';
import { readCases } from '../../policy-test/cases.ts';
import { plansOf } from '../../policy-test/plans.ts';
import { type CaseResult, runCase } from '../../policy-test/run-case.ts';
import type { Problem } from '../../problem.ts';
import type { FolderSnapshot } from '../../program/folder.ts';
import type { PolicyLoader } from '../../program/policy-loader.ts';
import { type ProgramRow, programRow } from '../../program/program-row.ts';
import { systemClock } from '../../services/clock.ts';
import { openTrial, problemsOf, type Trial, type TrialDeps } from './trial.ts';

/** Real time that all cases together may take, and each by itself. */
const maxCasesMs = 10_000;
const maxCaseMs = 5_000;

/** One case and what came of it. */
export interface CheckedCase {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly ok: boolean;
  readonly status: CaseResult['status'];
  /** What came out otherwise, a line each. */
  readonly diff: readonly string[];
}

/** What `sluice check` and `sluice test` say of a folder. */
export interface CheckResult {
  readonly ok: boolean;
  readonly version: string;
  readonly problems: readonly Problem[];
  /** Empty where the folder does not load. */
  readonly table: readonly ProgramRow[];
  readonly tests: {
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly results: readonly CheckedCase[];
  };
}

/**
 * Loads a folder beside the one that serves and runs its cases. Tests in TypeScript are left to `sluice test`: they are
 * programs, and run outside the sandbox.
 *
 * @param wanted false ends it early, such as for a client that left.
 */
export async function checkFolder(
  snapshot: FolderSnapshot,
  loader: PolicyLoader,
  deps: TrialDeps,
  wanted: () => boolean = () => true,
): Promise<CheckResult> {
  let trial: Trial;
  try {
    trial = await openTrial(snapshot, loader, deps);
  } catch (error) {
    return resultOf(snapshot, problemsOf(error), [], []);
  }
  try {
    const table = trial.program.steps.map(programRow);
    const { results, problems } = await runCases(snapshot, loader, trial, wanted);
    return resultOf(snapshot, [...trial.warnings, ...problems], table, results);
  } finally {
    await trial.close();
  }
}

async function runCases(
  snapshot: FolderSnapshot,
  loader: PolicyLoader,
  trial: Trial,
  wanted: () => boolean,
): Promise<{ readonly results: readonly CheckedCase[]; readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const cases: PolicyCase[] = [];
  for (const { name, kind, text } of snapshot.files) {
    if (kind !== 'test' || !/\.ya?ml$/.test(name)) continue;
    const read = readCases(text, name);
    problems.push(...read.problems);
    cases.push(...read.cases);
  }
  if (cases.length === 0) return { results: [], problems };
  const policies = await plansOf(snapshot, loader.sandbox);
  const results: CheckedCase[] = [];
  const startedMs = systemClock.monotonic();
  for (const [index, one] of cases.entries()) {
    // Requests get their turn between any two cases.
    await breathe();
    if (!wanted()) break;
    const leftMs = maxCasesMs - (systemClock.monotonic() - startedMs);
    if (leftMs <= 0) {
      const message = `the tests took longer than ${maxCasesMs} ms in all; ${cases.length - index} of them, from this one on, were not run`;
      problems.push({ file: one.file, ...one.place, severity: 'error', message });
      break;
    }
    const result = await runCase(one, trial, { policies, limitMs: Math.min(leftMs, maxCaseMs) });
    results.push(checkedCase(result));
  }
  return { results, problems };
}

function checkedCase({ of, status, notes }: CaseResult): CheckedCase {
  const ok = status === 'pass' || status === 'skip';
  return { file: of.file, line: of.place.line, name: of.name, ok, status, diff: notes };
}

function resultOf(
  { version }: FolderSnapshot,
  problems: readonly Problem[],
  table: readonly ProgramRow[],
  results: readonly CheckedCase[],
): CheckResult {
  const failed = results.filter(({ ok }) => !ok).length;
  const skipped = results.filter(({ status }) => status === 'skip').length;
  return {
    ok: failed === 0 && !problems.some(({ severity }) => severity === 'error'),
    version,
    problems,
    table,
    tests: { passed: results.length - failed - skipped, failed, skipped, results },
  };
}
