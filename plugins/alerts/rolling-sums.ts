/** Sums over the last so many milliseconds, in a ring of equal parts: memory does not grow with traffic. */
export class RollingSums {
  readonly #parts: readonly Float64Array[];
  /** Which stretch of time a part holds; -1 for none yet. */
  readonly #epochs: Float64Array;
  readonly #partMs: number;

  /**
   * @param parts how many; the window is `parts * partMs`, and moves on part by part.
   * @param slots how many sums are kept.
   */
  constructor(parts: number, partMs: number, slots: number) {
    this.#parts = Array.from({ length: parts }, () => new Float64Array(slots));
    this.#epochs = new Float64Array(parts).fill(-1);
    this.#partMs = partMs;
  }

  /** @param nowMs of a clock that does not go back. */
  add(nowMs: number, slot: number, amount = 1): void {
    const epoch = Math.floor(nowMs / this.#partMs);
    const index = epoch % this.#parts.length;
    const part = this.#parts[index]!;
    if (this.#epochs[index] !== epoch) {
      part.fill(0);
      this.#epochs[index] = epoch;
    }
    part[slot]! += amount;
  }

  sum(nowMs: number, slot: number): number {
    const oldest = Math.floor(nowMs / this.#partMs) - this.#parts.length;
    let sum = 0;
    for (let index = 0; index < this.#parts.length; index += 1) {
      if (this.#epochs[index]! > oldest) sum += this.#parts[index]![slot]!;
    }
    return sum;
  }
}
