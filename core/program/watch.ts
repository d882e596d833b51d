import { watch as watchFiles } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cancel, Clock } from '../../sdk/services.ts';

/** Editors write a file in several steps; a reload in between would see half of it. */
const debounceMs = 50;
/** Network and container mounts report no changes at all: the folder is looked at as well. */
const pollMs = 500;
const maxDepth = 8;

export interface WatchOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** Called after changes; not again before its promise settles. */
  readonly changed: () => Promise<unknown>;
  /** Reports changes as the file system does; from `node:fs` by default. */
  readonly notify?: (folder: string, changed: () => void) => Cancel;
  /** A text that differs whenever the folder does; names, sizes and times of its files by default. */
  readonly stamp?: (folder: string) => Promise<string>;
}

/** Watches a folder and calls `changed` after each change (several in a row count as one). Returns its end. */
export function watchFolder(options: WatchOptions): Cancel {
  const { folder, clock, changed } = options;
  const stamp = options.stamp ?? stampFolder;
  let stopped = false;
  let running = false;
  let again = false;
  let cancelDebounce: Cancel = () => undefined;
  let cancelPoll: Cancel = () => undefined;
  let seen: string | null = null;

  function schedule(): void {
    if (stopped) return;
    cancelDebounce();
    cancelDebounce = clock.after(debounceMs, () => void run());
  }

  async function run(): Promise<void> {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      seen = await stamp(folder).catch(() => seen);
      if (!stopped) await changed();
    } catch {
      // `changed` reports its own failures; the watch goes on.
    } finally {
      running = false;
      if (again) {
        again = false;
        schedule();
      }
    }
  }

  async function poll(): Promise<void> {
    const now = await stamp(folder).catch(() => 'unreadable');
    if (seen !== null && now !== seen) schedule();
    seen = now;
    if (!stopped) cancelPoll = clock.after(pollMs, () => void poll());
  }

  const cancelNotify = (options.notify ?? notifyOfFiles)(folder, schedule);
  void poll();
  return () => {
    stopped = true;
    cancelNotify();
    cancelDebounce();
    cancelPoll();
  };
}

function notifyOfFiles(folder: string, changed: () => void): Cancel {
  try {
    const watcher = watchFiles(folder, { recursive: true, persistent: false }, () => changed());
    // The folder may vanish or the system run out of watches: polling goes on.
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => undefined;
  }
}

/** Names, sizes and modification times of all files, links followed. */
export async function stampFolder(folder: string): Promise<string> {
  const parts: string[] = [];
  async function walk(path: string, depth: number): Promise<void> {
    for (const entry of (await readdir(join(folder, path))).sort()) {
      if (entry.startsWith('.') || entry === 'node_modules') continue;
      const full = path === '' ? entry : `${path}/${entry}`;
      const info = await stat(join(folder, full)).catch(() => null);
      if (info?.isDirectory()) {
        if (depth < maxDepth) await walk(full, depth + 1);
      } else {
        parts.push(`${full}:${info?.size ?? -1}:${info?.mtimeMs ?? 0}:${info?.ino ?? 0}`);
      }
    }
  }
  await walk('', 0);
  return parts.join('\n');
}
