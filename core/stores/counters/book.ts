import type { Admission, CounterState, Hold, Reservation } from '../../../sdk/counters.ts';
import type { Clock } from '../../../sdk/services.ts';
import { type Bucket, drain, giveBack, take } from './bucket.ts';
import type { Counter } from './counter.ts';
import { CounterTable } from './counter-table.ts';
import { absent, expired, HoldTable, type OpenHold, settled } from './hold-table.ts';
import { isRestorable, type RestorableBudget } from './restorer.ts';
import { Scopes } from './scopes.ts';

export interface BookOptions {
  readonly clock: Clock;
  /** Named as the owner of all holds. */
  readonly owner: string;
  /** True for the copy that a node keeps of a shared store, to count on by itself: its answers say `degraded`. */
  readonly mirror: boolean;
}

/** Expired holds released by one call before it looks whether its amounts fit. */
const releasesPerCall = 64;
const maxHoldsListed = 1000;
const noBudgets: readonly RestorableBudget[] = Object.freeze([]);

/** All counters and holds of one process. Calls are synchronous, so each is atomic. Arguments are checked already. */
export class Book {
  readonly #clock: Clock;
  readonly #owner: string;
  readonly #mirror: boolean;
  readonly #counters: CounterTable;
  readonly #holds = new HoldTable();
  readonly #scopes: Scopes;
  readonly #taken: Bucket = { used: 0, credit: 0, atMs: 0, limit: 0, periodMs: 1 };

  constructor({ clock, owner, mirror }: BookOptions) {
    this.#clock = clock;
    this.#owner = owner;
    this.#mirror = mirror;
    this.#counters = new CounterTable(clock, !mirror);
    this.#scopes = new Scopes(this.#counters);
  }

