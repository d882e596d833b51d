/**
 * How often each hashed feature of a text occurs, and what the first of it weighs, in the order in which they came. One
 * is used for text after text: a text costs no memory.
 */
export class FeatureCounts {
  /** Places in the lists, counted from 1, by feature: a hash table, since a `Map` takes twice as long here. */
  #slots = new Uint16Array(1024);
  /** Slots of this text, less 1: a short one clears a few. */
  #mask = 0;
  #features = new Uint32Array(512);
  #weights = new Float64Array(512);
  #counts = new Uint16Array(512);
  #length = 0;

  /** Forgets all. @param expected about how many different features come. */
  begin(expected: number): void {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, expected) * 2));
    if (slots > this.#slots.length) this.#slots = new Uint16Array(slots);
    else this.#slots.fill(0, 0, slots);
    this.#mask = slots - 1;
    this.#length = 0;
  }

  /**
   * @param feature 32 bits, unsigned.
   * @throws RangeError beyond 32,768 different features.
   */
  add(feature: number, weight: number): void {
    const slot = this.#slotOf(feature);
    const place = this.#slots[slot]!;
    if (place > 0) {
      this.#counts[place - 1]! += 1;
      return;
    }
    if (this.#length === this.#features.length) this.#lengthen();
    this.#features[this.#length] = feature;
    this.#weights[this.#length] = weight;
    this.#counts[this.#length] = 1;
    this.#length += 1;
    this.#slots[slot] = this.#length;
    if (this.#length * 2 > this.#mask + 1) this.#rehash();
  }

  /** Adds each feature's weight times 1 + ln(count) at its place, with the sign of its highest bit. */
  addTo(vector: Float32Array): void {
    for (let at = 0; at < this.#length; at += 1) {
      const feature = this.#features[at]!;
      const count = this.#counts[at]!;
      const value = count === 1 ? this.#weights[at]! : this.#weights[at]! * (1 + Math.log(count));
      const place = feature % vector.length;
      vector[place] = vector[place]! + (feature & 0x80000000 ? -value : value);
    }
  }

  /** The slot of a feature, or the empty one where it would be. */
  #slotOf(feature: number): number {
    let slot = feature & this.#mask;
    for (;;) {
      const place = this.#slots[slot]!;
      if (place === 0 || this.#features[place - 1] === feature) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  #lengthen(): void {
    const length = this.#length * 2;
    if (length > 0x8000) throw new RangeError('expected at most 32,768 different features');
    const [features, weights, counts] = [this.#features, this.#weights, this.#counts];
    this.#features = new Uint32Array(length);
    this.#weights = new Float64Array(length);
    this.#counts = new Uint16Array(length);
    this.#features.set(features);
    this.#weights.set(weights);
    this.#counts.set(counts);
  }

  /** More slots, for as many features as there are. */
  #rehash(): void {
    const length = this.#length;
    this.begin(this.#mask + 1);
    this.#length = length;
    for (let at = 0; at < length; at += 1) this.#slots[this.#slotOf(this.#features[at]!)] = at + 1;
  }
}
