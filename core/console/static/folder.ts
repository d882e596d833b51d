import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The app is some hundred files; more is another folder. */
const maxFiles = 5000;
const maxDepth = 8;
/** Larger than any compiler that an editor loads. */
export const maxFileBytes = 32 * 1_048_576;

/**
 * Names of all plain files in a folder and the folders in it, with slashes. Links are left out, wherever they lead. An empty
 * set where there is no such folder.
 */
export async function filesIn(folder: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  async function walk(path: string, depth: number): Promise<void> {
    const entries = await readdir(join(folder, path), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.name.startsWith('.') || names.size >= maxFiles) continue;
      const name = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isFile()) names.add(name);
      else if (entry.isDirectory() && depth < maxDepth) await walk(name, depth + 1);
    }
  }
  await walk('', 0);
  return names;
}

/** A file's bytes; null where it is gone, too large, or has become something else than a plain file. */
export async function readPlainFile(folder: string, name: string): Promise<Buffer | null> {
  let file: FileHandle;
  try {
    file = await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const info = await file.stat();
    return info.isFile() && info.size <= maxFileBytes ? await file.readFile() : null;
  } catch {
    return null;
  } finally {
    await file.close();
  }
}
