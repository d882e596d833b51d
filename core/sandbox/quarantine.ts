import type { Clock } from '../../sdk/services.ts';
import { QUARANTINE_KILLS, QUARANTINE_MS } from './limits.ts';

/**
 * Modules whose calls had to be killed with their thread. A kill costs everybody a respawn, so after three within
 * a minute a module answers nothing for a minute.
 */
export class Quarantine {
  readonly #clock: Clock;
  readonly #kills = new Map<string, number[]>();
  readonly #untilMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a kill; true when it put the module into quarantine. */
  killed(key: string): boolean {
    const nowMs = this.#clock.monotonic();
    const recent = (this.#kills.get(key) ?? []).filter((atMs) => nowMs - atMs < QUARANTINE_MS);
    recent.push(nowMs);
    this.#kills.set(key, recent);
    if (recent.length < QUARANTINE_KILLS) return false;
    this.#kills.delete(key);
    this.#untilMs.set(key, nowMs + QUARANTINE_MS);
    return true;
  }

  /** Whole seconds left, 0 when the module may run. */
  secondsLeft(key: string): number {
    if (this.#untilMs.size === 0) return 0;
    const untilMs = this.#untilMs.get(key);
    if (untilMs === undefined) return 0;
    const leftMs = untilMs - this.#clock.monotonic();
    if (leftMs > 0) return Math.ceil(leftMs / 1000);
    this.#untilMs.delete(key);
    return 0;
  }

  /** Keys in quarantine now. */
  keys(): readonly string[] {
    return [...this.#untilMs.keys()].filter((key) => this.secondsLeft(key) > 0);
  }

  forget(key: string): void {
    this.#kills.delete(key);
    this.#untilMs.delete(key);
  }
}
