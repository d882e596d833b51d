/** How often each hashed feature of a text occurs, and what the first of it weighs, in the order in which they came. */
export class FeatureCounts {
  /** Places in the lists, counted from 1, by feature: a hash table, since a `Map` takes twice as long here. */
  #slots: Uint32Array;
  readonly #features: number[] = [];
  readonly #weights: number[] = [];
  readonly #counts: number[] = [];

  /** @param expected about how many different features. */
  constructor(expected: number) {
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(16, expected) * 2)));
  }

  /** @param feature 32 bits, unsigned. */
  add(feature: number, weight: number): void {
    const slot = this.#slotOf(feature);
    const place = this.#slots[slot]!;
    if (place > 0) {
      this.#counts[place - 1]! += 1;
      return;
    }
    this.#features.push(feature);
    this.#weights.push(weight);
    this.#counts.push(1);
    this.#slots[slot] = this.#features.length;
    if (this.#features.length * 2 > this.#slots.length) this.#grow();
  }

  /** Adds each feature's weight times 1 + ln(count) at its place, with the sign of its highest bit. */
  addTo(vector: Float32Array): void {
    for (let at = 0; at < this.#features.length; at += 1) {
      const feature = this.#features[at]!;
      const count = this.#counts[at]!;
      const value = count === 1 ? this.#weights[at]! : this.#weights[at]! * (1 + Math.log(count));
      const place = feature % vector.length;
      vector[place] = vector[place]! + (feature & 0x80000000 ? -value : value);
    }
  }

  /** The slot of a feature, or the empty one where it would be. */
  #slotOf(feature: number): number {
    const mask = this.#slots.length - 1;
    let slot = feature & mask;
    for (;;) {
      const place = this.#slots[slot]!;
      if (place === 0 || this.#features[place - 1] === feature) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let at = 0; at < this.#features.length; at += 1)
      this.#slots[this.#slotOf(this.#features[at]!)] = at + 1;
  }
}
