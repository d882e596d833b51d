import type { Clock } from '../../sdk/services.ts';
import type { HeapGauge } from '../services/heap.ts';

const sampleEveryMs = 250;
/** Growth, as a share of the heap's limit, after which still fewer requests are let in. */
const growth = 0.01;

/**
 * Lets in fewer requests while the heap is nearly full: half as many as were under way when it got there, and half
 * again with each further percent. Never none: what fills the heap may be garbage, and nothing but requests makes the
 * engine collect it.
 */
export class HeapGuard {
  readonly #clock: Clock;
  readonly #heap: HeapGauge;
  #sampledMs = -Infinity;
  #share = 0;
  #limit = Infinity;
  #shareAtLimit = 0;

  constructor(clock: Clock, heap: HeapGauge) {
    this.#clock = clock;
    this.#heap = heap;
  }

  /** Share of the heap's limit that was used at the last look. */
  get share(): number {
    return this.#share;
  }

  /** How many requests may be under way for the heap's sake; infinite where it has room. */
  limit(underWay: number, shedAbove: number): number {
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#sampledMs < sampleEveryMs) return this.#limit;
    this.#sampledMs = nowMs;
    this.#share = this.#heap.share();
    if (this.#share < shedAbove) this.#limit = Infinity;
    else if (this.#limit === Infinity || this.#share >= this.#shareAtLimit + growth) {
      this.#limit = Math.max(1, Math.floor(Math.min(this.#limit, underWay) / 2));
      this.#shareAtLimit = this.#share;
    }
    return this.#limit;
  }
}
