import type { CounterState, Reservation } from '../../../sdk/counters.ts';
import { adopt, type Bucket, drain, fits, maxCount, waitMs } from './bucket.ts';

/** A budget is forgotten this long after its window ended, a rate or concurrency limit after this long at rest. */
const graceMs = 3_600_000;
const restMs = 600_000;

/** One counter in memory, of whichever kind its key is. */
export class Counter implements Bucket {
  readonly key: string;
  kind: Reservation['kind'] = 'budget';
  spent = 0;
  held = 0;
  /** Held by others, as a shared store last said; stays 0 where this process counts alone. */
  heldElsewhere = 0;
  #elsewhereUntilMs = 0;
  /** Open holds that refer to this counter: it is not forgotten while there are any. */
  holds = 0;
  resetsAtMs: number | null = null;
  /** A budget's: what was spent of it before it was counted here is in it. */
  restored = false;
  touchedMs = 0;
  used = 0;
  credit = 0;
  atMs = 0;
  limit = 0;
  periodMs = 1;

  constructor(key: string) {
    this.key = key;
  }

  /** Takes over what a reservation says of the limit, and brings a rate up to now. */
  meet(reservation: Reservation, nowMs: number): void {
    this.kind = reservation.kind;
    this.touchedMs = nowMs;
    if (reservation.kind === 'rate') {
      drain(this, nowMs);
      adopt(this, reservation.limit, reservation.periodMs);
    } else if (reservation.kind === 'budget') {
      this.resetsAtMs = reservation.resetsAtMs;
    } else if (nowMs >= this.#elsewhereUntilMs) {
      // Places that others held are free by now. Of a budget such amounts are rather spent: there they stay.
      this.heldElsewhere = 0;
    }
  }

  /** Notes what others hold as a shared store says, and until when at least. */
  seeElsewhere(held: number, untilMs: number): void {
    this.heldElsewhere = Math.max(0, held);
    this.#elsewhereUntilMs = untilMs;
  }

  /** Whether an amount fits under a limit, the counter being up to date. */
  fits(limit: number, amount: number): boolean {
    // Never `spent + held + amount`: the sum may exceed what a double holds exactly.
    if (this.kind === 'rate') return fits(this, amount);
    return amount <= limit - this.spent - this.held - this.heldElsewhere;
  }

  waitMs(amount: number): number | null {
    return this.kind === 'rate' ? waitMs(this, amount) : null;
  }

  spend(amount: number): void {
    this.spent = Math.min(maxCount, this.spent + amount);
  }

  state(): CounterState {
    if (this.kind === 'rate') return { spent: this.used, held: 0 };
    return { spent: this.spent, held: Math.min(maxCount, this.held + this.heldElsewhere) };
  }

  /**
   * Whether nothing would be lost without it.
   *
   * @param wallMs the time since the epoch.
   * @param keepBudgets false in a mirror of a shared store, where budgets at rest may be forgotten.
   */
  idle(nowMs: number, wallMs: number, keepBudgets: boolean): boolean {
    if (this.holds > 0 || nowMs - this.touchedMs < restMs) return false;
    if (this.kind === 'rate') {
      drain(this, nowMs);
      return this.used === 0 || this.limit === 0;
    }
    if (this.kind === 'concurrent' || this.spent === 0) return true;
    if (nowMs - this.touchedMs < graceMs) return false;
    return !keepBudgets || (this.resetsAtMs !== null && wallMs > this.resetsAtMs + graceMs);
  }
}
