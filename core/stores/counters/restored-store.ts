import type { Reservation } from '../../../sdk/counters.ts';
import type { KnownBudget, RedisAdmission, RedisStore } from './redis-store.ts';
import { isRestorable, mayBeOlder, type RestorableBudget, Restorer, type RestoreSource } from './restorer.ts';

export interface RestoredStoreOptions {
  readonly store: RedisStore;
  readonly owner: string;
  readonly mode: 'strict' | 'degraded';
  /** Undefined where budgets that Redis does not have begin at 0. */
  readonly restoreFrom: RestoreSource | undefined;
  /** Raises what was spent of a budget. */
  readonly write: (key: string, spent: number, resetsAtMs: number | null) => Promise<void>;
}

/** What Redis said, and whether the ledger was asked in vain for what it does not have. */
export type SharedAdmission = RedisAdmission & { readonly degraded?: boolean };

/** Redis may lose its data again while a budget is restored. */
const maxTries = 4;

/** Admissions by Redis, after what it lost of them was restored from the ledger. */
export class RestoredStore {
  readonly #options: RestoredStoreOptions;
  readonly #restorer: Restorer | null;

  constructor(options: RestoredStoreOptions) {
    this.#options = options;
    const { restoreFrom, write } = options;
    this.#restorer = restoreFrom === undefined ? null : new Restorer({ ...restoreFrom, write });
  }

  /** @throws as the store does; GatewayError 503 where the mode is `strict` and the ledger does not answer. */
  async admit(id: string, reservations: readonly Reservation[], ttlMs: number): Promise<SharedAdmission> {
    const { store, owner, mode } = this.#options;
    for (let tries = 1; ; tries += 1) {
      const answer = await store.admit(id, reservations, ttlMs, owner, this.#known(reservations));
      if (answer.outcome !== 'unrestored' || tries === maxTries) return answer;
      try {
        await this.#restorer!.restore(answer.indexes.map((at) => reservations[at] as RestorableBudget));
      } catch (error) {
        if (mode === 'strict') throw error;
        return { ...(await store.admit(id, reservations, ttlMs, owner, none)), degraded: true };
      }
    }
  }

  /** Restores what Redis does not have. @throws as `admit` does */
  async ensure(reservations: readonly Reservation[]): Promise<void> {
    const known = this.#known(reservations);
    if (known.length === 0) return;
    const keys = known.map(({ index, older }) => ({ key: reservations[index]!.key, older }));
    const lacking = await this.#options.store.lacking(keys);
    const missing = known.filter((_, at) => lacking[at]);
    if (missing.length === 0) return;
    await this.#restorer!.restore(missing.map(({ index }) => reservations[index] as RestorableBudget));
  }

  /** Budgets that can be restored: those from before this Redis had our counters, and all of whom a gateway died. */
  #known(reservations: readonly Reservation[]): readonly KnownBudget[] {
    if (this.#restorer === null) return none;
    const { bornAtMs } = this.#options.store;
    const known: KnownBudget[] = [];
    for (let index = 0; index < reservations.length; index += 1) {
      const reservation = reservations[index]!;
      if (!isRestorable(reservation)) continue;
      known.push({ index, older: mayBeOlder(reservation, bornAtMs) });
    }
    return known;
  }
}

const none: readonly KnownBudget[] = Object.freeze([]);
