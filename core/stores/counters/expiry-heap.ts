/** Small whole numbers (indexes of holds) by the time at which they expire: a binary heap that knows where each is. */
export class ExpiryHeap {
  readonly #heap: number[] = [];
  /** By index: when it expires, and its place in the heap or -1. */
  readonly #atMs: number[] = [];
  readonly #places: number[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The index that expires first, if it has by `nowMs`; -1 otherwise. */
  due(nowMs: number): number {
    const first = this.#heap[0];
    return first !== undefined && this.#atMs[first]! <= nowMs ? first : -1;
  }

  atMs(index: number): number {
    return this.#atMs[index]!;
  }

  /** @param index dense from 0: the next new one is at most the number of those seen before. */
  set(index: number, atMs: number): void {
    const known = index < this.#places.length;
    let place = known ? this.#places[index]! : -1;
    this.#atMs[index] = atMs;
    if (place < 0) {
      place = this.#heap.length;
      this.#heap.push(index);
      this.#places[index] = place;
    }
    this.#down(this.#up(place));
  }

  remove(index: number): void {
    const place = this.#places[index] ?? -1;
    if (place < 0) return;
    this.#places[index] = -1;
    const last = this.#heap.pop()!;
    if (last === index) return;
    this.#heap[place] = last;
    this.#places[last] = place;
    this.#down(this.#up(place));
  }

  #up(place: number): number {
    const index = this.#heap[place]!;
    const atMs = this.#atMs[index]!;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = this.#heap[above]!;
      if (this.#atMs[other]! <= atMs) break;
      this.#heap[place] = other;
      this.#places[other] = place;
      place = above;
    }
    this.#heap[place] = index;
    this.#places[index] = place;
    return place;
  }

  #down(place: number): void {
    const size = this.#heap.length;
    const index = this.#heap[place]!;
    const atMs = this.#atMs[index]!;
    for (;;) {
      let below = place * 2 + 1;
      if (below >= size) break;
      const right = below + 1;
      if (right < size && this.#atMs[this.#heap[right]!]! < this.#atMs[this.#heap[below]!]!) below = right;
      const other = this.#heap[below]!;
      if (this.#atMs[other]! >= atMs) break;
      this.#heap[place] = other;
      this.#places[other] = place;
      place = below;
    }
    this.#heap[place] = index;
    this.#places[index] = place;
  }
}
