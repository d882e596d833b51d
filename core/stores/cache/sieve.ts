/** What the list links: belongs to one list at a time. */
export interface SieveNode<T> {
  readonly value: T;
  visited: boolean;
  newer: SieveNode<T> | null;
  older: SieveNode<T> | null;
}

/**
 * Decides what leaves a full cache: SIEVE (Zhang et al., NSDI 2024). A hand walks from the oldest to the newest and takes
 * the first that was not asked for since it last passed. New ones that nobody asks for leave soon, without pushing out
 * what is asked for. Every operation takes constant time; a walk is paid for by the visits before it.
 */
export class Sieve<T> {
  #newest: SieveNode<T> | null = null;
  #oldest: SieveNode<T> | null = null;
  #hand: SieveNode<T> | null = null;

  add(value: T): SieveNode<T> {
    const node: SieveNode<T> = { value, visited: false, newer: null, older: this.#newest };
    if (this.#newest !== null) this.#newest.newer = node;
    this.#newest = node;
    this.#oldest ??= node;
    return node;
  }

  remove(node: SieveNode<T>): void {
    if (this.#hand === node) this.#hand = node.newer;
    if (node.newer === null) this.#newest = node.older;
    else node.newer.older = node.older;
    if (node.older === null) this.#oldest = node.newer;
    else node.older.newer = node.newer;
    node.newer = null;
    node.older = null;
  }

  /** Removes the next to leave. */
  evict(): T | undefined {
    let node = this.#hand ?? this.#oldest;
    while (node?.visited) {
      node.visited = false;
      node = node.newer ?? this.#oldest;
    }
    if (node === null) return undefined;
    this.#hand = node;
    this.remove(node);
    return node.value;
  }
}
