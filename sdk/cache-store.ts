import type { Json } from './json.ts';
import type { MaybePromise } from './plugin.ts';

/** What is put into a cache. */
export interface CacheEntry {
  /** 1 to 500 characters. The caller puts all that must be the same into it, the tenant first. */
  readonly key: string;
  /** Not changed by the caller afterwards. */
  readonly value: Uint8Array;
  /** A little to know about the value, up to 64 KB as JSON text. */
  readonly meta: Json;
  /** 1 ms to 366 days. */
  readonly ttlMs: number;
  /** For `purge`. Null for nobody's. */
  readonly tenant: string | null;
  /** Names for `purge`, such as a revision of a knowledge base; at most 16, of 1 to 200 characters. */
  readonly tags?: readonly string[];
  /** How long ago the work on the value began, in milliseconds: what was purged since then is not put. 0 by default. */
  readonly ageMs?: number;
}

export interface CacheFound {
  readonly value: Uint8Array;
  readonly meta: Json;
}

/** Entries for which all that is named holds. At least one must be named. */
export interface CacheFilter {
  readonly tenant?: string;
  readonly tag?: string;
  /** Everything; the others narrow it. */
  readonly all?: true;
}

/** How a cache is, for readiness, metrics and the console. Totals count from the start of the process. */
export interface CacheStats {
  /** `down`: out of reach, every `get` misses and nothing is kept. */
  readonly state: 'up' | 'down';
  readonly hits: number;
  readonly misses: number;
  readonly puts: number;
  /** Values not kept: too large, purged meanwhile, or the store was out of reach. */
  readonly refused: number;
  /** Calls that the store did not answer, or not in time; counted as misses too. */
  readonly failures: number;
  /** Of this process: null where another one keeps them. */
  readonly entries: number | null;
  readonly bytes: number | null;
  readonly maxBytes: number | null;
  readonly evicted: number | null;
}

/**
 * Values by key, for a while. A store that fails is a cache that misses: `get` and `put` never throw for it, `stats`
 * tells. `delete` and `purge` do, since what was not removed must not look as if it were.
 */
export interface CacheStore {
  /** @returns null where there is none, or where the store has no answer. The value is shared: do not change it. */
  get(key: string): MaybePromise<CacheFound | null>;
  /**
   * Keeps a value, in place of the one before.
   *
   * @returns false where it was not kept.
   * @throws RangeError for names or times out of their bounds: a mistake of the caller.
   */
  put(entry: CacheEntry): MaybePromise<boolean>;
  /** @returns whether there was one. @throws GatewayError `store_unavailable`. */
  delete(key: string): MaybePromise<boolean>;
  /**
   * Removes entries by filter: none of them is found from the moment this resolves, here or by another gateway.
   *
   * @throws GatewayError `store_unavailable`, RangeError for a filter that names nothing.
   */
  purge(filter: CacheFilter): MaybePromise<void>;
  stats(): CacheStats;
  /** Sets how much of this process's memory it may use. Absent where another server keeps the values. */
  bound?(maxBytes: number): void;
  close?(): MaybePromise<void>;
}
