import type { Json } from './json.ts';
import type { MaybePromise } from './plugin.ts';

/** One entry of a namespace. */
export interface VectorEntry {
  /** Names it in its namespace, 1 to 200 characters; adding it again replaces it. */
  readonly id: string;
  /** Any length but zero: it is normalised. All vectors of a namespace have the same number of dimensions, 1 to 4,096. */
  readonly vector: Float32Array;
  /** What a search gives back; up to 64 KB as JSON text. */
  readonly meta: Json;
  /** Whose it is, for `purge`: the namespace keeps tenants apart already. Null for nobody's. */
  readonly tenant: string | null;
  /** Names for `purge`, such as a revision of a knowledge base; at most 16. */
  readonly tags?: readonly string[];
  /** Milliseconds since the epoch; from then on it is not found. Null for never. */
  readonly expiresAtMs: number | null;
  /** How long ago the work on it began, in milliseconds: what was purged since then is not added. 0 by default. */
  readonly ageMs?: number;
}

export interface VectorMatch {
  readonly id: string;
  /** Cosine of the angle to what was asked for, within 0.005; 1 is the same direction. */
  readonly score: number;
  readonly meta: Json;
}

/** Entries for which all that is named holds. At least one must be named. */
export interface VectorFilter {
  readonly namespace?: string;
  readonly tenant?: string;
  readonly tag?: string;
  /** Everything; the others narrow it. */
  readonly all?: true;
}

/** How a store of vectors is, for readiness, metrics and the console. Totals count from the start of the process. */
export interface VectorsStats {
  /** `degraded`: what is durable is out of reach or unusable; what is in memory goes on. */
  readonly state: 'up' | 'degraded';
  /** Why it is degraded, without addresses; null where it is not. */
  readonly reason: string | null;
  /** In memory. */
  readonly namespaces: number;
  readonly entries: number;
  /** Used in memory, bookkeeping included, and the bound that it never passes. */
  readonly bytes: number;
  readonly maxBytes: number;
  /** Searches answered from memory, from the durable store, and not at all since that was slow, busy or away. */
  readonly hot: number;
  readonly cold: number;
  readonly missed: number;
  /** Entries that left memory to make room. */
  readonly evicted: number;
  /** Entries refused: another number of dimensions, no length, too large, or purged meanwhile. */
  readonly refused: number;
  /** Changes that wait for the durable store, and those that were lost since too many waited. */
  readonly waiting: number;
  readonly lost: number;
  /** Files of rows in the durable store, counted when it was last tidied; null where there is none. */
  readonly fragments: number | null;
  /**
   * The process that the durable store works in, where it has one: its id, the memory that it last said it takes, null
   * while it does not run, and how often it was replaced since it had taken too much.
   */
  readonly process?: {
    readonly pid: number | null;
    readonly bytes: number | null;
    readonly replaced: number;
  };
}

/**
 * Vectors in namespaces, found by nearness. A namespace is a text of 1 to 1,000 characters that the caller makes of all
 * that must be the same: an entry is never found from another namespace. A search that the store cannot answer finds
 * nothing, and `stats` says why; nothing here fails a request.
 */
export interface Vectors {
  /**
   * The nearest entries, the best first. Approximate: of entries whose score is well above `minScore` practically all
   * are found, and the same vector always.
   *
   * @param k 1 to 64.
   * @param minScore of what is worth having; a high one makes the search cheaper. -1 by default.
   */
  search(
    namespace: string,
    vector: Float32Array,
    k: number,
    minScore?: number,
  ): MaybePromise<readonly VectorMatch[]>;
  /**
   * Some of the nearest entries, the best first: those that are found at once, in some microseconds, however many there
   * are. Most of what is very near is among them (at a cosine of 0.95 about nineteen of twenty); an empty answer says
   * nothing. For callers whom any near enough entry serves: `search` finds the others.
   */
  near(namespace: string, vector: Float32Array, k: number, minScore: number): readonly VectorMatch[];
  /**
   * Adds entries, found from now on; they become durable a little later, see `flush`. What cannot be added is counted
   * and logged. Takes about 30 us for each: pass a few at a time.
   *
   * @throws RangeError for names out of their bounds: a mistake of the caller.
   */
  add(namespace: string, entries: readonly VectorEntry[]): void;
  /** Removes entries by id: not found from now on. Other gateways that share the durable store hear of it, see `purge`. */
  remove(namespace: string, ids: readonly string[]): void;
  /**
   * Removes entries by filter: not found from the call on. Resolves when that outlives a restart. Other gateways that
   * share the durable store stop finding them within a few seconds; what they add until then goes, too.
   *
   * @throws GatewayError `store_unavailable` where it could not be made durable; it is tried again with every flush,
   *   and until then the entries stay hidden from this process.
   * @throws RangeError for a filter that names nothing.
   */
  purge(filter: VectorFilter): Promise<void>;
  /** Resolves when what was changed before is durable, or cannot be. */
  flush(): Promise<void>;
  stats(): VectorsStats;
  /**
   * Changes how much memory it takes, bookkeeping included. Less than it takes already empties what is in memory.
   *
   * @throws RangeError below 1 MiB.
   */
  bound?(maxBytes: number): void;
  close(): Promise<void>;
}
