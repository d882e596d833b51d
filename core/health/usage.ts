import type { Capacity } from '../../sdk/health.ts';
import { MinuteWindow } from './minute-window.ts';

/** Share of the newest call in the average of tokens per call. */
const newestShare = 0.1;
/** How long to wait where only calls under way fill the capacity: nobody knows when they end. */
const underWayWaitMs = 1000;

/**
 * What an id used in the last minute, held against what it takes. Tokens are known when a call ends; until then a
 * call counts with what calls use on average, so that a burst does not overrun the limit.
 */
export class Usage {
  readonly #requests = new MinuteWindow();
  readonly #tokens = new MinuteWindow();
  #tokensPerCall = 0;

  waitMs(capacity: Capacity, underWay: number, nowMs: number): number {
    const { requestsPerMinute, tokensPerMinute } = capacity;
    let waitMs = 0;
    if (requestsPerMinute !== undefined) waitMs = this.#requests.waitMs(requestsPerMinute, nowMs);
    if (tokensPerMinute !== undefined) {
      waitMs = Math.max(waitMs, this.#tokens.waitMs(tokensPerMinute, nowMs));
      const expected = this.#tokens.sum(nowMs) + underWay * this.#tokensPerCall;
      if (waitMs === 0 && underWay > 0 && expected >= tokensPerMinute) waitMs = underWayWaitMs;
    }
    return waitMs;
  }

  began(nowMs: number): void {
    this.#requests.add(1, nowMs);
  }

  used(tokens: number, nowMs: number): void {
    if (!(tokens >= 0)) return;
    this.#tokens.add(tokens, nowMs);
    this.#tokensPerCall =
      this.#tokensPerCall === 0 ? tokens : this.#tokensPerCall * (1 - newestShare) + tokens * newestShare;
  }
}
