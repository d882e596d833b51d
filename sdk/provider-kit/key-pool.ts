/**
 * Takes turns through a provider's keys. What is known of a key (limits, failures) is not looked at here: a pool that
 * does so has the same `next()`.
 */
export class KeyPool<Value> {
  readonly #values: readonly Value[];
  #next = 0;

  /** @param values one per key, at least one. */
  constructor(values: readonly Value[]) {
    this.#values = values;
  }

  /** The value of the key whose turn it is. */
  next(): Value {
    const value = this.#values[this.#next]!;
    this.#next = this.#next + 1 === this.#values.length ? 0 : this.#next + 1;
    return value;
  }
}
