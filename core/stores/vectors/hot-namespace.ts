import { chunkBytes, smallestBlock } from './buddy-blocks.ts';
import { NearTables, nearSegmentBytes } from './near-tables.ts';
import { codesStep, pageBytes, rowsPerPage, sketchBytes } from './scan-kernel.ts';
import type { VectorArena } from './vector-arena.ts';

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
  /** What it takes besides its vector. */
  readonly bytes: number;
  /** Where its vector is; -1 once it was removed. */
  row: number;
  /** Found since the hand of the clock passed. */
  visited: boolean;
}

/** From so many entries on a look at every sketch takes longer than tables for what is near. */
const nearRows = 16_384;
/** Rows that each addition puts into the tables, while some are not there yet. */
const hashedAtOnce = 8;
const namespaceOverhead = 1024;
const entryOverhead = 256;
const factorBytes = 4;
/** Half a chunk: what is left of one after it is room for sketches. */
const fullBlock = chunkBytes / 2;

/** Letters beyond ASCII make V8 take two bytes for each character, mostly. */
function textBytes(text: string): number {
  return 24 + (Buffer.byteLength(text) === text.length ? text.length : text.length * 2);
}

export function entryBytes(entry: Pick<HotEntry, 'id' | 'meta' | 'tenant' | 'tags'>): number {
  let bytes = entryOverhead + textBytes(entry.id) + textBytes(entry.meta);
  if (entry.tenant !== null) bytes += textBytes(entry.tenant);
  for (const tag of entry.tags) bytes += textBytes(tag);
  return bytes;
}

/**
 * The entries of a namespace in memory. Of each the arena has a sketch, in a page, and the vector as signed bytes with
 * the factor that makes them the vector again, in a block; the rest are objects.
 */
export class HotNamespace {
  readonly name: string;
  readonly dimensions: number;
  /** Bytes of a vector, zeros at its end included. */
  readonly length: number;
  readonly entries: HotEntry[] = [];
  readonly byId = new Map<string, HotEntry>();
  readonly pages: number[] = [];
  /** Of a large namespace: what finds the nearest without a look at all. */
  near: NearTables | null = null;
  /** Whose it is: the tenant of its first entry. */
  owner = '';
  /** All that is durable is here too. */
  whole = false;
  dropped = false;
  /** When it was last asked for or added to, on the monotonic clock. */
  usedMs = 0;
  /** Entries that left to make room. */
  evicted = 0;
  /** What it takes besides pages and blocks. */
  heapBytes: number;
  readonly #arena: VectorArena;
  readonly #stride: number;
  readonly #rowsPerBlock: number;
  readonly #blocks: number[] = [];
  /** All others are full ones. */
  #lastBlock = 0;
  #hand = 0;
  #sweep = 0;

  constructor(name: string, dimensions: number, arena: VectorArena) {
    this.name = name;
    this.dimensions = dimensions;
    this.length = Math.ceil(dimensions / codesStep) * codesStep;
    this.#stride = this.length + factorBytes;
    this.#rowsPerBlock = Math.floor(fullBlock / this.#stride);
    this.#arena = arena;
    this.heapBytes = namespaceOverhead + textBytes(name);
  }

  /** All that it takes. */
  get bytes(): number {
    const blocks = this.#blocks.length === 0 ? 0 : (this.#blocks.length - 1) * fullBlock + this.#lastBlock;
    return this.heapBytes + this.pages.length * pageBytes + blocks;
  }

