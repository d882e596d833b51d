import { lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file below a folder. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
  /** Only its owner may read it. */
  readonly secret: boolean;
}

/**
 * Writes files that are not there yet. Where one is, nothing is written at all, unless it may be replaced.
 *
 * @returns the files that are in the way; none where everything was written.
 */
export async function writeNewFiles(
  folder: string,
  files: readonly NewFile[],
  replace: boolean,
): Promise<readonly string[]> {
  const there: string[] = [];
  for (const { path } of files) if (await exists(join(folder, path))) there.push(path);
  if (there.length > 0 && !replace) return there;
  for (const { path, text, secret } of files) {
    const full = join(folder, path);
    await mkdir(dirname(full), { recursive: true });
    // A file of its own in place of the old one: not what a link points to, and not with the old one's permissions.
    if (replace) await rm(full, { force: true });
    await writeFile(full, text, { flag: 'wx', mode: secret ? 0o600 : 0o644 });
  }
  return [];
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}
