import { createHash } from 'node:crypto';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { type FailedPolicies, type LoadedPolicies, loadPolicies } from './load.ts';
import { stripTypes } from './strip.ts';

/** A policy file as it is on disk. */
export interface PolicyFile {
  /** Name in the policies folder, such as `40-cheap.policy.ts`. */
  readonly file: string;
  readonly text: string;
  readonly typescript: boolean;
}

export interface CompileServices {
  readonly sandbox: Sandbox;
}

/**
 * A policy file -> its validated policies: types stripped, evaluated once in the sandbox, the plan checked. Problems
 * have the line and column of the author's file.
 */
export async function compilePolicy(
  { file, text, typescript }: PolicyFile,
  { sandbox }: CompileServices,
): Promise<LoadedPolicies | FailedPolicies> {
  const stripped = typescript ? stripTypes(file, text) : ({ ok: true, source: text } as const);
  if (!stripped.ok) return { ok: false, problems: [stripped.problem] };
  const hash = createHash('sha256').update(file).update('\0').update(text).digest('hex').slice(0, 16);
  return loadPolicies({ file, source: stripped.source, key: `${file}@${hash}` }, sandbox);
}
