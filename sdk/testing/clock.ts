import type { Cancel, Clock } from '../services.ts';

/** Time that only moves when a test says so. */
export class FakeClock implements Clock {
  #nowMs: number;
  #elapsedMs = 0;
  #timers: { readonly atMs: number; readonly run: () => void }[] = [];

  /** @param startMs milliseconds since the epoch; 2026-01-01T00:00:00Z by default. */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, run: () => void): Cancel {
    const timer = { atMs: this.#elapsedMs + Math.max(0, delayMs), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** How many timers wait. A test that ends with some left has found a leak. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Moves time on and runs what becomes due, in order, letting promises settle in between. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#move(due.atMs);
      due.run();
      await settled();
    }
    this.#move(untilMs);
    await settled();
  }

  /** Sets the wall clock, as an operator or NTP would; the monotonic reading goes on undisturbed. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  #move(toMs: number): void {
    this.#nowMs += toMs - this.#elapsedMs;
    this.#elapsedMs = toMs;
  }
}

/** Lets everything run that only waits for promises. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
