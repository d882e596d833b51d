/** Share of the newest interval in the average. */
const newestShare = 0.1;
const leastMs = 1000;
const mostMs = 60_000;

/** How fast requests end while no place is free, to tell others when to come back. */
export class Departures {
  #intervalMs: number | null = null;
  #lastMs = 0;

  /** The last free place was taken: what ended before says nothing of the time that a place takes to become free. */
  full(nowMs: number): void {
    this.#lastMs = nowMs;
  }

  /** A place became free. */
  note(nowMs: number): void {
    const intervalMs = nowMs - this.#lastMs;
    this.#intervalMs =
      this.#intervalMs === null
        ? intervalMs
        : this.#intervalMs + (intervalMs - this.#intervalMs) * newestShare;
    this.#lastMs = nowMs;
  }

  /** Milliseconds in which so many places become free, going by the last ones; 1 to 60 seconds. */
  waitMs(count: number, nowMs: number): number {
    // Where nothing has ended for longer than usual, usual is over.
    const intervalMs = Math.max(this.#intervalMs ?? 0, (nowMs - this.#lastMs) / 2);
    return Math.min(mostMs, Math.max(leastMs, Math.ceil(count * intervalMs)));
  }
}
