import { createHash } from 'node:crypto';
import type { Problem } from '../problem.ts';
import { classify } from './file-kind.ts';
import type { FolderSnapshot, SnapshotFile } from './folder.ts';

/** Stands where the path of a folder stands. */
export const memoryFolderName = '(memory)';

/** A policies folder that is no folder: file names and texts, for tests and drafts. Same rules as on disk. */
export function memoryFolder(files: Readonly<Record<string, string>>): FolderSnapshot {
  const hash = createHash('sha256');
  const taken: SnapshotFile[] = [];
  const problems: Problem[] = [];
  for (const name of Object.keys(files).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    const text = files[name]!;
    const found = name.includes('/') ? ({ kind: 'asset' } as const) : classify(name);
    if ('problem' in found)
      problems.push({ file: name, line: 0, column: 0, severity: 'error', message: found.problem });
    else if (found.kind !== 'ignored') {
      hash.update(`${name}\0${Buffer.byteLength(text)}\0`).update(text);
      taken.push({ name, kind: found.kind, text });
    }
  }
  return { folder: memoryFolderName, version: hash.digest('hex').slice(0, 12), files: taken, problems };
}
