import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { classify } from '../../program/file-kind.ts';
import type { FolderSnapshot, SnapshotFile } from '../../program/folder.ts';
import { memoryFolderName } from '../../program/memory-folder.ts';
import { isTestScript, type PolicyText } from './posted-files.ts';

/** One file that a draft would change. */
export interface FileChange {
  readonly file: string;
  readonly kind: 'added' | 'changed' | 'removed';
}

/** Files that the console shows and changes; the others (subfolders, test scripts) stay as they are. */
export function isEditable({ name, kind }: SnapshotFile): boolean {
  return kind !== 'asset' && !isTestScript(name);
}

/**
 * The folder as it would be with other files in it: its subfolders and test scripts stay. The version is the one that reading
 * the folder would give.
 *
 * @param base the folder as it is.
 */
export async function draftFolder(
  base: FolderSnapshot,
  posted: readonly PolicyText[],
): Promise<FolderSnapshot> {
  const kept = base.files.filter((file) => !isEditable(file));
  const own = posted.map(({ name, text }): SnapshotFile => {
    const found = classify(name);
    return { name, kind: 'kind' in found && found.kind !== 'ignored' ? found.kind : 'asset', text };
  });
  const all = [...own, ...kept].sort((a, b) => inFolderOrder(a.name, b.name));
  const hash = createHash('sha256');
  for (const file of all) {
    const bytes = await bytesOf(base, file);
    hash.update(`${file.name}\0${bytes.length}\0`).update(bytes);
  }
  return {
    folder: base.folder,
    version: hash.digest('hex').slice(0, 12),
    files: [...all.filter(({ kind }) => kind !== 'asset'), ...all.filter(({ kind }) => kind === 'asset')],
    // What is wrong with files that stay is wrong with the draft; those that it replaces are not read any more.
    problems: base.problems.filter(({ file }) => file.includes('/')),
  };
}

/** What a draft changes, by name. */
export function changesOf(base: FolderSnapshot, draft: FolderSnapshot): FileChange[] {
  const before = new Map(base.files.map(({ name, text }) => [name, text]));
  const after = new Map(draft.files.map(({ name, text }) => [name, text]));
  const names = [...new Set([...before.keys(), ...after.keys()])].sort(inFolderOrder);
  return names.flatMap((file): FileChange[] => {
    const [old, text] = [before.get(file), after.get(file)];
    if (old === text) return [];
    return [{ file, kind: old === undefined ? 'added' : text === undefined ? 'removed' : 'changed' }];
  });
}

/** As the folder is walked: level by level, by the bytes of the names. */
function inFolderOrder(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')];
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const order = Buffer.compare(Buffer.from(left[index]!), Buffer.from(right[index]!));
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Assets need not be text: what the snapshot cannot hold is read again. */
async function bytesOf({ folder }: FolderSnapshot, { name, kind, text }: SnapshotFile): Promise<Buffer> {
  if (kind !== 'asset' || text !== '' || folder === memoryFolderName) return Buffer.from(text);
  return await readFile(join(folder, name)).catch(() => Buffer.alloc(0));
}
