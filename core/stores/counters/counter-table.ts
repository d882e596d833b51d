import type { Clock } from '../../../sdk/services.ts';
import { Counter } from './counter.ts';

/**
 * Counters by key. Keys come and go with windows, not with requests, so this may be a `Map`. Each use looks at a few
 * others and forgets the dead ones: the table stays as large as what lives, without a timer and without a long pass.
 */
export class CounterTable {
  readonly #clock: Clock;
  readonly #keepBudgets: boolean;
  readonly #byKey = new Map<string, Counter>();
  /** The same counters in a list for the pass, its holes filled with the last one. */
  readonly #all: Counter[] = [];
  #next = 0;

  constructor(clock: Clock, keepBudgets: boolean) {
    this.#clock = clock;
    this.#keepBudgets = keepBudgets;
  }

  get size(): number {
    return this.#all.length;
  }

  find(key: string): Counter | undefined {
    return this.#byKey.get(key);
  }

  /** The counter of a key, a new one where there is none. */
  open(key: string, nowMs: number): Counter {
    let counter = this.#byKey.get(key);
    if (counter === undefined) {
      counter = new Counter(key);
      counter.atMs = nowMs;
      counter.touchedMs = nowMs;
      this.#byKey.set(key, counter);
      this.#all.push(counter);
    }
    return counter;
  }

  /** Looks at the next `count` counters. More than are made in the same time, so that dead ones cannot pile up. */
  sweep(count: number, nowMs: number): void {
    if (this.#all.length === 0) return;
    const wallMs = this.#clock.now();
    for (let step = 0; step < count && this.#all.length > 0; step += 1) {
      if (this.#next >= this.#all.length) this.#next = 0;
      const counter = this.#all[this.#next]!;
      if (!counter.idle(nowMs, wallMs, this.#keepBudgets)) {
        this.#next += 1;
        continue;
      }
      this.#byKey.delete(counter.key);
      const last = this.#all.pop()!;
      if (last !== counter) this.#all[this.#next] = last;
    }
  }
}
