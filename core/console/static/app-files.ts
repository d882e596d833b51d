import { hash } from 'node:crypto';
import { BoundedMap } from '../../../sdk/bounded-map.ts';
import type { Clock } from '../../../sdk/services.ts';
import { filesIn, readPlainFile } from './folder.ts';
import { type AppTarget, targetOf } from './path.ts';

/** The whole app in all its forms, several times over. */
const maxCachedBytes = 64 * 1_048_576;
/** How long a listing of the folder is believed: a new build is seen this soon. */
const listingMs = 2000;

export type Encoding = 'br' | 'gzip' | null;

/** One form of a file. */
export interface FileContent {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly encoding: Encoding;
}

const endings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/** The files of the app, read as they are asked for and kept in memory. */
export class AppFiles {
  readonly #folder: string;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #contents = new BoundedMap<FileContent>(maxCachedBytes);
  #names: ReadonlySet<string> = new Set();
  #listedMs = Number.NEGATIVE_INFINITY;
  #listing: Promise<void> | null = null;

  constructor(folder: string, clock: Pick<Clock, 'monotonic'>) {
    this.#folder = folder;
    this.#clock = clock;
  }

  /** What a URL asks for; null where the app is not built. */
  async target(url: string): Promise<AppTarget | null> {
    await this.#list();
    return this.#names.has('index.html') ? targetOf(url, this.#names) : null;
  }

  /**
   * A file in a form that the client takes, the smallest first.
   *
   * @param name one of the listing.
   * @param accept the client's `Accept-Encoding`.
   * @returns null where it is gone.
   */
  async read(name: string, accept: string): Promise<FileContent | null> {
    for (const [encoding, ending] of endings) {
      if (!this.#names.has(name + ending) || !accepts(accept, encoding)) continue;
      const found = await this.#content(name + ending, encoding);
      if (found !== null) return found;
    }
    return this.#content(name, null);
  }

  async #content(name: string, encoding: Encoding): Promise<FileContent | null> {
    const known = this.#contents.get(name);
    if (known !== undefined) return known;
    const bytes = await readPlainFile(this.#folder, name);
    if (bytes === null) return null;
    const etag = `"${hash('sha256', bytes, 'base64url').slice(0, 22)}"`;
    const content = { bytes, etag, encoding };
    this.#contents.set(name, content, bytes.length);
    return content;
  }

  /** Lists the folder anew where the listing is old. A build replaces hashed names: what is cached of others may be old. */
  #list(): Promise<void> | null {
    if (this.#clock.monotonic() - this.#listedMs < listingMs) return null;
    this.#listing ??= filesIn(this.#folder).then((names) => {
      this.#listing = null;
      this.#listedMs = this.#clock.monotonic();
      this.#names = names;
      for (const name of [...this.#contents.keys()]) {
        if (!names.has(name) || !name.startsWith('assets/')) this.#contents.delete(name);
      }
    });
    return this.#listing;
  }
}

/** Whether an `Accept-Encoding` takes an encoding; one with `q=0` is not taken. */
function accepts(header: string, encoding: string): boolean {
  return header.split(',').some((part) => {
    const [name = '', ...options] = part.split(';').map((piece) => piece.trim().toLowerCase());
    return name === encoding && !options.some((option) => /^q=0(?:\.0{0,3})?$/.test(option));
  });
}
