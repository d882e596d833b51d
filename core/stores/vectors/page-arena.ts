import {
  candidateBytes,
  createScan,
  maxMemoryPages,
  pageBytes,
  rowsPerPage,
  type Scan,
  sketchBytes,
} from './scan-kernel.ts';
import { type WasmMemory, wasm } from './wasm.ts';

/** Pages that one call of the kernel looks at: about 50 us. */
export const pagesPerScan = 512;

const wasmPageBytes = 65_536;
const queryAt = 0;
const listAt = sketchBytes;
const candidatesAt = 4096;
const scratchBytes =
  Math.ceil((candidatesAt + pagesPerScan * rowsPerPage * candidateBytes) / wasmPageBytes) * wasmPageBytes;

/** What a new arena takes. */
export const emptyArenaBytes = scratchBytes;
/** What it grows by. */
export const growthBytes = wasmPageBytes;

/**
 * Memory for sketches in pages of 64. It grows and never shrinks (WebAssembly's does not); pages that are given back
 * are used again.
 */
export class PageArena {
  readonly #memory: WasmMemory;
  readonly #scan: Scan;
  readonly #free: number[] = [];
  /** The memory as words; another one after it grew. */
  words: Uint32Array;

  constructor() {
    this.#memory = new wasm.Memory({
      initial: scratchBytes / wasmPageBytes,
      maximum: maxMemoryPages,
    });
    this.#scan = createScan(this.#memory);
    this.words = new Uint32Array(this.#memory.buffer);
  }

  get bytes(): number {
    return this.words.byteLength;
  }

  /** By how many bytes the next `take` grows it. */
  get growth(): number {
    return this.#free.length > 0 ? 0 : growthBytes;
  }

  /** @returns the address of a page. @throws RangeError where the machine has no memory left, or at 4 GiB. */
  take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const start = this.bytes;
    this.#memory.grow(growthBytes / wasmPageBytes);
    this.words = new Uint32Array(this.#memory.buffer);
    for (let at = start + growthBytes - pageBytes; at > start; at -= pageBytes) this.#free.push(at);
    return start;
  }

  give(page: number): void {
    this.#free.push(page);
  }

  /** Where the words of a row's sketch are: its first four, and its other twelve. */
  static places(page: number, row: number): readonly [head: number, tail: number] {
    return [page / 4 + row * 4, page / 4 + rowsPerPage * 4 + row * 12];
  }

  write(page: number, row: number, sketch: Uint32Array): void {
    const [head, tail] = PageArena.places(page, row);
    for (let at = 0; at < 4; at += 1) this.words[head + at] = sketch[at]!;
    for (let at = 0; at < 12; at += 1) this.words[tail + at] = sketch[4 + at]!;
  }

  move(fromPage: number, fromRow: number, page: number, row: number): void {
    const [fromHead, fromTail] = PageArena.places(fromPage, fromRow);
    const [head, tail] = PageArena.places(page, row);
    this.words.copyWithin(head, fromHead, fromHead + 4);
    this.words.copyWithin(tail, fromTail, fromTail + 12);
  }

  /**
   * Looks for near sketches in at most `pagesPerScan` pages.
   *
   * @param from the first of the pages to look at.
   * @returns how many there are; `row` and `distance` tell which, until the next call.
   */
  scan(
    pages: readonly number[],
    from: number,
    rows: number,
    sketch: Uint32Array,
    headLimit: number,
    limit: number,
  ): number {
    const { words } = this;
    for (let at = 0; at < 16; at += 1) words[queryAt / 4 + at] = sketch[at]!;
    const until = Math.min(pages.length, from + pagesPerScan);
    for (let at = from; at < until; at += 1) words[listAt / 4 + at - from] = pages[at]!;
    const end = this.#scan(listAt, rows, queryAt, headLimit, limit, candidatesAt);
    return (end - candidatesAt) / candidateBytes;
  }

  /** Row of a candidate, counted from the first page looked at. */
  row(candidate: number): number {
    return this.words[candidatesAt / 4 + candidate * 2]!;
  }

  /** In how many bits it differs. */
  distance(candidate: number): number {
    return this.words[candidatesAt / 4 + candidate * 2 + 1]!;
  }
}
