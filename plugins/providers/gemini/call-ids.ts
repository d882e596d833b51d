import { hash } from 'node:crypto';

/** Our own ids, for calls that Gemini gave none: they mean nothing to it and do not go back. */
const madeUp = /^gemini_[0-9a-f]{20}_\d+_\d+$/;

/** True for an id that `CallIds` made. */
export function isMadeUp(id: string): boolean {
  return madeUp.test(id);
}

/** Makes ids for calls that come without one: unique per request, at most 40 characters in any sane answer. */
export class CallIds {
  readonly #requestId: string;
  #seed = '';

  constructor(requestId: string) {
    this.#requestId = requestId;
  }

  of(choice: number, index: number): string {
    this.#seed ||= hash('sha256', this.#requestId, 'hex').slice(0, 20);
    return `gemini_${this.#seed}_${choice}_${index}`;
  }
}
