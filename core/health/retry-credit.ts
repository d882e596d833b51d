/** A target that starts may be retried this often before its request count allows more. */
const initialCredit = 3;
const maxCredit = 100;

/** Retries that a target still allows: grows with requests, shrinks with retries. */
export class RetryCredit {
  #credit = initialCredit;

  earn(ratio: number): void {
    this.#credit = Math.min(maxCredit, this.#credit + ratio);
  }

  take(): boolean {
    if (this.#credit < 1) return false;
    this.#credit -= 1;
    return true;
  }
}
