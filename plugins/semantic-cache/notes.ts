import { hash } from 'node:crypto';
import { type CacheStore, isJsonObject, type Json, type Vectors } from '../../sdk/index.ts';
import { bytesOf, jsonOf } from './json-bytes.ts';

/** The longest that a cache keeps anything. */
const keptMs = 366 * 86_400_000;
const namespace = 'semantic-cache notes 1';
const dimensions = 64;
/** A note's own vector finds it; those of others are far from it. */
const near = 0.9;

/** What the stores had under a name. */
export interface FoundNotes {
  /** One of each store that has it; the order says nothing. */
  readonly notes: readonly Json[];
  /** False where a store did not answer, so that something may be there. */
  readonly certain: boolean;
}

/**
 * Small documents that outlive the process: beside the vectors, so that they are as durable as those, and in the cache
 * where other gateways share it. Neither store can read and write in one go: whoever writes merges first, and looks again.
 */
export class Notes {
  readonly #cache: CacheStore | null;
  readonly #vectors: Vectors;

  constructor(cache: CacheStore, vectors: Vectors) {
    this.#cache = isShared(cache) ? cache : null;
    this.#vectors = vectors;
  }

  /** Whether other gateways may change them. */
  get shared(): boolean {
    return this.#cache !== null;
  }

  /** Stores that have each note. */
  get places(): number {
    return this.#cache === null ? 1 : 2;
  }

  async read(name: string): Promise<FoundNotes> {
    const [cached, durable] = await Promise.all([this.#cached(name), this.#durable(name)]);
    const notes = [cached, durable].flatMap(({ note }) => (note === undefined ? [] : [note]));
    return { notes, certain: cached.certain && durable.certain };
  }

  /**
   * @param now true where it must outlive a crash from here on: resolves when it does, or cannot.
   * @param expiresAtMs milliseconds since the epoch; null for never.
   */
  async write(name: string, note: Json, now: boolean, expiresAtMs: number | null = null): Promise<void> {
    const meta = { n: name, d: note };
    this.#vectors.add(namespace, [
      { id: idOf(name), vector: vectorOf(name), meta, tenant: null, expiresAtMs },
    ]);
    // Its stats tell what a cache could not keep; the next look brings it again.
    await this.#cache?.put({
      key: keyOf(name),
      value: bytesOf(note),
      meta: null,
      ttlMs: keptMs,
      tenant: null,
    });
    if (now) await this.#vectors.flush();
  }

  /** Resolves when the durable store is open and what waited for it is written, or when that failed. */
  async opened(): Promise<void> {
    await this.#vectors.flush();
  }

  async #cached(name: string): Promise<{ readonly note?: Json; readonly certain: boolean }> {
    if (this.#cache === null) return { certain: true };
    const { failures } = this.#cache.stats();
    const found = await this.#cache.get(keyOf(name));
    const note = found === null ? undefined : jsonOf(found.value);
    if (note !== undefined) return { note, certain: true };
    // Others' failures count, too: then it is asked again, which does no harm.
    const { failures: since, state } = this.#cache.stats();
    return { certain: since === failures && state === 'up' };
  }

  async #durable(name: string): Promise<{ readonly note?: Json; readonly certain: boolean }> {
    const { missed } = this.#vectors.stats();
    const matches = await this.#vectors.search(namespace, vectorOf(name), 4, near);
    for (const { meta } of matches) {
      if (isJsonObject(meta) && meta['n'] === name && meta['d'] !== undefined)
        return { note: meta['d'], certain: true };
    }
    const { missed: since, state } = this.#vectors.stats();
    return { certain: since === missed && state === 'up' };
  }
}

/** Another server keeps the values, and other gateways may be asked for them. */
export function isShared(cache: CacheStore): boolean {
  return cache.bound === undefined;
}

function keyOf(name: string): string {
  return `note:${idOf(name)}`;
}

function idOf(name: string): string {
  return hash('sha256', name, 'base64url');
}

/** A direction of its own: of two names about half of the signs differ. */
function vectorOf(name: string): Float32Array {
  const bits = hash('sha256', name, 'buffer');
  return Float32Array.from({ length: dimensions }, (_, at) => ((bits[at >> 3]! >> (at & 7)) & 1) * 2 - 1);
}