  /** Takes the memory of one more row. False where the arena would be larger than it may. */
  reserve(maxArenaBytes: number): boolean {
    const row = this.entries.length;
    const arena = this.#arena;
    this.#reserveNear(maxArenaBytes);
    if (row >= this.pages.length * rowsPerPage) {
      const page = arena.takePage(maxArenaBytes);
      if (page < 0) return false;
      this.pages.push(page);
    }
    const at = row % this.#rowsPerBlock;
    if (row < (this.#blocks.length - 1) * this.#rowsPerBlock) return true;
    if (Math.floor(row / this.#rowsPerBlock) >= this.#blocks.length) return this.#newBlock(maxArenaBytes);
    return (at + 1) * this.#stride <= this.#lastBlock || this.#largerBlock(maxArenaBytes);
  }

  /** Adds an entry whose id is not there yet, and for which memory was reserved. */
  add(entry: HotEntry, unit: Float32Array, sketch: Uint32Array): void {
    const row = this.entries.length;
    const { codes, factors } = this.#arena;
    let largest = 0;
    for (let index = 0; index < unit.length; index += 1) {
      const size = Math.abs(unit[index]!);
      if (size > largest) largest = size;
    }
    const factor = largest / 127;
    const start = this.address(row);
    for (let index = 0; index < unit.length; index += 1) {
      codes[start + index] = Math.round(unit[index]! / factor);
    }
    codes.fill(0, start + unit.length, start + this.length);
    factors[(start + this.length) / 4] = factor;
    this.#arena.writeSketch(this.pages[Math.floor(row / rowsPerPage)]!, row % rowsPerPage, sketch);
    entry.row = row;
    this.entries.push(entry);
    this.byId.set(entry.id, entry);
    this.heapBytes += entry.bytes;
    this.#hashSome();
  }

  /** The last row takes the place of the removed one. */
  remove(entry: HotEntry): void {
    const { row } = entry;
    if (row < 0) return;
    const last = this.entries.pop()!;
    this.near?.remove(row, last.row, (one) => this.#sketchOf(one));
    if (last !== entry) {
      this.#move(last.row, row);
      last.row = row;
      this.entries[row] = last;
    }
    entry.row = -1;
    this.byId.delete(entry.id);
    this.heapBytes -= entry.bytes;
    const rows = this.entries.length;
    if (this.near !== null && rows < nearRows / 2) {
      this.heapBytes -= this.near.bytes;
      this.near = null;
    }
    while (this.pages.length > Math.ceil(rows / rowsPerPage)) this.#arena.givePage(this.pages.pop()!);
    while (this.#blocks.length > Math.ceil(rows / this.#rowsPerBlock)) this.#giveBlock();
  }

  /** Gives its memory back; searches under way end. */
  drop(): void {
    this.dropped = true;
    this.near = null;
    while (this.pages.length > 0) this.#arena.givePage(this.pages.pop()!);
    while (this.#blocks.length > 0) this.#giveBlock();
  }

  /** Where the vector of a row is. */
  address(row: number): number {
    const block = Math.floor(row / this.#rowsPerBlock);
    return this.#blocks[block]! + (row - block * this.#rowsPerBlock) * this.#stride;
  }

  /** What the bytes of a vector are to be multiplied with. */
  factor(row: number): number {
    return this.#arena.factors[(this.address(row) + this.length) / 4]!;
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

  /** Tables for what is near, where there is room for them; without, or with a part, searches only take longer. */
  #reserveNear(maxArenaBytes: number): void {
    const rows = this.entries.length;
    const { near } = this;
    if (near === null ? rows < nearRows : rows < near.capacity) return;
    if (this.#arena.bytes + nearSegmentBytes > maxArenaBytes) return;
    this.near ??= new NearTables();
    this.near.grow();
    this.heapBytes += nearSegmentBytes;
  }

  #hashSome(): void {
    const { near } = this;
    if (near === null) return;
    const end = Math.min(near.rows + hashedAtOnce, this.entries.length, near.capacity);
    while (near.rows < end) near.push(this.#sketchOf(near.rows));
  }

  /** Until the next call. */
  #sketchOf(row: number): Uint32Array {
    this.#arena.readSketch(this.pages[Math.floor(row / rowsPerPage)]!, row % rowsPerPage, sketchRead);
    return sketchRead;
  }

  #newBlock(maxArenaBytes: number): boolean {
    // Small namespaces are many: theirs is just large enough.
    let size = fullBlock;
    if (this.#blocks.length === 0) {
      size = smallestBlock;
      while (size < this.#stride) size *= 2;
    }
    const block = this.#arena.take(size, maxArenaBytes);
    if (block < 0) return false;
    this.#blocks.push(block);
    this.#lastBlock = size;
    return true;
  }

  #largerBlock(maxArenaBytes: number): boolean {
    const arena = this.#arena;
    const size = this.#lastBlock * 2;
    const block = arena.take(size, maxArenaBytes);
    if (block < 0) return false;
    const old = this.#blocks.pop()!;
    arena.codes.copyWithin(block, old, old + this.#lastBlock);
    arena.give(old, this.#lastBlock);
    this.#blocks.push(block);
    this.#lastBlock = size;
    return true;
  }

  #giveBlock(): void {
    this.#arena.give(this.#blocks.pop()!, this.#lastBlock);
    this.#lastBlock = fullBlock;
  }

  #move(from: number, to: number): void {
    const { codes } = this.#arena;
    const start = this.address(from);
    codes.copyWithin(this.address(to), start, start + this.#stride);
    const source = this.pages[Math.floor(from / rowsPerPage)]!;
    const target = this.pages[Math.floor(to / rowsPerPage)]!;
    this.#arena.moveSketch(source, from % rowsPerPage, target, to % rowsPerPage);
  }
}

const sketchRead = new Uint32Array(sketchBytes / 4);
