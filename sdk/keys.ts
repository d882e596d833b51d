import type { Json } from './json.ts';
import type { MaybePromise } from './plugin.ts';

/** A virtual key. Money is whole nano-dollars, times are milliseconds since the epoch. Null: no such limit. */
export interface KeyRecord {
  /**
   * What counters, ledger and traces call the key: the hash of the first key of its line. A regenerated key has another
   * hash and keeps this, or regenerating would empty the budget's counter.
   */
  readonly id: string;
  /** SHA-256 of the key in hexadecimal: all that is kept of it. */
  readonly hash: string;
  /** What people see: `sk-…` and the last four characters. */
  readonly name: string;
  readonly alias: string | null;
  readonly tenantId: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly expiresAtMs: number | null;
  readonly blocked: boolean;
  /** Globs over aliases and `provider/model`; empty allows all. */
  readonly models: readonly string[];
  readonly maxBudgetNanoUsd: number | null;
  readonly softBudgetNanoUsd: number | null;
  /** Length of the budget's window as it was written, such as `30d` or `1mo`; null for one budget for ever. */
  readonly budgetDuration: string | null;
  /** When the running window began; windows follow from it. */
  readonly budgetStartMs: number;
  readonly rpmLimit: number | null;
  readonly tpmLimit: number | null;
  readonly outputTpmLimit: number | null;
  readonly maxParallelRequests: number | null;
  readonly dailyTokenCap: number | null;
  readonly plan: string | null;
  readonly region: string | null;
  readonly metadata: Readonly<Record<string, Json>>;
  /** A key that was regenerated still works until then, as the key that replaced it; null for a key of its own. */
  readonly replacedBy: { readonly hash: string; readonly untilMs: number } | null;
}

/** What changed in the key store, a page of it. */
export interface KeyChanges {
  /** Where to go on from. Its value means nothing to anyone but the store; only 0 is the beginning. */
  readonly mark: number;
  readonly changed: readonly KeyRecord[];
  /** Hashes of deleted keys. They may name keys that the reader never saw. */
  readonly deleted: readonly string[];
  /** There is more: ask again with the new mark at once. */
  readonly more: boolean;
  /**
   * The mark is older than what the store remembers of deleted keys: nothing is given, the new mark is 0. Read
   * everything anew, and forget the keys that do not come.
   */
  readonly reset: boolean;
}

/** Most keys that `KeyStore.list` gives at a time. */
export const maxListedKeys = 1000;

/** Where keys are kept. Small and read often: the `keys` plugin keeps all of them in memory and follows changes. */
export interface KeyStore {
  get(hash: string): MaybePromise<KeyRecord | null>;
  /** Keys, the oldest first; at most `maxListedKeys`. */
  list(offset: number, limit: number): MaybePromise<readonly KeyRecord[]>;
  /**
   * Writes a key, new or changed. A key that was deleted may be written again, as a new one.
   *
   * @param record kept as it is, but `updatedAtMs` always grows: at least `expected + 1` is kept, so that two changes
   *   in one millisecond, or a clock that was set back, cannot hide each other.
   * @param expected the `updatedAtMs` that is to be replaced, null for a new key; another one there is a conflict.
   * @returns false on a conflict: read again.
   * @throws GatewayError 400 `invalid_request` where a key of another `id` has the alias. Keys of one line may share
   *   theirs, while one replaces the other.
   * @throws RangeError for a hash that is not a SHA-256 in hexadecimal, or a record above 64 KiB of JSON.
   * @throws GatewayError 503 `store_unavailable`, as every method does where the store cannot be reached.
   */
  put(record: KeyRecord, expected: number | null): MaybePromise<boolean>;
  /** @returns whether it was there. */
  delete(hash: string): MaybePromise<boolean>;
  /**
   * The next page of what changed after a mark, each key as it is now, in the order of the last changes. The mark 0
   * begins with all keys. No change is ever skipped, also when several gateways write at once.
   */
  changes(mark: number): MaybePromise<KeyChanges>;
  close?(): MaybePromise<void>;
}

/**
 * Who presented which credential, as the gateway found by looking it up. A plugin that `authenticates` decides what
 * follows from it; without one only the master key lets a request in.
 *
 * - `open`: no master key is configured and no credential came.
 * - `master`: the master key.
 * - `key`: a virtual key that works. `id` is its name for life, also after it was regenerated: the one for counters,
 *   ledger and traces.
 * - `refused`: none came, or one that does not work. `open` says that no master key is configured, so that whatever
 *   clients send by habit may be let pass.
 */
export type Caller =
  | { readonly type: 'open' }
  | { readonly type: 'master' }
  | {
      readonly type: 'key';
      readonly id: string;
      readonly record: KeyRecord;
      /** Until when the key still works, where it was replaced. */
      readonly replacedUntilMs: number | null;
    }
  | { readonly type: 'refused'; readonly code: string; readonly message: string; readonly open: boolean };
