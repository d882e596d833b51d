import { BoundedMap } from '../../sdk/bounded-map.ts';
import { GatewayError } from '../../sdk/errors.ts';
import type { Clock } from '../../sdk/services.ts';

const windowMs = 60_000;
/** Wrong keys in a minute, of one address and of all together: addresses are cheap. */
const maxWrong = 10;
const maxWrongOfAll = 100;
const maxAddresses = 1000;

interface Count {
  sinceMs: number;
  wrong: number;
}

/** Counts wrong master keys, so that nobody can try many. */
export class SignInLimit {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #addresses = new BoundedMap<Count>(maxAddresses);
  readonly #all: Count = { sinceMs: 0, wrong: 0 };

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /**
   * Called before a key is looked at: past the limit a right one is refused too, else it would still be worth trying.
   *
   * @throws GatewayError 429 `rate_limit_exceeded` with the time until the next try.
   */
  check(address: string): void {
    const nowMs = this.#clock.monotonic();
    const own = this.#addresses.get(address);
    const waits = [
      own === undefined ? 0 : waitOf(own, maxWrong, nowMs),
      waitOf(this.#all, maxWrongOfAll, nowMs),
    ];
    const retryAfterMs = Math.max(...waits);
    if (retryAfterMs === 0) return;
    throw new GatewayError(
      'rate_limit_exceeded',
      `Too many wrong keys: at most ${maxWrong} a minute. Try again in ${Math.ceil(retryAfterMs / 1000)} s.`,
      { retryAfterMs },
    );
  }

  /** A wrong key came. */
  note(address: string): void {
    const nowMs = this.#clock.monotonic();
    const own = this.#addresses.get(address) ?? { sinceMs: nowMs, wrong: 0 };
    add(own, nowMs);
    this.#addresses.set(address, own);
    add(this.#all, nowMs);
  }
}

function waitOf({ sinceMs, wrong }: Count, most: number, nowMs: number): number {
  return wrong < most ? 0 : Math.max(0, sinceMs + windowMs - nowMs);
}

function add(count: Count, nowMs: number): void {
  if (nowMs - count.sinceMs >= windowMs) {
    count.sinceMs = nowMs;
    count.wrong = 0;
  }
  count.wrong += 1;
}
