import type { Counters } from '../../../sdk/counters.ts';
import type { Clock } from '../../../sdk/services.ts';
import { Book } from './book.ts';
import { checkActuals, checkAmount, checkCall, checkName, checkReset, checkTtl } from './check.ts';

export interface MemoryCountersOptions {
  readonly clock: Clock;
  /** Named as the owner of holds; `local` by default. */
  readonly owner?: string;
}

/**
 * Counters of one process. Gone with it: what was spent of budgets is restored from the ledger at start. Rates and
 * holds run on the monotonic clock; only the forgetting of windows long past looks at the wall clock.
 */
export function createMemoryCounters({ clock, owner = 'local' }: MemoryCountersOptions): Counters {
  const book = new Book({ clock, owner, mirror: false });
  return {
    admit(id, reservations, ttlMs) {
      checkCall(id, reservations);
      checkTtl(ttlMs);
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
