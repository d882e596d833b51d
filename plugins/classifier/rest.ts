/** Leaves a model alone that failed several times in a row, so that not every request waits for it in vain. */
export class Rest {
  readonly #after: number;
  readonly #restMs: number;
  #failures = 0;
  #untilMs = 0;

  constructor(after: number, restMs: number) {
    this.#after = after;
    this.#restMs = restMs;
  }

  /** Whether the model may be asked now. At the end of a rest one request may; the others wait for what it finds. */
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
