import type { Clock } from '../services.ts';

type WallClock = Pick<Clock, 'now' | 'monotonic'>;

const known = new WeakMap<WallClock, SteadyTime>();

/**
 * The wall clock, but never going back while the process lives. When the machine's clock is set back by an hour, windows
 * of budgets must not be counted a second time, on counters that may be forgotten by then: this goes on from the latest
 * time that was seen, at half its speed, until the wall clock has caught up. Nothing stands still, so even after a clock
 * that was a year ahead budgets do reset, only later.
 *
 * A clock that was set forward is believed: nobody can tell it from time that passed. A process that starts anew begins
 * with the wall clock; its counters come from the ledger, which knows what was spent in the older window.
 */
export class SteadyTime {
  readonly #clock: WallClock;
  #lastMs: number;
  #lastMonotonicMs: number;
  #aheadMs = 0;

  constructor(clock: WallClock) {
    this.#clock = clock;
    this.#lastMs = clock.now();
    this.#lastMonotonicMs = clock.monotonic();
  }

  /**
   * The one steady time of a clock. Whoever asks which window it is must ask this one, also after a reload: one that
   * begins anew would take a clock that was set back at its word, and open a window a second time.
   */
  static of(clock: WallClock): SteadyTime {
    let time = known.get(clock);
    if (time === undefined) {
      time = new SteadyTime(clock);
      known.set(clock, time);
    }
    return time;
  }

  /** Whole milliseconds since the epoch. Never less than before. */
  now(): number {
    const wallMs = this.#clock.now();
    const monotonicMs = this.#clock.monotonic();
    const leastMs = this.#lastMs + (monotonicMs - this.#lastMonotonicMs) / 2;
    this.#lastMs = Math.max(wallMs, leastMs);
    this.#lastMonotonicMs = monotonicMs;
    this.#aheadMs = this.#lastMs - wallMs;
    return Math.floor(this.#lastMs);
  }

  /** How far the last `now()` was ahead of the wall clock: above 0 the clock was set back, for status and log. */
  get aheadMs(): number {
    return this.#aheadMs;
  }
}
