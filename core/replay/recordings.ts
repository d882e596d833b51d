import { appendFile, mkdir, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cancel, Clock, Ids, Log } from '../../sdk/services.ts';

/** Where a gateway records requests, and `sluice replay` finds them. */
export function recordingsFolder(dataFolder: string): string {
  return join(dataFolder, 'recordings');
}

/** The files of recorded requests in a folder, the oldest first. None where there is no folder. */
export async function recordingFiles(folder: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted()
    .map((name) => join(folder, name));
}

export interface RecordingsOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'span'>;
  readonly log: Log;
  /** As the configuration has them now. */
  limits(): { readonly sizeBytes: number; readonly retentionMs: number };
  /** Told of lines that could not be written. */
  lost(lines: number): void;
}

const maxWaitingChars = 8 * 1024 * 1024;
const writeAtChars = 256 * 1024;
const delayMs = 1000;
/** A folder holds about so many files, so that what is deleted for room is a part of it. */
const filesPerFolder = 16;
/** Other processes delete files that are old; one that is written to must not be. */
const maxFileMs = 3_600_000;
const tidyEveryMs = 600_000;
const complainEveryMs = 60_000;

interface OpenFile {
  readonly path: string;
  readonly madeMs: number;
  bytes: number;
}

/** Lines of recorded requests on their way to files, which are bounded by their size and their age. */
export class Recordings {
  readonly #options: RecordingsOptions;
  #lines: string[] = [];
  #chars = 0;
  #timer: Cancel | null = null;
  #writing: Promise<void> | null = null;
  #file: OpenFile | null = null;
  #tidiedMs = -Infinity;
  #complainedMs = -Infinity;
  #closed = false;

  constructor(options: RecordingsOptions) {
    this.#options = options;
  }

  /** False where too many wait, or files are not wanted. */
  add(line: string): boolean {
    if (this.#closed || this.#chars + line.length > maxWaitingChars) return false;
    if (this.#options.limits().sizeBytes === 0) return true;
    this.#lines.push(line);
    this.#chars += line.length;
    if (this.#chars >= writeAtChars) this.#start();
    else
      this.#timer ??= this.#options.clock.after(delayMs, () => {
        this.#timer = null;
        this.#start();
      });
    return true;
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.();
    while (this.#lines.length > 0 || this.#writing !== null) {
      this.#start();
      await this.#writing;
    }
  }

  #start(): void {
    if (this.#writing !== null || this.#lines.length === 0) return;
    const lines = this.#lines;
    this.#lines = [];
    this.#chars = 0;
    this.#writing = this.#write(lines).finally(() => {
      this.#writing = null;
      if (this.#chars >= writeAtChars) this.#start();
    });
  }

  async #write(lines: readonly string[]): Promise<void> {
    const { clock, log, lost } = this.#options;
    try {
      const text = lines.join('');
      const file = await this.#fileFor();
      // Prompts are for nobody but the owner of the gateway.
      await appendFile(file.path, text, { mode: 0o600 });
      file.bytes += Buffer.byteLength(text);
      if (clock.monotonic() - this.#tidiedMs >= tidyEveryMs) await this.#tidy();
    } catch (error) {
      this.#file = null;
      lost(lines.length);
      if (clock.monotonic() - this.#complainedMs < complainEveryMs) return;
      this.#complainedMs = clock.monotonic();
      log.error(
        { code: (error as NodeJS.ErrnoException).code ?? 'unknown' },
        'recorded requests could not be written',
      );
    }
  }

  async #fileFor(): Promise<OpenFile> {
    const { folder, clock, ids, limits } = this.#options;
    const maxBytes = Math.max(1, limits().sizeBytes / filesPerFolder);
    const nowMs = clock.monotonic();
    if (this.#file !== null && this.#file.bytes < maxBytes && nowMs - this.#file.madeMs < maxFileMs)
      return this.#file;
    if (this.#file === null) await mkdir(folder, { recursive: true, mode: 0o700 });
    await this.#tidy();
    const time = new Date(clock.now()).toISOString().replaceAll(':', '-');
    this.#file = { path: join(folder, `${time}-${ids.span()}.jsonl`), madeMs: nowMs, bytes: 0 };
    return this.#file;
  }

  /** Deletes what is too old, then the oldest until there is room for one file more. */
  async #tidy(): Promise<void> {
    const { folder, clock, limits } = this.#options;
    this.#tidiedMs = clock.monotonic();
    const { sizeBytes, retentionMs } = limits();
    const files: { path: string; bytes: number; changedMs: number }[] = [];
    for (const path of await recordingFiles(folder)) {
      try {
        const { size, mtimeMs } = await stat(path);
        files.push({ path, bytes: size, changedMs: mtimeMs });
      } catch {
        // Another process was faster.
      }
    }
    let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    const most = sizeBytes - sizeBytes / filesPerFolder;
    for (const { path, bytes, changedMs } of files) {
      if (path === this.#file?.path) continue;
      if (total <= most && changedMs >= clock.now() - retentionMs) continue;
      total -= bytes;
      await unlink(path).catch(() => undefined);
    }
  }
}
