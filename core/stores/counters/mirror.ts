import type { Admission, Reservation } from '../../../sdk/counters.ts';
import type { Clock } from '../../../sdk/services.ts';
import { Book } from './book.ts';
import { Restorer, type RestoreSource } from './restorer.ts';

/** A node's copy of a shared store: what it saw and holds, to count on by itself while the store is away. */
export class Mirror {
  readonly book: Book;
  readonly #restorer: Restorer | null;

  constructor(clock: Clock, owner: string, restoreFrom: RestoreSource | undefined) {
    const book = new Book({ clock, owner, mirror: true });
    this.book = book;
    this.#restorer =
      restoreFrom === undefined
        ? null
        : new Restorer({
            ...restoreFrom,
            write: (key, spent, resetsAtMs) => book.restore(key, spent, resetsAtMs, 'raise'),
          });
  }

  /** Decides by itself. Of budgets that it never saw the ledger is asked, but nobody waits for one that is away too. */
  async admit(id: string, reservations: readonly Reservation[], ttlMs: number): Promise<Admission> {
    if (this.#restorer !== null) {
      const unknown = this.book.unrestored(reservations);
      if (unknown.length > 0) await this.#restorer.restore(unknown).catch(() => {});
    }
    return this.book.admit(id, reservations, ttlMs);
  }
}
