/** Time in which an old latency loses two thirds of its weight, as in Finagle's and Linkerd's peak EWMA. */
const decayMs = 10_000;

/**
 * A moving average of latencies that is pessimistic: a slower answer counts at once and in full, faster ones bring it
 * down over time. It fades while nobody asks, so that a target which was slow once is tried again.
 */
export class PeakLatency {
  #valueMs = 0;
  #atMs = 0;
  #known = false;

  observe(sampleMs: number, nowMs: number): void {
    const old = this.at(nowMs);
    if (old === null || sampleMs >= old) this.#valueMs = Math.max(0, sampleMs);
    else {
      const weight = Math.exp((this.#atMs - nowMs) / decayMs);
      this.#valueMs = this.#valueMs * weight + sampleMs * (1 - weight);
    }
    this.#atMs = nowMs;
    this.#known = true;
  }

  /** Milliseconds; null before the first. */
  at(nowMs: number): number | null {
    return this.#known ? this.#valueMs * Math.exp((this.#atMs - nowMs) / decayMs) : null;
  }
}
