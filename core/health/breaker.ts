import type { BreakerRule } from '../../sdk/health.ts';
import { ErrorWindow } from './error-window.ts';

/** The longest that a breaker stays open, in cooldowns of its rule. */
const maxCooldowns = 8;
/** When to ask again while the probe is under way: nobody knows when it ends, usually within a second or so. */
const probeWaitMs = 1000;

/** How a call stands to the breaker. Ends of calls that began before it last opened or closed are old news. */
export interface Passage {
  readonly era: number;
  readonly probe: boolean;
}

/**
 * Leaves a target alone that fails: closed → open after `consecutive` failures or a share of them → half-open after
 * the cooldown, when one call probes → closed, or open for twice as long. Nothing runs by itself: time is looked at
 * when somebody asks.
 */
export class Breaker {
  readonly #window = new ErrorWindow();
  #open = false;
  #openUntilMs = 0;
  #cooldowns = 1;
  #probing = false;
  #consecutive = 0;
  /** Counts openings and closings. */
  era = 0;

  state(nowMs: number): 'closed' | 'open' | 'half-open' {
    if (!this.#open) return 'closed';
    return nowMs < this.#openUntilMs ? 'open' : 'half-open';
  }

  waitMs(nowMs: number): number {
    if (!this.#open) return 0;
    if (this.#probing) return probeWaitMs;
    return Math.max(0, this.#openUntilMs - nowMs);
  }

  /** Takes the probe where one is due. Only after `waitMs` was 0. */
  takeProbe(): boolean {
    if (!this.#open) return false;
    this.#probing = true;
    return true;
  }

  /** The call said nothing about the target: if it was the probe, the next call is. */
  passed(passage: Passage): void {
    if (passage.probe) this.#probing = false;
  }

  succeeded(passage: Passage, rule: BreakerRule, nowMs: number): void {
    if (passage.probe) return this.close();
    if (passage.era !== this.era || this.#open) return;
    this.#consecutive = 0;
    this.#window.add(false, rule.windowMs, nowMs);
  }

  failed(passage: Passage, rule: BreakerRule, nowMs: number): void {
    if (passage.probe) {
      this.#probing = false;
      this.#cooldowns = Math.min(maxCooldowns, this.#cooldowns * 2);
      this.#openUntilMs = nowMs + rule.cooldownMs * this.#cooldowns;
      return;
    }
    if (passage.era !== this.era || this.#open) return;
    this.#consecutive += 1;
    this.#window.add(true, rule.windowMs, nowMs);
    const { consecutive, errorRatio, minCalls, windowMs } = rule;
    if (this.#consecutive >= consecutive || this.#window.exceeds(errorRatio, minCalls, windowMs, nowMs)) {
      this.#open = true;
      this.#openUntilMs = nowMs + rule.cooldownMs;
      this.era += 1;
    }
  }

  /** The target is back. */
  close(): void {
    this.#open = false;
    this.#probing = false;
    this.#cooldowns = 1;
    this.#consecutive = 0;
    this.#window.clear();
    this.era += 1;
  }
}
