const bucketMs = 1000;
/** One more than a minute has, so that what is counted covers no less than a minute. */
const buckets = 61;

/** What was used within the last minute, counted by the second. */
export class MinuteWindow {
  readonly #amounts = new Float64Array(buckets);
  #newest = 0;
  #sum = 0;

  add(amount: number, nowMs: number): void {
    this.#turn(nowMs);
    this.#amounts[this.#newest % buckets]! += amount;
    this.#sum += amount;
  }

  sum(nowMs: number): number {
    this.#turn(nowMs);
    return this.#sum;
  }

  /** Milliseconds until less than `limit` is left in the window; 0 where it is now. At most a minute away. */
  waitMs(limit: number, nowMs: number): number {
    this.#turn(nowMs);
    let left = this.#sum;
    if (left < limit) return 0;
    for (let back = buckets - 1; back >= 0; back--) {
      const bucket = this.#newest - back;
      if (bucket < 0) continue;
      left -= this.#amounts[bucket % buckets]!;
      if (left < limit) return Math.max(1, (bucket + buckets) * bucketMs - nowMs);
    }
    return buckets * bucketMs;
  }

  #turn(nowMs: number): void {
    const bucket = Math.floor(nowMs / bucketMs);
    const passed = bucket - this.#newest;
    if (passed <= 0) return;
    if (passed >= buckets) {
      this.#amounts.fill(0);
      this.#sum = 0;
    } else {
      for (let next = this.#newest + 1; next <= bucket; next++) {
        this.#sum -= this.#amounts[next % buckets]!;
        this.#amounts[next % buckets] = 0;
      }
    }
    this.#newest = bucket;
  }
}
