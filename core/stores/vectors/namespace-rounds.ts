import type { HotNamespace } from './hot-namespace.ts';

/** Gives each of the namespaces its turn, one a call. */
export class NamespaceRounds {
  readonly #namespaces: ReadonlyMap<string, HotNamespace>;
  #round: Iterator<HotNamespace, undefined> | null = null;
  #left = 0;

  constructor(namespaces: ReadonlyMap<string, HotNamespace>) {
    this.#namespaces = namespaces;
  }

  next(): HotNamespace | undefined {
    // What is used meanwhile moves to the end: without a count the others would not have their turn again.
    if (this.#round === null || this.#left <= 0) {
      this.#round = this.#namespaces.values();
      this.#left = this.#namespaces.size;
    }
    this.#left -= 1;
    const one = this.#round.next().value;
    if (one === undefined) this.#round = null;
    return one;
  }
}
