import type { Problem } from '../problem.ts';
import type { FolderSnapshot } from '../program/folder.ts';
import type { Program } from '../program/step.ts';
import type { Setup } from '../runtime/setup.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { systemClock } from '../services/clock.ts';
import type { PolicyCase } from './case.ts';
import { readCases } from './cases.ts';
import { plansOf } from './plans.ts';
import { type CaseResult, runCase } from './run-case.ts';

/** What a program is verified with. */
export interface VerifyDeps {
  /** The configuration that the program was loaded with. */
  readonly setup: Pick<Setup, 'config' | 'services' | 'attempts'>;
  /** Where its policies are loaded. */
  readonly sandbox: Sandbox;
  /** Real time that all cases together may take, 10 s by default. */
  readonly limitMs?: number;
}

const defaultLimitMs = 10_000;

/**
 * Runs the cases beside the policies on a program that does not serve yet. What fails is a problem at the line of
 * the case, so that the change does not go live. Tests in TypeScript are left to `sluice test`: they are programs
 * of their own.
 */
export async function verifyFolder(
  program: Program,
  snapshot: FolderSnapshot,
  { setup, sandbox, limitMs = defaultLimitMs }: VerifyDeps,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const cases: PolicyCase[] = [];
  for (const { name, kind, text } of snapshot.files) {
    if (kind !== 'test' || !/\.ya?ml$/.test(name)) continue;
    const read = readCases(text, name);
    problems.push(...read.problems);
    cases.push(...read.cases);
  }
  if (cases.length === 0) return problems;
  const policies = await plansOf(snapshot, sandbox);
  const stage = { program, setup };
  // Real time, whatever the clock of the gateway says: the sandbox runs in it.
  const startedMs = systemClock.monotonic();
  for (const [index, one] of cases.entries()) {
    const leftMs = limitMs - (systemClock.monotonic() - startedMs);
    if (leftMs <= 0) {
      const message = `the tests took longer than ${limitMs} ms in all; ${cases.length - index} of them, from this one on, were not run`;
      problems.push({ file: one.file, ...one.place, severity: 'error', message });
      break;
    }
    const result = await runCase(one, stage, { policies, limitMs: Math.min(leftMs, 5_000) });
    if (result.status === 'fail' || result.status === 'error') problems.push(problemOf(result));
  }
  return problems;
}

function problemOf({ of, status, notes }: CaseResult): Problem {
  const said = status === 'fail' ? 'fails' : 'cannot be run';
  return {
    file: of.file,
    ...of.place,
    severity: 'error',
    message: `the test "${of.name}" ${said}: ${notes.join('; ')}`,
  };
}
