import type { Trace } from '../../../sdk/trace.ts';
import { Minute } from './minute.ts';

const minuteMs = 60_000;
/** A day: what is longer ago is in the ledger. */
export const keptMinutes = 1440;

/** A minute, or several together. */
export interface Bucket {
  readonly startMs: number;
  readonly minute: Minute;
}

/** What happened in each of the last minutes: a ring whose places are used again, so that nothing grows. */
export class Minutes {
  readonly #ring = new Array<{ number: number; readonly minute: Minute } | undefined>(keptMinutes);

  /** Counts a request at a time, in constant time. */
  count(trace: Trace, nowMs: number): void {
    const number = Math.floor(nowMs / minuteMs);
    const index = number % keptMinutes;
    let place = this.#ring[index];
    if (place === undefined) {
      place = { number, minute: new Minute() };
      this.#ring[index] = place;
    } else if (place.number !== number) {
      // A clock that was set back finds a later minute here: it starts anew, and both are not mixed.
      place.number = number;
      place.minute.clear();
    }
    place.minute.count(trace);
  }

  /**
   * The last minutes as buckets, the oldest first; empty ones too. The last one is under way.
   *
   * @param minutes how many in all.
   * @param width how many in a bucket.
   */
  buckets(nowMs: number, minutes: number, width: number): Bucket[] {
    const last = Math.floor(nowMs / minuteMs);
    const buckets: Bucket[] = [];
    for (let first = last - minutes + 1; first <= last; first += width) {
      const sum = new Minute();
      for (let number = first; number < first + width && number <= last; number += 1) {
        const place = this.#ring[((number % keptMinutes) + keptMinutes) % keptMinutes];
        if (place?.number === number) sum.add(place.minute);
      }
      buckets.push({ startMs: first * minuteMs, minute: sum });
    }
    return buckets;
  }
}
