import { GatewayError } from '../../../sdk/errors.ts';

/** Lets so many pieces of work run at once, and so many wait. What is more is refused. */
export class Turns {
  readonly #most: number;
  readonly #mostWaiting: number;
  readonly #what: string;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param what of the work, for the refusal, such as `checks`. */
  constructor(what: string, most: number, mostWaiting: number) {
    this.#what = what;
    this.#most = most;
    this.#mostWaiting = mostWaiting;
  }

  /** @throws GatewayError 429 `rate_limit_exceeded`, and what the work throws. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) {
      if (this.#waiting.length >= this.#mostWaiting) {
        throw new GatewayError(
          'rate_limit_exceeded',
          `At most ${this.#most} ${this.#what} run at once here. Try again when one has ended.`,
          { retryAfterMs: 1000 },
        );
      }
      // Whoever leaves hands its place on.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
