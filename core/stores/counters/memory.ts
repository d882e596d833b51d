import type { Admission, Counters, Reservation } from '../../../sdk/counters.ts';
import type { Clock } from '../../../sdk/services.ts';
import { Book } from './book.ts';
import { checkActuals, checkAmount, checkCall, checkName, checkReset, checkTtl } from './check.ts';
import { mayBeOlder, type RestorableBudget, Restorer, type RestoreSource } from './restorer.ts';

export interface MemoryCountersOptions {
  readonly clock: Clock;
  /** Named as the owner of holds; `local` by default. */
  readonly owner?: string;
  /** From where budgets are restored when they are first asked for; without it they begin at 0. */
  readonly restoreFrom?: RestoreSource;
  /**
   * While the ledger does not say what was spent: `strict` refuses, `degraded` admits on what is known here and says so.
   * `strict` by default.
   */
  readonly mode?: 'strict' | 'degraded';
}

/**
 * Counters of one process. Gone with it: what was spent of a budget is restored from the ledger before the first request
 * is admitted on it. Rates and holds run on the monotonic clock; only the forgetting of windows long past, and the age of
 * windows, look at the wall clock.
 */
export function createMemoryCounters(options: MemoryCountersOptions): Counters {
  const { clock, owner = 'local', restoreFrom, mode = 'strict' } = options;
  const book = new Book({ clock, owner, mirror: false });
  const bornAtMs = clock.now();
  const raise = (key: string, spent: number, resetsAtMs: number | null) =>
    book.restore(key, spent, resetsAtMs, 'raise');
  const restorer = restoreFrom === undefined ? null : new Restorer({ ...restoreFrom, write: raise });

  /** Those that must be asked for; what began after this process is known to be nothing. */
  function unknown(reservations: readonly Reservation[]): readonly RestorableBudget[] {
    const unrestored = book.unrestored(reservations);
    if (unrestored.length === 0) return unrestored;
    for (const budget of unrestored) {
      if (!mayBeOlder(budget, bornAtMs)) raise(budget.key, 0, budget.resetsAtMs);
    }
    return unrestored.filter((budget) => mayBeOlder(budget, bornAtMs));
  }

  async function admitRestored(
    id: string,
    reservations: readonly Reservation[],
    ttlMs: number,
    budgets: readonly RestorableBudget[],
  ): Promise<Admission> {
    try {
      await restorer!.restore(budgets);
    } catch (error) {
      if (mode === 'strict') throw error;
      return { ...book.admit(id, reservations, ttlMs), degraded: true };
    }
    return book.admit(id, reservations, ttlMs);
  }

  return {
    admit(id, reservations, ttlMs) {
      checkCall(id, reservations);
      checkTtl(ttlMs);
      if (restorer === null) return book.admit(id, reservations, ttlMs);
      const budgets = unknown(reservations);
      if (budgets.length > 0) return admitRestored(id, reservations, ttlMs, budgets);
      return book.admit(id, reservations, ttlMs);
    },
    extend(id, _reservations, ttlMs) {
      checkTtl(ttlMs);
      return book.extend(id, ttlMs);
    },
    settle(id, reservations, actuals) {
      checkCall(id, reservations);
      checkActuals(reservations, actuals);
      book.settle(id, reservations, actuals);
    },
    ensure(reservations) {
      const budgets = restorer === null ? [] : unknown(reservations);
      return budgets.length === 0 ? undefined : restorer!.restore(budgets).catch(() => {});
    },
    read: (keys) => book.read(keys),
    holds: (key) => book.holds(key),
    restore(key, spent, resetsAtMs, how = 'set') {
      checkName('key', key);
      checkAmount('spent amount', spent);
      checkReset(resetsAtMs);
      book.restore(key, spent, resetsAtMs, how);
    },
    status: () => ({ state: 'up', waiting: 0, lost: 0 }),
  };
}
