import type { CounterState, Reservation } from '../../../sdk/counters.ts';
import type { Counter } from './counter.ts';
import type { CounterTable } from './counter-table.ts';

/** The counters of the call under way, in the order of its reservations. One object serves all calls in turn. */
export class Scopes {
  readonly #table: CounterTable;
  readonly #counters: Counter[] = [];

  constructor(table: CounterTable) {
    this.#table = table;
  }

  /** Looks the counters up and brings them up to date. */
  meet(reservations: readonly Reservation[], nowMs: number): void {
    for (let at = 0; at < reservations.length; at += 1) {
      const counter = this.#table.open(reservations[at]!.key, nowMs);
      counter.meet(reservations[at]!, nowMs);
      this.#counters[at] = counter;
    }
  }

  at(index: number): Counter {
    return this.#counters[index]!;
  }

  /** The first reservation that does not fit, or -1. */
  misfit(reservations: readonly Reservation[]): number {
    for (let at = 0; at < reservations.length; at += 1) {
      const { limit, amount } = reservations[at]!;
      if (!this.#counters[at]!.fits(limit, amount)) return at;
    }
    return -1;
  }

  /** The longest wait of all that do not fit; null where one of them is short of something else than time. */
  waitMs(reservations: readonly Reservation[], from: number): number | null {
    let longestMs = 0;
    for (let at = from; at < reservations.length; at += 1) {
      const { limit, amount } = reservations[at]!;
      const counter = this.#counters[at]!;
      if (counter.fits(limit, amount)) continue;
      const waitMs = counter.waitMs(amount);
      if (waitMs === null) return null;
      longestMs = Math.max(longestMs, waitMs);
    }
    return longestMs;
  }

  states(reservations: readonly Reservation[]): CounterState[] {
    const states: CounterState[] = [];
    for (let at = 0; at < reservations.length; at += 1) states.push(this.#counters[at]!.state());
    return states;
  }
}
