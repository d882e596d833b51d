import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { whyUnreadable } from '../config/references.ts';
import { type Problem, ProblemsError } from '../problem.ts';
import { classify, type SnapshotKind } from './file-kind.ts';

/** One file of the policies folder as it was read. */
export interface SnapshotFile {
  /** File name; with its folders, joined by `/`, for assets. */
  readonly name: string;
  readonly kind: SnapshotKind;
  readonly text: string;
}

/** The policies folder at one moment. */
export interface FolderSnapshot {
  readonly folder: string;
  /** First 12 hexadecimal digits of a SHA-256 over names and contents of everything that matters. */
  readonly version: string;
  /** In file-name order (by bytes): plugin, policy and test files, then the assets in their folders. */
  readonly files: readonly SnapshotFile[];
  /** Files that are not understood, too large or unreadable. A program with such files does not load. */
  readonly problems: readonly Problem[];
}

const maxFileBytes = 1_048_576;
const maxFiles = 500;
const maxDepth = 8;
/** Folders whose contents never are part of a program. */
const otherFolders: ReadonlySet<string> = new Set(['examples', 'node_modules']);

/**
 * Reads the policies folder. Its files are the program; files in folders inside it (such as `prompts/`) are assets:
 * nothing loads them by itself, but they count for the version. Links are followed, since mounted volumes are made
 * of them; names that begin with a dot are left alone.
 *
 * @throws {ProblemsError} when the folder itself cannot be read.
 */
export async function readFolder(folder: string): Promise<FolderSnapshot> {
  const files: SnapshotFile[] = [];
  const problems: Problem[] = [];
  const hash = createHash('sha256');
  let count = 0;
  const complain = (name: string, message: string) =>
    problems.push({ file: name, line: 0, column: 0, severity: 'error', message });

  async function readOne(name: string, kind: SnapshotKind, bytes: number): Promise<void> {
    count += 1;
    if (count > maxFiles) {
      if (count === maxFiles + 1) complain(name, `expected at most ${maxFiles} files; this is one too many`);
      return;
    }
    if (bytes > maxFileBytes) {
      complain(name, `expected at most ${maxFileBytes} bytes; came ${bytes}`);
      return;
    }
    const content = await readFile(join(folder, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
    const text = decode(content);
    if (text === null && kind !== 'asset') complain(name, 'expected text in UTF-8; came other bytes');
    files.push({ name, kind, text: text ?? '' });
  }

  async function readEntry(path: string, depth: number): Promise<void> {
    const entry = path.slice(path.lastIndexOf('/') + 1);
    const info = await stat(join(folder, path));
    if (info.isDirectory()) {
      if (otherFolders.has(entry)) return;
      if (depth >= maxDepth) complain(path, `expected at most ${maxDepth} folders inside each other`);
      else await readAll(path, depth + 1);
      return;
    }
    if (!info.isFile()) {
      complain(path, 'expected a file or a folder; came something else');
      return;
    }
    const found = depth > 0 ? ({ kind: 'asset' } as const) : classify(entry);
    if ('problem' in found) complain(path, found.problem);
    else if (found.kind !== 'ignored') await readOne(path, found.kind, info.size);
  }

  async function readAll(path: string, depth: number): Promise<void> {
    for (const entry of inByteOrder(await readdir(join(folder, path)))) {
      if (entry.startsWith('.')) continue;
      const full = path === '' ? entry : `${path}/${entry}`;
      try {
        await readEntry(full, depth);
      } catch (error) {
        complain(full, `the file ${whyUnreadable(error)}`);
      }
    }
  }

  try {
    await readAll('', 0);
  } catch (error) {
    const message = `the policies folder ${whyUnreadable(error)}; make it, or name another with --policies`;
    throw new ProblemsError([{ file: folder, line: 0, column: 0, severity: 'error', message }]);
  }
  const program = files.filter(({ kind }) => kind !== 'asset');
  const assets = files.filter(({ kind }) => kind === 'asset');
  return { folder, version: hash.digest('hex').slice(0, 12), files: [...program, ...assets], problems };
}

/** Sorted by their bytes, the order of `LC_ALL=C ls`: the same on every machine, whatever its language. */
function inByteOrder(names: readonly string[]): string[] {
  return [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(content: Buffer): string | null {
  try {
    return utf8.decode(content);
  } catch {
    return null;
  }
}
