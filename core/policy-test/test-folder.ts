import type { Problem } from '../problem.ts';
import type { FolderSnapshot } from '../program/folder.ts';
import { readCases } from './cases.ts';
import type { Offline } from './offline.ts';
import { type CaseResult, runCase } from './run-case.ts';

/** The cases of one file and what came of them. */
export interface FileResult {
  readonly file: string;
  readonly results: readonly CaseResult[];
  /** What is wrong with the file itself; its other cases were run all the same. */
  readonly problems: readonly Problem[];
}

/**
 * Runs the cases in the YAML test files of a folder, file by file and one after another.
 *
 * @param only one file of the folder; all of them by default
 */
export async function* testFolder(
  snapshot: FolderSnapshot,
  offline: Offline,
  only: string | null = null,
): AsyncGenerator<FileResult> {
  for (const { name, kind, text } of snapshot.files) {
    if (kind !== 'test' || !/\.ya?ml$/.test(name) || (only !== null && name !== only)) continue;
    const { cases, problems } = readCases(text, name);
    const results: CaseResult[] = [];
    for (const one of cases) results.push(await runCase(one, offline, { policies: offline.policies }));
    yield { file: name, results, problems };
  }
}
