import type { Engine } from './engine.ts';
import type { WasmMemory } from './wasm.ts';

const PAGE_BYTES = 4096;
interface Region {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/**
 * The engine's memory as it was after the load. `restore` undoes everything a call did: values, patched
 * prototypes, pending jobs, leaks. Only the static data and the used heap are copied (the 5 MiB of C stack in
 * between are not), which takes microseconds.
 */
export class MemorySnapshot {
  readonly #memory: WasmMemory;
  readonly #sizeBytes: number;
  readonly #regions: readonly Region[];
  readonly #breakAt: number;
  readonly #heapEnd: number;
  readonly #staticEnd: number;
  readonly #stackTop: number;
  readonly #view: Uint8Array;
  readonly #words: Uint32Array;

  constructor(memory: WasmMemory, layout: HeapLayout) {
    this.#memory = memory;
    this.#view = new Uint8Array(memory.buffer);
    this.#words = new Uint32Array(memory.buffer);
    this.#sizeBytes = this.#view.byteLength;
    this.#breakAt = layout.breakAt;
    this.#heapEnd = this.#words[layout.breakAt >>> 2] as number;
    this.#staticEnd = this.#firstEmptyPage();
    this.#stackTop = layout.heapStart;
    this.#clearStack();
    this.#regions = [this.#copy(0, this.#staticEnd), this.#copy(this.#stackTop, this.#heapEnd)];
  }

  /** Bytes copied by each restore. */
  get bytes(): number {
    return this.#regions.reduce((sum, region) => sum + region.bytes.byteLength, 0);
  }

  /** True when the memory grew: it cannot shrink again, so the instance has to be replaced. */
  get grew(): boolean {
    return this.#memory.buffer.byteLength !== this.#sizeBytes;
  }

  /** Only while the memory has not grown. */
  restore(): void {
    // What a call took from the system beyond the snapshot's heap, and what it left deeper on the C stack.
    // No guest code can read either; an engine bug could.
    const usedEnd = Math.min(this.#words[this.#breakAt >>> 2] as number, this.#sizeBytes);
    if (usedEnd > this.#heapEnd) this.#view.fill(0, this.#heapEnd, usedEnd);
    this.#clearStack();
    for (const region of this.#regions) this.#view.set(region.bytes, region.start);
  }

  #copy(start: number, end: number): Region {
    return { start, bytes: this.#view.slice(start, end) };
  }

  #isEmpty(page: number): boolean {
    const end = (page + PAGE_BYTES) >>> 2;
    for (let word = page >>> 2; word < end; word++) if (this.#words[word] !== 0) return false;
    return true;
  }

  /** Zeroes the dead stack from its top down to the first page that nobody touched. */
  #clearStack(): void {
    let page = this.#stackTop - PAGE_BYTES;
    while (page >= this.#staticEnd && !this.#isEmpty(page)) {
      this.#view.fill(0, page, page + PAGE_BYTES);
      page -= PAGE_BYTES;
    }
  }

  #firstEmptyPage(): number {
    let page = 0;
    while (page < this.#sizeBytes && !this.#isEmpty(page)) page += PAGE_BYTES;
    return page;
  }
}

/** Where things are in the engine's memory; the same for every instance of one build. */
export interface HeapLayout {
  /** Address of the word that holds the heap's end (the C library's program break). */
  readonly breakAt: number;
  /** First page of the heap; the C stack ends below it and grows down. */
  readonly heapStart: number;
}

/**
 * The program break is not exported, so it is found by what it does: of all words of the static data that a
 * large allocation changes, it is the largest that still lies inside the memory. Takes a fresh engine without a
 * runtime, and spoils it.
 */
export function findHeapLayout(engine: Engine): HeapLayout {
  const probeBytes = 4 << 20;
  const staticWords = (128 << 10) >>> 2;
  const before = new Uint32Array(engine.memory.buffer).slice(0, staticWords);
  const block = engine.heap._malloc(probeBytes);
  const after = new Uint32Array(engine.memory.buffer);
  let found = 0;
  let largest = 0;
  for (let word = 0; word < staticWords; word++) {
    const value = after[word] as number;
    const changed = value !== before[word];
    if (changed && value >= block + probeBytes && value <= after.byteLength && value > largest) {
      found = word;
      largest = value;
    }
  }
  // A page of slack: the C library may have taken a few hundred bytes before us.
  const heapStart = (Math.min(block, before[found] as number) & -PAGE_BYTES) - PAGE_BYTES;
  if (found === 0 || heapStart <= staticWords << 2) {
    throw new Error(
      'expected to find the heap of the QuickJS build by its program break; is it another version?',
    );
  }
  return { breakAt: found << 2, heapStart };
}
