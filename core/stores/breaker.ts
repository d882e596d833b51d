import type { Clock } from '../../sdk/services.ts';

const failuresToOpen = 2;
const firstPauseMs = 500;
const maxPauseMs = 8000;

/**
 * Keeps calls away from a server that is down: after two failures in a row nothing is sent for a while, then one call
 * tries. The pause doubles with each failed try.
 */
export class Breaker {
  readonly #clock: Clock;
  #failures = 0;
  #closedUntilMs = 0;
  #pauseMs = firstPauseMs;
  #trying = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long nothing is sent, in milliseconds; 0 where a call may go. */
  get pauseMs(): number {
    if (this.#failures < failuresToOpen) return 0;
    const leftMs = this.#closedUntilMs - this.#clock.monotonic();
    if (leftMs > 0) return Math.ceil(leftMs);
    // One call tries; what comes meanwhile waits for its end.
    return this.#trying ? 100 : 0;
  }

  /** True while the server is taken for down: until a call succeeds. */
  get open(): boolean {
    return this.#failures >= failuresToOpen;
  }

  /** A call begins. */
  begin(): void {
    if (this.#failures >= failuresToOpen) this.#trying = true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#pauseMs = firstPauseMs;
    this.#trying = false;
  }

  failed(): void {
    this.#failures += 1;
    this.#trying = false;
    if (this.#failures < failuresToOpen) return;
    // Calls that were under way when the server died fail together: they are one failure.
    if (this.#closedUntilMs > this.#clock.monotonic()) return;
    this.#closedUntilMs = this.#clock.monotonic() + this.#pauseMs;
    this.#pauseMs = Math.min(maxPauseMs, this.#pauseMs * 2);
  }
}
