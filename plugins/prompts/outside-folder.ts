import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Log } from '../../sdk/index.ts';
import { PromptFault } from './content.ts';
import { isPromptFile } from './file.ts';
import { FilePrompts } from './files.ts';

const maxFiles = 5000;
const maxFileBytes = 1_048_576;

/**
 * Prompts in a folder outside the policies folder, which nobody watches: looked at again when a request comes and the last
 * look is old. A change that is wrong leaves the prompts as they were, and is logged.
 */
export class OutsideFolder {
  readonly #folder: string;
  readonly #refreshMs: number;
  readonly #clock: Clock;
  readonly #log: Log;
  #stamp = '';
  #prompts: FilePrompts = new FilePrompts([]);
  #lookedAtMs = 0;
  #looking = false;

  constructor(folder: string, refreshMs: number, clock: Clock, log: Log) {
    this.#folder = folder;
    this.#refreshMs = refreshMs;
    this.#clock = clock;
    this.#log = log;
  }

  /** Reads the folder for the first time. False where there is none. @throws PromptFault */
  async open(): Promise<boolean> {
    const files = await this.#list();
    if (files === null) return false;
    await this.#read(files);
    return true;
  }

  get current(): FilePrompts {
    const nowMs = this.#clock.monotonic();
    if (!this.#looking && nowMs - this.#lookedAtMs >= this.#refreshMs) void this.#look(nowMs);
    return this.#prompts;
  }

  async #look(nowMs: number): Promise<void> {
    this.#looking = true;
    this.#lookedAtMs = nowMs;
    try {
      const files = await this.#list();
      if (files === null) throw new PromptFault('the folder of prompts is gone');
      if (stampOf(files) !== this.#stamp) await this.#read(files);
    } catch (error) {
      this.#log.error({ error: (error as Error).message }, 'the prompts were not changed');
    } finally {
      this.#looking = false;
    }
  }

  async #read(files: readonly Found[]): Promise<void> {
    // Taken before the reading: what is written meanwhile is read again at the next look.
    this.#stamp = stampOf(files);
    this.#lookedAtMs = this.#clock.monotonic();
    this.#prompts = new FilePrompts(
      await Promise.all(
        files.map(async ({ name }) => ({ name, text: await readFile(join(this.#folder, name), 'utf8') })),
      ),
    );
  }

  /** Null where there is no such folder. */
  async #list(): Promise<readonly Found[] | null> {
    let names: readonly string[];
    try {
      names = await readdir(this.#folder, { recursive: true });
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
      throw error;
    }
    const wanted = names.filter(isPromptFile).sort();
    if (wanted.length > maxFiles)
      throw new PromptFault(`expected at most ${maxFiles} prompts; came ${wanted.length}`);
    const found: Found[] = [];
    for (const name of wanted) {
      const info = await stat(join(this.#folder, name));
      if (!info.isFile()) continue;
      if (info.size > maxFileBytes) throw new PromptFault(`${name}: expected at most ${maxFileBytes} bytes`);
      found.push({ name, mark: `${info.size}:${info.mtimeMs}:${info.ino}` });
    }
    return found;
  }
}

interface Found {
  readonly name: string;
  /** Differs whenever the file does. */
  readonly mark: string;
}

function stampOf(files: readonly Found[]): string {
  return files.map(({ name, mark }) => `${name}:${mark}`).join('\n');
}
