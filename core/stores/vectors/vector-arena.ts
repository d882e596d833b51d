import { BuddyBlocks, chunkBytes } from './buddy-blocks.ts';
import {
  candidateBytes,
  createKernel,
  maxMemoryPages,
  pageBytes,
  rowsPerPage,
  type ScanKernel,
  sketchBytes,
} from './scan-kernel.ts';
import { maxDimensions } from './unit-vector.ts';
import { type WasmMemory, wasm } from './wasm.ts';

/** Pages of sketches that a search looks at in one go. */
export const pagesPerScan = 512;
export const rowsPerScan = pagesPerScan * rowsPerPage;
/** Vectors that are compared exactly in one go. */
export const maxProducts = 1024;
/** Largest number of a query; with it a sum of products of unit vectors stays below 2 ** 31. */
const querySteps = 4095;

const sketchAt = 0;
const listAt = sketchBytes;
const headsAt = listAt + pagesPerScan * 4;
const candidatesAt = headsAt + rowsPerScan;
const productsAt = candidatesAt + rowsPerScan * candidateBytes;
const queryAt = productsAt + maxProducts * 4;
const scratchBytes = Math.ceil((queryAt + maxDimensions * 2) / chunkBytes) * chunkBytes;

/** What a new arena takes. */
export const emptyArenaBytes = scratchBytes;

/**
 * The memory of sketches and vectors, and the kernel that works in it. It grows up to a bound and never shrinks
 * (WebAssembly's does not); blocks that are given back are used again.
 */
export class VectorArena {
  readonly #memory: WasmMemory;
  readonly #kernel: ScanKernel;
  readonly #blocks = new BuddyBlocks();
  /** The memory as words, bytes and so on; others after it grew. */
  words: Uint32Array;
  codes: Int8Array;
  factors: Float32Array;
  #heads: Uint8Array;

  constructor() {
    this.#memory = new wasm.Memory({ initial: scratchBytes / chunkBytes, maximum: maxMemoryPages });
    this.#kernel = createKernel(this.#memory);
    const { buffer } = this.#memory;
    this.words = new Uint32Array(buffer);
    this.codes = new Int8Array(buffer);
    this.factors = new Float32Array(buffer);
    this.#heads = new Uint8Array(buffer);
  }

  get bytes(): number {
    return this.words.byteLength;
  }

  /** @param maxBytes what the arena may grow to. @returns the address of a block; -1 where there is no room for it. */
  take(bytes: number, maxBytes: number): number {
    const free = this.#blocks.take(bytes);
    if (free >= 0) return free;
    const chunk = this.bytes;
    if (chunk + chunkBytes > maxBytes) return -1;
    try {
      this.#memory.grow(1);
    } catch {
      // The machine has no more, or it has 4 GiB already.
      return -1;
    }
    const { buffer } = this.#memory;
    this.words = new Uint32Array(buffer);
    this.codes = new Int8Array(buffer);
    this.factors = new Float32Array(buffer);
    this.#heads = new Uint8Array(buffer);
    this.#blocks.add(chunk);
    return this.#blocks.take(bytes);
  }

  give(address: number, bytes: number): void {
    this.#blocks.give(address, bytes);
  }

  takePage(maxBytes: number): number {
    return this.take(pageBytes, maxBytes);
  }

  givePage(page: number): void {
    this.give(page, pageBytes);
  }

  writeSketch(page: number, row: number, sketch: Uint32Array): void {
    const [head, tail] = places(page, row);
    for (let at = 0; at < 4; at += 1) this.words[head + at] = sketch[at]!;
    for (let at = 0; at < 12; at += 1) this.words[tail + at] = sketch[4 + at]!;
  }

  readSketch(page: number, row: number, sketch: Uint32Array): void {
    const [head, tail] = places(page, row);
    for (let at = 0; at < 4; at += 1) sketch[at] = this.words[head + at]!;
    for (let at = 0; at < 12; at += 1) sketch[4 + at] = this.words[tail + at]!;
  }

  moveSketch(fromPage: number, fromRow: number, page: number, row: number): void {
    const [fromHead, fromTail] = places(fromPage, fromRow);
    const [head, tail] = places(page, row);
    this.words.copyWithin(head, fromHead, fromHead + 4);
    this.words.copyWithin(tail, fromTail, fromTail + 12);
  }

  /** Compares the first bits of all sketches in at most `pagesPerScan` pages with those of one. */
  readHeads(pages: readonly number[], from: number, rows: number, sketch: Uint32Array): void {
    const { words } = this;
    for (let at = 0; at < 16; at += 1) words[sketchAt / 4 + at] = sketch[at]!;
    const count = Math.ceil(rows / rowsPerPage);
    for (let at = 0; at < count; at += 1) words[listAt / 4 + at] = pages[from + at]!;
    this.#kernel.heads(listAt, count, sketchAt, headsAt);
    this.#heads.fill(255, headsAt + rows, headsAt + count * rowsPerPage);
  }

  /** In how many of its first bits the row's sketch differs, as `readHeads` found it. */
  head(row: number): number {
    return this.#heads[headsAt + row]!;
  }

  /**
   * Candidates: rows with `low` to `high` differing first bits, at most `halfLimit` in half of all and `limit` in all.
   *
   * @returns how many there are; `row` and `distance` tell which, until the next call.
   */
  collect(rows: number, low: number, high: number, halfLimit: number, limit: number): number {
    const span = high - low;
    const { collect } = this.#kernel;
    const end = collect(headsAt, rows, low, span, listAt, sketchAt, halfLimit, limit, candidatesAt);
    return (end - candidatesAt) / candidateBytes;
  }

  /** Row of a candidate, counted from the first one looked at. */
  row(candidate: number): number {
    return this.words[candidatesAt / 4 + candidate * 2]!;
  }

  /** In how many bits it differs. */
  distance(candidate: number): number {
    return this.words[candidatesAt / 4 + candidate * 2 + 1]!;
  }

  /** The vector that `products` multiplies with. @returns what its products are to be multiplied with. */
  ask(unit: Float32Array, length: number): number {
    const shorts = new Int16Array(this.#memory.buffer, queryAt, length);
    let largest = 0;
    for (let at = 0; at < unit.length; at += 1) {
      const size = Math.abs(unit[at]!);
      if (size > largest) largest = size;
    }
    const factor = largest / querySteps;
    for (let at = 0; at < unit.length; at += 1) shorts[at] = Math.round(unit[at]! / factor);
    shorts.fill(0, unit.length);
    return factor;
  }

  /** Names a vector to be multiplied. */
  put(index: number, address: number): void {
    this.words[productsAt / 4 + index] = address;
  }

  /** Multiplies the vectors that were `put` with what was asked for. */
  multiply(count: number, length: number): void {
    this.#kernel.products(productsAt, count, queryAt, length);
  }

  product(index: number): number {
    return this.words[productsAt / 4 + index]! | 0;
  }
}

/** Where the words of a row's sketch are: its first four, and its other twelve. */
function places(page: number, row: number): readonly [head: number, tail: number] {
  return [page / 4 + row * 4, page / 4 + rowsPerPage * 4 + row * 12];
}
