import type { MaybePromise } from '../../../sdk/plugin.ts';
import type { Clock } from '../../../sdk/services.ts';

/** Work in slices of a fraction of a millisecond. */
export interface Sliced {
  readonly done: boolean;
  slice(): void;
}

interface Waiting {
  readonly search: Sliced;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** Turns that it had. */
  turns: number;
}

/** What searches may take of one turn of the event loop: all together, once as they come and once for those that wait. */
const turnMs = 0.4;
/** A search that took so many turns lets others pass. */
const longTurns = 8;

/**
 * Shares the event loop among searches. What is done within a fraction of a millisecond is done at once; the rest goes
 * on over the next turns, one search after the other, so that many at a time hold up nobody: in the order in which they
 * came all but the last end sooner than side by side.
 */
export class SearchTurns {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #waiting: Waiting[] = [];
  #spentMs = 0;
  #turnEnds = false;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Ends when the search is done: at once, or in some turns. @throws what one of its slices throws. */
  run(search: Sliced): MaybePromise<void> {
    if (this.#spentMs < turnMs) {
      this.#spentMs += this.#slices(search, turnMs - this.#spentMs);
      this.#endTurn();
      if (search.done) return undefined;
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ search, resolve, reject, turns: 0 });
      this.#endTurn();
    });
  }

  #endTurn(): void {
    if (this.#turnEnds) return;
    this.#turnEnds = true;
    setImmediate(() => {
      this.#turnEnds = false;
      this.#spentMs = 0;
      this.#work();
      if (this.#waiting.length > 0) this.#endTurn();
    });
  }

  #work(): void {
    let leftMs = turnMs;
    while (leftMs > 0) {
      const first = this.#waiting[0];
      if (first === undefined) return;
      try {
        leftMs -= this.#slices(first.search, leftMs);
      } catch (error) {
        this.#waiting.shift();
        first.reject(error);
        continue;
      }
      if (first.search.done) {
        this.#waiting.shift();
        first.resolve();
        continue;
      }
      first.turns += 1;
      if (first.turns % longTurns === 0) this.#waiting.push(this.#waiting.shift()!);
    }
  }

  /** At least one slice, and more while there is time. @returns how long it took. */
  #slices(search: Sliced, limitMs: number): number {
    const startMs = this.#clock.monotonic();
    let tookMs = 0;
    while (!search.done && tookMs < limitMs) {
      search.slice();
      tookMs = this.#clock.monotonic() - startMs;
    }
    return tookMs;
  }
}
