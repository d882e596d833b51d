/** In place of a value that there is no room for. */
export const otherValue = 'other';

/**
 * Values of one label, as many as there is room for; what comes later is counted as `other`. Names that clients choose
 * must not be able to fill the memory of whoever stores the metrics.
 */
export class BoundedValues {
  readonly #values = new Set<string>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  of(value: string): string {
    if (this.#values.has(value)) return value;
    if (this.#values.size >= this.#max) return otherValue;
    this.#values.add(value);
    return value;
  }
}
