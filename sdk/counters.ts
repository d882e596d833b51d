import type { LedgerScope } from './ledger.ts';
import type { MaybePromise } from './plugin.ts';

/** What of the ledger a budget counts. From there its counter is restored where the store of counters lost it. */
export interface LedgerSpend {
  /** `requests` are those that did not fail; `attempts` counts rows. */
  readonly quantity: 'usd' | 'tokens' | 'input_tokens' | 'output_tokens' | 'requests' | 'attempts';
  /** Whose, and the window: `sinceMs` is its beginning, and `untilMs` is left out where it has no end. */
  readonly scope: LedgerScope;
  /**
   * Since when the caller has counted everything of the scope, milliseconds since the epoch: where the window began
   * later and the store is older than the window, there is nothing to restore. Null where nobody knows: the ledger is
   * asked once for each counter.
   */
  readonly countedSinceMs: number | null;
}

/**
 * One limit that a request must fit under. Amounts and limits are whole numbers from 0 to 2^53 - 1: nano-dollars,
 * tokens, requests.
 *
 * - `budget` counts what was spent in a window: `spent + held + amount <= limit` at every instant.
 * - `rate` refills continuously (GCRA): `limit` in `periodMs`, a burst of `limit` after a rest.
 * - `concurrent` counts what is under way: `held + amount <= limit`.
 *
 * A key belongs to one kind, has 1 to 200 characters, occurs once in a call, and is kept as it is: put hashes of
 * secrets into it, never the secrets. At most 64 reservations in a call.
 */
export type Reservation =
  | {
      readonly kind: 'budget';
      /** Names what is counted, for whom and in which window: `usd|key|8f3c|2026-11`. */
      readonly key: string;
      readonly limit: number;
      readonly amount: number;
      /** When the window ends, milliseconds since the epoch: some time later the counter is forgotten. Null for never. */
      readonly resetsAtMs: number | null;
      /** Absent: the counter begins at 0 wherever it is not known. */
      readonly ledger?: LedgerSpend | undefined;
    }
  | {
      readonly kind: 'rate';
      readonly key: string;
      readonly limit: number;
      readonly amount: number;
      /** 1 ms to 1 day (the arithmetic is exact up to there); longer windows are budgets. */
      readonly periodMs: number;
    }
  | { readonly kind: 'concurrent'; readonly key: string; readonly limit: number; readonly amount: number };

/** What one counter looked like when it was asked for. */
export interface CounterState {
  /** Spent in the window; 0 for `concurrent`. For `rate` what is used of the burst, holds included, rounded up. */
  readonly spent: number;
  /** Held by requests under way; 0 for `rate`, where what was taken refills whether the request ends or not. */
  readonly held: number;
}

/** The answer to a request for a hold. */
export type Admission =
  | {
      readonly admitted: true;
      /** As they are now, this hold included, in the order of the reservations. */
      readonly states: readonly CounterState[];
      /** True when the store could not be reached and this node decided by itself. */
      readonly degraded: boolean;
    }
  | {
      readonly admitted: false;
      /** Which reservation did not fit: the first one. Nothing was held. */
      readonly index: number;
      /** All of them, as they are now. */
      readonly states: readonly CounterState[];
      /**
       * After how many milliseconds, and not one earlier, the same request fits if nobody else takes anything. Null
       * where time alone does not help: a budget or a place is missing, or an amount is larger than its rate's limit.
       */
      readonly retryAfterMs: number | null;
      readonly degraded: boolean;
    };

/** A hold of a request under way, for `/key/info` and the console. */
export interface Hold {
  readonly id: string;
  /** The process that holds it. */
  readonly owner: string;
  readonly amount: number;
  readonly expiresAtMs: number;
}

/** How a store of counters is, for readiness and metrics. Totals count from the start of the process. */
export interface CountersStatus {
  /** `degraded`: out of reach, this node decides by itself. `down`: out of reach, everything is refused. */
  readonly state: 'up' | 'degraded' | 'down';
  /** Settlements that wait until the store is back. */
  readonly waiting: number;
  /** Settlements that could not be kept: what they booked is in the ledger only, until a `restore`. */
  readonly lost: number;
}

/**
 * Counters that many requests, and many gateways, share. A hold takes an amount in every scope at once or in none; it
 * is settled once, with what was really used. A hold whose owner died is released when its time to live is over.
 */
export interface Counters {
  /**
   * Holds all reservations, or none. The id of a hold again is admitted again and holds nothing more. A budget whose
   * counter is not known here is restored from the ledger first; while the ledger does not answer nothing is admitted
   * on it, unless the mode is `degraded`.
   *
   * @param id of this attempt, 1 to 200 characters, made by a gateway and not by a client; never used again after it was
   *   settled.
   * @param ttlMs how long the hold lasts unless it is extended or settled.
   * @throws GatewayError 503 `store_unavailable` where the store (or the ledger, for a budget that is not known yet) is
   *   down and the mode is `strict`; nothing is held.
   * @throws RangeError for amounts, keys or periods out of their bounds, Error for an id that was settled.
   */
  admit(id: string, reservations: readonly Reservation[], ttlMs: number): MaybePromise<Admission>;
  /**
   * Keeps the hold of a long request alive; it never ends earlier than it would have.
   *
   * @param reservations as they were admitted.
   * @returns false where there is nothing to keep: expired, settled, unknown, or the store is out of reach.
   */
  extend(id: string, reservations: readonly Reservation[], ttlMs: number): MaybePromise<boolean>;
  /**
   * Ends a hold. Each amount replaces what was held: a budget's is spent, a rate's difference is given back (what of it
   * has not refilled meanwhile) or taken. More than was held is booked too, even beyond the limit: what happened,
   * happened. Only the first call for an id counts, for about ten minutes; a hold that has expired, or that is not
   * known, still books the amounts. Where the store is out of reach the settlement waits for it and this returns.
   *
   * @param reservations as they were admitted.
   * @param actuals in the order of the reservations; 0 for what turned out to be free.
   */
  settle(id: string, reservations: readonly Reservation[], actuals: readonly number[]): MaybePromise<void>;
  /**
   * Restores budgets that are not known here from the ledger, as `admit` would, for whoever only reads them. Where that
   * fails they stay as they are.
   */
  ensure(reservations: readonly Reservation[]): MaybePromise<void>;
  /** Counters by key, without holding anything; zeros for unknown ones. */
  read(keys: readonly string[]): MaybePromise<readonly CounterState[]>;
  /** Holds that count against the key of a budget or of a concurrency limit, at most 1,000, the first to expire first. */
  holds(key: string): MaybePromise<readonly Hold[]>;
  /**
   * Sets what was spent of a budget, as the ledger knows it. Holds stay.
   *
   * @param how `set` after a repair; `raise` at start, where other gateways may have booked more already: what was
   *   spent is never lowered. `set` by default.
   */
  restore(key: string, spent: number, resetsAtMs: number | null, how?: 'set' | 'raise'): MaybePromise<void>;
  status(): CountersStatus;
  close?(): MaybePromise<void>;
}
