/** Buckets that a rule's window is cut into. */
const bucketsPerWindow = 10;
/** Buckets that are kept, so that rules with windows of other lengths can count on the same target. */
const keptBuckets = 60;

/**
 * Ends of calls within a sliding window, in buckets of time. The first rule sets their width; a rule with a window up
 * to six times as long counts in the same ones, a longer one starts afresh with wider buckets.
 */
export class ErrorWindow {
  readonly #calls = new Uint32Array(keptBuckets);
  readonly #failures = new Uint32Array(keptBuckets);
  #widthMs = 0;
  /** Number of the newest bucket since the clock's start. */
  #newest = 0;

  add(failed: boolean, windowMs: number, nowMs: number): void {
    if (this.#widthMs === 0 || windowMs > this.#widthMs * keptBuckets) this.#widen(windowMs);
    this.#turn(nowMs);
    const place = this.#newest % keptBuckets;
    this.#calls[place]! += 1;
    if (failed) this.#failures[place]! += 1;
  }

  /** Whether the last `windowMs` saw at least `minCalls`, and `ratio` of them failed. */
  exceeds(ratio: number, minCalls: number, windowMs: number, nowMs: number): boolean {
    if (this.#widthMs === 0) return false;
    this.#turn(nowMs);
    const count = Math.min(keptBuckets, this.#newest + 1, Math.max(1, Math.round(windowMs / this.#widthMs)));
    let calls = 0;
    let failures = 0;
    for (let back = 0; back < count; back++) {
      const place = (this.#newest - back) % keptBuckets;
      calls += this.#calls[place]!;
      failures += this.#failures[place]!;
    }
    return calls >= Math.max(1, minCalls) && failures >= ratio * calls;
  }

  clear(): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
  }

  #widen(windowMs: number): void {
    this.#widthMs = Math.max(1, windowMs / bucketsPerWindow);
    this.#newest = 0;
    this.clear();
  }

  /** Empties the buckets between the newest and now. */
  #turn(nowMs: number): void {
    const bucket = Math.floor(nowMs / this.#widthMs);
    const passed = bucket - this.#newest;
    if (passed <= 0) return;
    if (passed >= keptBuckets) this.clear();
    else {
      for (let next = this.#newest + 1; next <= bucket; next++) {
        this.#calls[next % keptBuckets] = 0;
        this.#failures[next % keptBuckets] = 0;
      }
    }
    this.#newest = bucket;
  }
}
