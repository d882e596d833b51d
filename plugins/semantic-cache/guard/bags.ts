import type { BagName, Facts } from './facts.ts';

/** Collects facts by kind. */
export class Bags {
  readonly #sets = new Map<BagName, Set<string>>();

  add(name: BagName, text: string): void {
    const set = this.#sets.get(name);
    if (set === undefined) this.#sets.set(name, new Set([text]));
    else set.add(text);
  }

  /** Sorted lists; empty ones left out. */
  toJson(): Facts['bags'] {
    return Object.fromEntries(
      [...this.#sets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, set]) => [name, [...set].sort()]),
    );
  }
}
