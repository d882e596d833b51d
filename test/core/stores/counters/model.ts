import type { CounterState, Reservation } from '../../../../sdk/counters.ts';

interface ModelHold {
  readonly reservations: readonly Reservation[];
  readonly atMs: number;
  /** Level of each rate right after, in parts of a period. */
  readonly levels: readonly bigint[];
  expiresAtMs: number;
}

/**
 * What counters do, as simply as it can be said: what is held is added up from the holds each time, and a rate's level
 * is an exact fraction (`parts / periodMs`). Limits and periods of a key never change here.
 */
export class CountersModel {
  nowMs = 0;
  readonly #spent = new Map<string, number>();
  readonly #rates = new Map<string, { parts: bigint; atMs: number }>();
  readonly #holds = new Map<string, ModelHold>();
  readonly #settled = new Set<string>();

  state(reservation: Reservation): CounterState {
    const { key, kind } = reservation;
    if (reservation.kind === 'rate') {
      const period = BigInt(reservation.periodMs);
      return { spent: Number((this.#level(reservation) + period - 1n) / period), held: 0 };
    }
    let held = 0;
    for (const { reservations, expiresAtMs } of this.#holds.values()) {
      if (expiresAtMs <= this.nowMs) continue;
      for (const other of reservations) if (other.key === key) held += other.amount;
    }
    return { spent: kind === 'budget' ? (this.#spent.get(key) ?? 0) : 0, held };
  }

  /** True, or which does not fit and how long to wait; `settled` where the id is over. */
  admit(
    id: string,
    reservations: readonly Reservation[],
    ttlMs: number,
  ): true | 'settled' | { index: number; retryAfterMs: number | null } {
    if (this.#settled.has(id)) return 'settled';
    if (this.#holds.has(id)) return true;
    const waits = reservations.map((reservation) => this.#wait(reservation));
    const index = waits.findIndex((wait) => wait !== 0);
    if (index >= 0) {
      return { index, retryAfterMs: waits.includes(null) ? null : Math.max(...waits.map(Number)) };
    }
    const levels = reservations.map((reservation) =>
      reservation.kind === 'rate' ? this.#add(reservation, reservation.amount) : 0n,
    );
    this.#holds.set(id, { reservations, levels, atMs: this.nowMs, expiresAtMs: this.nowMs + ttlMs });
    return true;
  }

  extend(id: string, ttlMs: number): boolean {
    const hold = this.#holds.get(id);
    if (hold === undefined || hold.expiresAtMs <= this.nowMs) return false;
    hold.expiresAtMs = Math.max(hold.expiresAtMs, this.nowMs + ttlMs);
    return true;
  }

  settle(id: string, reservations: readonly Reservation[], actuals: readonly number[]): void {
    if (this.#settled.has(id)) return;
    const hold = this.#holds.get(id);
    this.#settled.add(id);
    this.#holds.delete(id);
    for (const [at, reservation] of reservations.entries()) {
      const actual = actuals[at]!;
      if (reservation.kind === 'budget') {
        this.#spent.set(reservation.key, (this.#spent.get(reservation.key) ?? 0) + actual);
      } else if (reservation.kind === 'rate') {
        const excess = actual - (hold === undefined ? 0 : reservation.amount);
        if (excess > 0) this.#add(reservation, excess);
        else if (hold !== undefined && hold.expiresAtMs > this.nowMs)
          this.#giveBack(reservation, hold, at, -excess);
      }
    }
  }

  #wait(reservation: Reservation): number | null {
    const { limit, amount } = reservation;
    if (reservation.kind !== 'rate') {
      const { spent, held } = this.state(reservation);
      return spent + held + amount <= limit ? 0 : null;
    }
    const missing = this.#level(reservation) - BigInt(limit - amount) * BigInt(reservation.periodMs);
    if (missing <= 0n) return 0;
    return amount > limit || limit === 0 ? null : Number((missing + BigInt(limit) - 1n) / BigInt(limit));
  }

  #level(reservation: Reservation & { kind: 'rate' }): bigint {
    const rate = this.#rates.get(reservation.key);
    if (rate === undefined) return 0n;
    const left = rate.parts - BigInt(this.nowMs - rate.atMs) * BigInt(reservation.limit);
    return left > 0n ? left : 0n;
  }

  #add(reservation: Reservation & { kind: 'rate' }, amount: number): bigint {
    const parts = this.#level(reservation) + BigInt(amount) * BigInt(reservation.periodMs);
    this.#rates.set(reservation.key, { parts, atMs: this.nowMs });
    return parts;
  }

  #giveBack(reservation: Reservation & { kind: 'rate' }, hold: ModelHold, at: number, amount: number): void {
    const level = this.#level(reservation);
    const left = hold.levels[at]! - BigInt(this.nowMs - hold.atMs) * BigInt(reservation.limit);
    const given = min(BigInt(amount) * BigInt(reservation.periodMs), left > 0n ? left : 0n);
    this.#rates.set(reservation.key, { parts: level > given ? level - given : 0n, atMs: this.nowMs });
  }
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
