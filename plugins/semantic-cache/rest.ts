/** Leaves an embedder alone that failed several times in a row. */
export class Rest {
  readonly #after: number;
  readonly #restMs: number;
  #failures = 0;
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(after: number, restMs: number) {
    this.#after = after;
    this.#restMs = restMs;
  }

  /** At the end of a rest one may try; the others wait for what it finds. */
  mayAsk(nowMs: number): boolean {
    if (this.#failures < this.#after) return true;
    if (nowMs < this.#untilMs) return false;
    this.#untilMs = nowMs + this.#restMs;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(nowMs: number): void {
    this.#failures += 1;
    if (this.#failures >= this.#after) this.#untilMs = nowMs + this.#restMs;
  }
}
