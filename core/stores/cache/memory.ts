import type {
  CacheEntry,
  CacheFilter,
  CacheFound,
  CacheStats,
  CacheStore,
} from '../../../sdk/cache-store.ts';
import type { Json } from '../../../sdk/json.ts';
import type { Clock } from '../../../sdk/services.ts';
import { checkFilter, matches, PurgeLog } from '../purge-log.ts';
import { checkCacheEntry, checkKey, metaText } from './check.ts';
import { Sieve, type SieveNode } from './sieve.ts';

export interface MemoryCacheOptions {
  readonly clock: Clock;
  /** All of it, bookkeeping included; 256 MiB by default, at least 64 KiB. */
  readonly maxBytes?: number;
  /** A value with all that belongs to it; an eighth of `maxBytes` by default. */
  readonly maxEntryBytes?: number;
}

/** Values of one process, gone with it. */
export function createMemoryCache(options: MemoryCacheOptions): CacheStore {
  return new MemoryCache(options);
}

interface Kept {
  readonly key: string;
  readonly value: Uint8Array;
  /** JSON text. */
  readonly meta: string;
  readonly tenant: string | null;
  readonly tags: readonly string[];
  /** On the monotonic clock. */
  readonly expiresMs: number;
  readonly bytes: number;
  /** The moment at which it came, for purges that are under way. */
  readonly moment: number;
}

/** Objects, list links, a place in the map and buckets of it: a round figure, not measured. */
const entryOverhead = 512;
const textBytes = (text: string): number => 24 + text.length * 2;
/** Entries that one turn of a purge looks at, and that a `put` looks at for expired ones. */
const purgeSlice = 4000;
const sweepSlice = 2;

const leastBytes = 65_536;

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

class MemoryCache implements CacheStore {
  readonly #clock: Clock;
  #maxBytes: number;
  #maxEntryBytes: number;
  readonly #nodes = new Map<string, SieveNode<Kept>>();
  readonly #sieve = new Sieve<Kept>();
  readonly #log: PurgeLog;
  #purges: { readonly moment: number; readonly filter: CacheFilter }[] = [];
  /** Goes round for expired entries. */
  #sweep: Iterator<SieveNode<Kept>>;
  #bytes = 0;
  #hits = 0;
  #misses = 0;
  #puts = 0;
  #refused = 0;
  #evicted = 0;

  constructor({ clock, maxBytes = 268_435_456, maxEntryBytes = maxBytes / 8 }: MemoryCacheOptions) {
    if (!(maxBytes >= leastBytes))
      throw new RangeError(`expected at least 65,536 bytes for the cache, came ${maxBytes}`);
    this.#clock = clock;
    this.#maxBytes = maxBytes;
    this.#maxEntryBytes = Math.min(maxBytes, maxEntryBytes);
    this.#log = new PurgeLog(clock);
    this.#sweep = this.#nodes.values();
  }

  get(key: string): CacheFound | null {
    const node = this.#live(key);
    if (node === null) {
      this.#misses += 1;
      return null;
    }
    node.visited = true;
    this.#hits += 1;
    return { value: node.value.value, meta: JSON.parse(node.value.meta) as Json };
  }

  put(entry: CacheEntry): boolean {
    checkCacheEntry(entry);
    const { key, tenant, tags = [], ttlMs, ageMs = 0 } = entry;
    const meta = metaText(entry.meta);
    const names = [key, meta ?? '', tenant ?? '', ...tags];
    const bytes = names.reduce((sum, text) => sum + textBytes(text), entryOverhead + entry.value.byteLength);
    // A value that was there is not the answer any more, whether this one fits or not.
    this.#forget(key);
    if (meta === null || bytes > this.#maxEntryBytes || this.#log.purged({ tenant, tags }, ageMs)) {
      this.#refused += 1;
      return false;
    }
    this.#sweepSome();
    this.#makeRoom(this.#maxBytes - bytes);
    const kept: Kept = {
      key,
      value: own(entry.value),
      meta,
      tenant,
      tags: [...tags],
      expiresMs: this.#clock.monotonic() + ttlMs,
      bytes,
      moment: this.#log.next(),
    };
    this.#nodes.set(key, this.#sieve.add(kept));
    this.#bytes += bytes;
    this.#puts += 1;
    return true;
  }

  bound(maxBytes: number): void {
    if (!(maxBytes >= leastBytes))
      throw new RangeError(`expected at least 65,536 bytes for the cache, came ${maxBytes}`);
    this.#maxBytes = maxBytes;
    this.#maxEntryBytes = maxBytes / 8;
    this.#makeRoom(maxBytes);
  }

  delete(key: string): boolean {
    const there = this.#live(key) !== null;
    this.#forget(key);
    return there;
  }

  /** Hides what matches at once, and removes it over the next turns. */
  async purge(filter: CacheFilter): Promise<void> {
    checkFilter(filter);
    this.#log.add(filter);
    const purge = { moment: this.#log.next(), filter };
    this.#purges.push(purge);
    let left = purgeSlice;
    for (const { value } of this.#nodes.values()) {
      // What came later is behind all that was there.
      if (value.moment > purge.moment) break;
      if (matches(filter, value)) this.#forget(value.key);
      left -= 1;
      if (left > 0) continue;
      await nextTurn();
      left = purgeSlice;
    }
    this.#purges = this.#purges.filter((other) => other !== purge);
  }

  stats(): CacheStats {
    return {
      state: 'up',
      hits: this.#hits,
      misses: this.#misses,
      puts: this.#puts,
      refused: this.#refused,
      failures: 0,
      entries: this.#nodes.size,
      bytes: this.#bytes,
      maxBytes: this.#maxBytes,
      evicted: this.#evicted,
    };
  }

  #live(key: string): SieveNode<Kept> | null {
    checkKey(key);
    const node = this.#nodes.get(key);
    if (node === undefined) return null;
    const { value } = node;
    const gone =
      value.expiresMs <= this.#clock.monotonic() ||
      this.#purges.some(({ moment, filter }) => value.moment < moment && matches(filter, value));
    if (!gone) return node;
    this.#forget(key);
    return null;
  }

  #makeRoom(bytes: number): void {
    while (this.#bytes > bytes) {
      const victim = this.#sieve.evict();
      if (victim === undefined) break;
      this.#nodes.delete(victim.key);
      this.#bytes -= victim.bytes;
      this.#evicted += 1;
    }
  }

  #forget(key: string): void {
    const node = this.#nodes.get(key);
    if (node === undefined) return;
    this.#nodes.delete(key);
    this.#sieve.remove(node);
    this.#bytes -= node.value.bytes;
  }

  #sweepSome(): void {
    const nowMs = this.#clock.monotonic();
    for (let step = 0; step < sweepSlice; step += 1) {
      const next = this.#sweep.next();
      if (next.done === true) {
        this.#sweep = this.#nodes.values();
        return;
      }
      if (next.value.value.expiresMs <= nowMs) this.#forget(next.value.value.key);
    }
  }
}

/** The value in memory of its own: a slice would keep all of what it was cut from. */
function own(value: Uint8Array): Uint8Array {
  return value.byteLength === value.buffer.byteLength ? value : new Uint8Array(value);
}
