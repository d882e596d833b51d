import type { PageArena } from './page-arena.ts';
import { rowsPerPage } from './scan-kernel.ts';

/** An entry in memory. */
export interface HotEntry {
  readonly id: string;
  /** JSON text. */
  readonly meta: string;
  readonly tenant: string | null;
  readonly tags: readonly string[];
  /** Infinity for never. */
  readonly expiresAtMs: number;
  /** Of all entries added, the how manieth: tells what a purge was for. */
  readonly sequence: number;
  /** Where its vector is; -1 once it was removed. */
  row: number;
  /** Found since the hand of the clock passed. */
  visited: boolean;
}

/** Vectors of 64 rows as bytes, each with the factor that makes it the vector again. */
interface Block {
  readonly page: number;
  codes: Int8Array;
  factors: Float32Array;
}

const namespaceOverhead = 1024;
const entryOverhead = 256;
const blockOverhead = 256;
const firstCapacity = 4;

/** Two bytes for each character, though V8 often needs one. */
const textBytes = (text: string): number => 24 + text.length * 2;

export function entryBytes(entry: HotEntry): number {
  let bytes = entryOverhead + textBytes(entry.id) + textBytes(entry.meta);
  if (entry.tenant !== null) bytes += textBytes(entry.tenant);
  for (const tag of entry.tags) bytes += textBytes(tag);
  return bytes;
}

/** The entries of a namespace in memory: sketches in pages of the arena, vectors in bytes, the rest as objects. */
export class HotNamespace {
  readonly name: string;
  readonly dimensions: number;
  readonly entries: HotEntry[] = [];
  readonly byId = new Map<string, HotEntry>();
  readonly pages: number[] = [];
  /** All that is durable is here too. */
  whole = false;
  dropped = false;
  /** Entries that left to make room. */
  evicted = 0;
  /** What it takes besides pages. */
  bytes: number;
  readonly #arena: PageArena;
  readonly #blocks: Block[] = [];
  #hand = 0;
  #sweep = 0;

  constructor(name: string, dimensions: number, arena: PageArena) {
    this.name = name;
    this.dimensions = dimensions;
    this.#arena = arena;
    this.bytes = namespaceOverhead + textBytes(name);
  }

  /** By how many bytes one more entry makes it and the arena grow. */
  growth(entry: HotEntry): number {
    const row = this.entries.length;
    const block = this.#blocks[Math.floor(row / rowsPerPage)];
    const bytes = entryBytes(entry);
    if (block === undefined) {
      return bytes + blockOverhead + firstCapacity * (this.dimensions + 4) + this.#arena.growth;
    }
    // Old and new arrays for a moment, but one of them is garbage already.
    const capacity = block.factors.length;
    return row % rowsPerPage < capacity ? bytes : bytes + capacity * (this.dimensions + 4);
  }

  /** Adds an entry whose id is not there yet. */
  add(entry: HotEntry, unit: Float32Array, sketch: Uint32Array): void {
    const row = this.entries.length;
    const block = this.#room(row);
    const at = row % rowsPerPage;
    let largest = 0;
    for (let index = 0; index < unit.length; index += 1) {
      const size = Math.abs(unit[index]!);
      if (size > largest) largest = size;
    }
    const factor = largest / 127;
    const start = at * this.dimensions;
    for (let index = 0; index < unit.length; index += 1) {
      block.codes[start + index] = Math.round(unit[index]! / factor);
    }
    block.factors[at] = factor;
    this.#arena.write(block.page, at, sketch);
    entry.row = row;
    this.entries.push(entry);
    this.byId.set(entry.id, entry);
    this.bytes += entryBytes(entry);
  }

  /** The last row takes the place of the removed one. */
  remove(entry: HotEntry): void {
    const { row } = entry;
    if (row < 0) return;
    const last = this.entries.pop()!;
    if (last !== entry) {
      this.#move(last.row, row);
      last.row = row;
      this.entries[row] = last;
    }
    entry.row = -1;
    this.byId.delete(entry.id);
    this.bytes -= entryBytes(entry);
    const needed = Math.ceil(this.entries.length / rowsPerPage);
    if (needed < this.#blocks.length) {
      const block = this.#blocks.pop()!;
      this.pages.pop();
      this.#arena.give(block.page);
      this.bytes -= blockBytes(block);
    }
  }

  /** Gives its pages back; searches under way end. */
  drop(): void {
    this.dropped = true;
    for (const page of this.pages) this.#arena.give(page);
    this.pages.length = 0;
  }

  /** Cosine of the angle between a row and a vector of length 1. */
  score(row: number, unit: Float32Array): number {
    const block = this.#blocks[Math.floor(row / rowsPerPage)]!;
    const { codes } = block;
    const start = (row % rowsPerPage) * this.dimensions;
    let sum = 0;
    for (let at = 0; at < unit.length; at += 1) sum += unit[at]! * codes[start + at]!;
    return Math.min(1, sum * block.factors[row % rowsPerPage]!);
  }

  /** The next entry to go: not found since the hand last passed, as far as a short walk tells. */
  victim(): HotEntry | undefined {
    for (let steps = 0; steps < 1000; steps += 1) {
      if (this.#hand >= this.entries.length) this.#hand = 0;
      const entry = this.entries[this.#hand];
      if (entry === undefined || !entry.visited) return entry;
      entry.visited = false;
      this.#hand += 1;
    }
    return this.entries[this.#hand];
  }

  /** Removes what has expired among the next few entries. */
  sweep(nowMs: number, count: number): number {
    let removed = 0;
    for (let step = 0; step < count && this.entries.length > 0; step += 1) {
      if (this.#sweep >= this.entries.length) this.#sweep = 0;
      const entry = this.entries[this.#sweep]!;
      if (entry.expiresAtMs <= nowMs) {
        this.remove(entry);
        removed += 1;
      } else this.#sweep += 1;
    }
    return removed;
  }

  #room(row: number): Block {
    const index = Math.floor(row / rowsPerPage);
    let block = this.#blocks[index];
    if (block === undefined) {
      block = {
        page: this.#arena.take(),
        codes: new Int8Array(firstCapacity * this.dimensions),
        factors: new Float32Array(firstCapacity),
      };
      this.#blocks.push(block);
      this.pages.push(block.page);
      this.bytes += blockBytes(block);
    } else if (row % rowsPerPage >= block.factors.length) {
      this.bytes -= blockBytes(block);
      const { codes, factors } = block;
      block.codes = new Int8Array(codes.length * 2);
      block.codes.set(codes);
      block.factors = new Float32Array(factors.length * 2);
      block.factors.set(factors);
      this.bytes += blockBytes(block);
    }
    return block;
  }

  #move(from: number, to: number): void {
    const source = this.#blocks[Math.floor(from / rowsPerPage)]!;
    const target = this.#blocks[Math.floor(to / rowsPerPage)]!;
    const [fromRow, row] = [from % rowsPerPage, to % rowsPerPage];
    const start = fromRow * this.dimensions;
    target.codes.set(source.codes.subarray(start, start + this.dimensions), row * this.dimensions);
    target.factors[row] = source.factors[fromRow]!;
    this.#arena.move(source.page, fromRow, target.page, row);
  }
}

function blockBytes(block: Block): number {
  return blockOverhead + block.codes.byteLength + block.factors.byteLength;
}