  /** How many counters and open holds there are. */
  get size(): { readonly counters: number; readonly holds: number } {
    return { counters: this.#counters.size, holds: this.#holds.size };
  }

  /** Budgets whose counters lack what was spent before; nearly always none. */
  unrestored(reservations: readonly Reservation[]): readonly RestorableBudget[] {
    let found: RestorableBudget[] | undefined;
    for (let at = 0; at < reservations.length; at += 1) {
      const reservation = reservations[at]!;
      if (!isRestorable(reservation) || this.#counters.find(reservation.key)?.restored === true) continue;
      found ??= [];
      found.push(reservation);
    }
    return found ?? noBudgets;
  }

  admit(id: string, reservations: readonly Reservation[], ttlMs: number): Admission {
    const nowMs = this.#begin(reservations.length);
    const known = this.#holds.find(id);
    if (known === settled) throw alreadySettled();
    this.#scopes.meet(reservations, nowMs);
    const degraded = this.#mirror;
    if (known !== absent) return { admitted: true, states: this.#scopes.states(reservations), degraded };
    let index = this.#scopes.misfit(reservations);
    while (index >= 0 && this.#release(nowMs)) index = this.#scopes.misfit(reservations);
    if (index >= 0) {
      const states = this.#scopes.states(reservations);
      return {
        admitted: false,
        index,
        states,
        retryAfterMs: this.#scopes.waitMs(reservations, index),
        degraded,
      };
    }
    const hold = this.#holds.open(id, nowMs, ttlMs);
    for (let at = 0; at < reservations.length; at += 1) {
      const counter = this.#scopes.at(at);
      const { amount } = reservations[at]!;
      if (counter.kind === 'rate') take(counter, amount);
      else counter.held += amount;
      join(hold, counter, amount);
    }
    return { admitted: true, states: this.#scopes.states(reservations), degraded };
  }

  /** Notes what a shared store answered: its states, and the hold unless it refused (`id` null). */
  observe(
    id: string | null,
    reservations: readonly Reservation[],
    states: readonly CounterState[],
    ttlMs: number,
  ): void {
    const nowMs = this.#begin(reservations.length);
    this.#scopes.meet(reservations, nowMs);
    const fresh = id !== null && this.#holds.find(id) === absent;
    const hold = fresh ? this.#holds.open(id, nowMs, ttlMs) : undefined;
    for (let at = 0; at < reservations.length; at += 1) {
      const counter = this.#scopes.at(at);
      const { amount } = reservations[at]!;
      const { spent, held } = states[at]!;
      if (counter.kind === 'rate') {
        counter.used = spent;
        counter.credit = 0;
      } else {
        if (hold !== undefined) counter.held += amount;
        counter.spent = spent;
        counter.restored = true;
        counter.seeElsewhere(held - counter.held, nowMs + ttlMs);
      }
      if (hold !== undefined) join(hold, counter, amount);
    }
  }

  extend(id: string, ttlMs: number): boolean {
    const nowMs = this.#begin(0);
    const index = this.#holds.find(id);
    if (!isOpen(index) || this.#holds.expiresAtMs(index) <= nowMs) return false;
    this.#holds.extend(index, nowMs + ttlMs);
    return true;
  }

  settle(id: string, reservations: readonly Reservation[], actuals: readonly number[]): void {
    const nowMs = this.#begin(reservations.length);
    let known = this.#holds.find(id);
    if (known === settled) return;
    if (isOpen(known) && this.#holds.expiresAtMs(known) <= nowMs) {
      this.#free(known, nowMs);
      known = expired;
    }
    if (!isOpen(known)) {
      this.#holds.end(id, settled, nowMs);
      this.#book(reservations, actuals, known === expired, nowMs);
      return;
    }
    const hold = this.#holds.at(known);
    if (hold.counters.length !== reservations.length) {
      throw new RangeError('expected the reservations as they were admitted, came another number of them');
    }
    for (let at = 0; at < actuals.length; at += 1) {
      const counter = hold.counters[at]!;
      const amount = hold.amounts[at]!;
      counter.holds -= 1;
      counter.touchedMs = nowMs;
      if (counter.kind === 'rate') {
        this.#correct(hold, at, amount - actuals[at]!, nowMs);
      } else {
        counter.held -= amount;
        if (counter.kind === 'budget') counter.spend(actuals[at]!);
      }
    }
    this.#holds.close(known, settled, nowMs);
  }

  read(keys: readonly string[]): CounterState[] {
    const nowMs = this.#begin(0);
    while (this.#release(nowMs));
    return keys.map((key) => {
      const counter = this.#counters.find(key);
      if (counter?.kind === 'rate') drain(counter, nowMs);
      return counter?.state() ?? { spent: 0, held: 0 };
    });
  }

  holds(key: string): Hold[] {
    const nowMs = this.#begin(0);
    const counter = this.#counters.find(key);
    if (counter === undefined || counter.kind === 'rate') return [];
    const sinceEpochMs = this.#clock.now() - nowMs;
    return this.#holds
      .of(counter, nowMs)
      .slice(0, maxHoldsListed)
      .map(({ id, amount, atMs }) => ({
        id,
        owner: this.#owner,
        amount,
        expiresAtMs: Math.round(sinceEpochMs + atMs),
      }));
  }

  restore(key: string, spent: number, resetsAtMs: number | null, how: 'set' | 'raise'): void {
    const nowMs = this.#begin(1);
    const counter = this.#counters.open(key, nowMs);
    counter.kind = 'budget';
    counter.touchedMs = nowMs;
    counter.resetsAtMs = resetsAtMs;
    counter.restored = true;
    counter.spent = how === 'raise' ? Math.max(counter.spent, spent) : spent;
  }

  /** The time, whole milliseconds that only grow. Cleans up a little on the way. */
  #begin(reservations: number): number {
    const nowMs = Math.floor(this.#clock.monotonic());
    this.#release(nowMs);
    this.#holds.forget(nowMs);
    this.#counters.sweep(reservations + 1, nowMs);
    return nowMs;
  }

  /** Releases some expired holds. @returns false where there were none. */
  #release(nowMs: number): boolean {
    let index = this.#holds.due(nowMs);
    if (index < 0) return false;
    for (let count = 0; count < releasesPerCall && index >= 0; count += 1) {
      this.#free(index, nowMs);
      index = this.#holds.due(nowMs);
    }
    return true;
  }

  /** Lets go what a hold held, since its time is over. What it took of rates refills by itself. */
  #free(index: number, nowMs: number): void {
    const { counters, amounts } = this.#holds.at(index);
    for (let at = 0; at < counters.length; at += 1) {
      const counter = counters[at]!;
      counter.holds -= 1;
      counter.touchedMs = nowMs;
      if (counter.kind !== 'rate') counter.held -= amounts[at]!;
    }
    this.#holds.close(index, expired, nowMs);
  }

  /** Books what no open hold stands for. Of a hold that expired, rates have taken the amount already. */
  #book(
    reservations: readonly Reservation[],
    actuals: readonly number[],
    afterExpiry: boolean,
    nowMs: number,
  ): void {
    this.#scopes.meet(reservations, nowMs);
    for (let at = 0; at < reservations.length; at += 1) {
      const counter = this.#scopes.at(at);
      const actual = actuals[at]!;
      if (counter.kind === 'budget') counter.spend(actual);
      else if (counter.kind === 'rate') {
        take(counter, Math.max(0, actual - (afterExpiry ? reservations[at]!.amount : 0)));
      }
    }
  }

  #correct(hold: OpenHold, at: number, tooMuch: number, nowMs: number): void {
    const counter = hold.counters[at]!;
    drain(counter, nowMs);
    if (tooMuch <= 0) {
      take(counter, -tooMuch);
      return;
    }
    const taken = this.#taken;
    taken.used = hold.used[at]!;
    taken.credit = hold.credits[at]!;
    taken.atMs = hold.atMs;
    taken.limit = counter.limit;
    taken.periodMs = counter.periodMs;
    // The period may have changed since.
    if (taken.credit >= taken.periodMs) taken.credit = 0;
    drain(taken, nowMs);
    giveBack(counter, taken, tooMuch);
  }
}

function join(hold: OpenHold, counter: Counter, amount: number): void {
  counter.holds += 1;
  hold.counters.push(counter);
  hold.amounts.push(amount);
  hold.used.push(counter.used);
  hold.credits.push(counter.credit);
}

function isOpen(index: number): boolean {
  return index >= 0 && index < settled;
}

/** The one wrong use that an id allows; the same words for every store. */
export function alreadySettled(): Error {
  return new Error(
    'expected the id of a new hold, came one that was settled: make a new id for each attempt',
  );
}
