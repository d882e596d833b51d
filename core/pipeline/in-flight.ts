import type { Exchange } from './exchange.ts';

/**
 * The exchanges under way. An array whose holes are filled from its end, not a `Set`: a set that sees every request
 * come and go rebuilds its table all the time, and each table that was left keeps the requests that were in it alive
 * until the next full collection.
 */
export class InFlight implements Iterable<Exchange> {
  readonly #exchanges: Exchange[] = [];

  get size(): number {
    return this.#exchanges.length;
  }

  add(exchange: Exchange): void {
    exchange.place = this.#exchanges.length;
    this.#exchanges.push(exchange);
  }

  delete(exchange: Exchange): void {
    const { place } = exchange;
    if (this.#exchanges[place] !== exchange) return;
    const last = this.#exchanges.pop()!;
    if (last === exchange) return;
    this.#exchanges[place] = last;
    last.place = place;
  }

  /** The exchange of a request; undefined where it is over. Walks them all: for what is asked rarely. */
  find(requestId: string): Exchange | undefined {
    return this.#exchanges.find(({ options }) => options.requestId === requestId);
  }

  /** A copy, so that exchanges may end while it is walked. */
  [Symbol.iterator](): Iterator<Exchange> {
    return [...this.#exchanges].values();
  }
}
