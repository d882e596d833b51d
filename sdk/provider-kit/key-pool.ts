/**
 * A provider's keys. The core says which one a call is to use, by what it knows of each (limits, failures); without its
 * word the keys take turns.
 */
export class KeyPool<Value> {
  readonly #values: readonly Value[];
  #next = 0;

  /** @param values one per key, at least one. */
  constructor(values: readonly Value[]) {
    this.#values = values;
  }

  /** `Provider.keyCount`: to be spread into a provider, where there is more than one key. */
  get count(): { readonly keyCount?: number } {
    return this.#values.length > 1 ? { keyCount: this.#values.length } : {};
  }

  /**
   * The value of the key that a call is to use.
   *
   * @param key `ProviderCall.key`: its index from 0; absent for the key whose turn it is.
   */
  next(key?: number): Value {
    if (key !== undefined) return this.#values[key % this.#values.length]!;
    const value = this.#values[this.#next]!;
    this.#next = this.#next + 1 === this.#values.length ? 0 : this.#next + 1;
    return value;
  }
}
