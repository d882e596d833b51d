import { mkdir, open, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { classify } from '../../program/file-kind.ts';
import type { PolicyText } from './posted-files.ts';

/** Begins with a dot: neither the loader nor the watch looks into it. */
const stageName = '.sluice-activation';
const journalName = 'journal.json';
/** A stage without a journal that is older belongs to nobody any more. */
const abandonedMs = 60_000;

/** What is written into a folder, all of it or nothing. */
export interface FolderWrites {
  readonly writes: readonly PolicyText[];
  readonly removes: readonly string[];
}

interface Journal {
  readonly writes: readonly string[];
  readonly removes: readonly string[];
}

/** Another process is at work in the folder. */
export class FolderBusy extends Error {
  constructor() {
    super('another gateway is changing the policies folder');
    this.name = 'FolderBusy';
  }
}

/**
 * Puts new contents of files beside them, on the same disk, durably. The folder itself is as before; `commit` and `abandon`
 * end it.
 *
 * @param nowMs the wall clock.
 * @throws FolderBusy; Error of the file system, and then nothing has changed.
 */
export async function stage(folder: string, { writes, removes }: FolderWrites, nowMs: number): Promise<void> {
  await claim(folder, nowMs);
  const place = join(folder, stageName);
  try {
    for (const { name, text } of writes) {
      const mode = await stat(join(folder, name)).then(
        (info) => info.mode & 0o777,
        () => 0o644,
      );
      await writeDurably(join(place, name), text, mode);
    }
    const journal: Journal = { writes: writes.map(({ name }) => name), removes };
    await writeDurably(join(place, 'journal.tmp'), JSON.stringify(journal), 0o644);
    await sync(place);
  } catch (error) {
    await discard(folder);
    throw error;
  }
}

/**
 * Makes the staged contents the folder's. From the first line on a crash leaves a journal: whoever reads the folder next
 * with `finish` ends the work, so that nobody loads half of it.
 */
export async function commit(folder: string): Promise<void> {
  const place = join(folder, stageName);
  await rename(join(place, 'journal.tmp'), join(place, journalName));
  await sync(place);
  await finish(folder);
}

/** Forgets what was staged, where it was not committed. */
export async function abandon(folder: string): Promise<void> {
  const isCommitted = await stat(join(folder, stageName, journalName)).then(
    () => true,
    () => false,
  );
  if (!isCommitted) await discard(folder);
}

async function discard(folder: string): Promise<void> {
  await rm(join(folder, stageName), { recursive: true, force: true });
}

/**
 * Ends a commit that a crash cut off; without one nothing happens. Two processes may do it at once.
 *
 * @throws Error where the folder cannot be written: it holds half a change and must not be loaded.
 */
export async function finish(folder: string): Promise<void> {
  const place = join(folder, stageName);
  const journal = await readJournal(join(place, journalName));
  if (journal === null) return;
  for (const name of journal.writes) await ignoreMissing(rename(join(place, name), join(folder, name)));
  for (const name of journal.removes) await ignoreMissing(unlink(join(folder, name)));
  await sync(folder);
  await ignoreMissing(unlink(join(place, journalName)));
  await discard(folder);
}

async function claim(folder: string, nowMs: number): Promise<void> {
  const place = join(folder, stageName);
  await finish(folder);
  for (const isLast of [false, true]) {
    try {
      await mkdir(place);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const info = await stat(place).catch(() => null);
      if (isLast || (info !== null && nowMs - info.mtimeMs < abandonedMs)) throw new FolderBusy();
      await discard(folder);
    }
  }
}

async function readJournal(path: string): Promise<Journal | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const { writes, removes } = JSON.parse(text) as Journal;
  for (const name of [...writes, ...removes]) {
    // Nobody else writes it; all the same nothing in it leads out of the folder.
    if (/[/\\]/.test(name) || 'problem' in classify(name)) {
      throw new Error(
        `${stageName}/${journalName} names ${JSON.stringify(name)}, which is no file of a program`,
      );
    }
  }
  return { writes, removes };
}

async function writeDurably(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes names durable. Not every file system knows how. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

async function ignoreMissing(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
