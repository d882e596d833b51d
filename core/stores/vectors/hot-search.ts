import type { HotEntry, HotNamespace } from './hot-namespace.ts';
import { rowsPerPage } from './scan-kernel.ts';
import { distanceLimit, sketchBits } from './sketch.ts';
import { maxProducts, pagesPerScan, rowsPerScan, type VectorArena } from './vector-arena.ts';

export interface HotMatch {
  readonly entry: HotEntry;
  readonly score: number;
}

export interface HotSearchOptions {
  readonly namespace: HotNamespace;
  readonly arena: VectorArena;
  readonly unit: Float32Array;
  /** Null to compare all rows exactly, `exactRows` at most. */
  readonly sketch: Uint32Array | null;
  readonly k: number;
  readonly minScore: number;
  readonly nowMs: number;
  readonly hidden: (entry: HotEntry) => boolean;
}

/** A namespace of so few rows is compared exactly: no sketch is worth its price. */
export const exactRows = 256;
const headBits = sketchBits / 4;
/** Candidates that are compared exactly first, to learn what is near here. */
const firstProducts = 64;
/** Of every so many rows one tells how near the nearest are. */
const sampleStep = 8;
const samples = 16;

/** One search through a namespace, slice by slice; between slices entries may come, go and move. */
export class HotSearch {
  readonly #namespace: HotNamespace;
  readonly #arena: VectorArena;
  readonly #unit: Float32Array;
  readonly #sketch: Uint32Array | null;
  readonly #k: number;
  readonly #nowMs: number;
  readonly #hidden: (entry: HotEntry) => boolean;
  #floor: number;
  #headLimit = 0;
  #halfLimit = 0;
  #limit = 0;
  #page = 0;
  /** What products are to be multiplied with. */
  #factor = 0;
  #matches: HotMatch[] = [];
  /** Come across on the way: to be removed, or they take the place of others in the next search. */
  readonly expired: HotEntry[] = [];

  constructor(options: HotSearchOptions) {
    this.#namespace = options.namespace;
    this.#arena = options.arena;
    this.#unit = options.unit;
    this.#sketch = options.sketch;
    this.#k = options.k;
    this.#nowMs = options.nowMs;
    this.#hidden = options.hidden;
    this.#floor = options.minScore;
    this.#limitTo(options.minScore);
  }

  get done(): boolean {
    return this.#namespace.dropped || this.#page >= this.#namespace.pages.length;
  }

  /** What is there still, the best first. */
  get matches(): HotMatch[] {
    const matches = this.#matches.filter(({ entry }) => entry.row >= 0 && !this.#hidden(entry));
    for (const { entry } of matches) entry.visited = true;
    return matches;
  }

  /** Looks at some rows only, at most `maxProducts`. */
  compareOnly(rows: Uint32Array, count: number): void {
    const { length } = this.#namespace;
    this.#factor = this.#arena.ask(this.#unit, length);
    picked.set(rows.subarray(0, count));
    this.#compare(count);
  }

  /** Looks at the next 32,768 rows. */
  slice(): void {
    const { entries, pages, length } = this.#namespace;
    const arena = this.#arena;
    const from = this.#page;
    const firstRow = from * rowsPerPage;
    const rows = Math.min(rowsPerScan, entries.length - firstRow);
    this.#page += pagesPerScan;
    // Another search may have asked meanwhile.
    this.#factor = arena.ask(this.#unit, length);
    if (this.#sketch === null) {
      for (let row = 0; row < rows; row += 1) picked[row] = row;
      this.#compare(rows);
      return;
    }
    arena.readHeads(pages, from, rows, this.#sketch);
    let low = 0;
    if (this.#matches.length < this.#k) {
      const near = Math.min(nearestHeads(arena, rows, Math.max(samples, this.#k)), this.#headLimit);
      this.#consider(firstRow, this.#collect(rows, 0, near));
      low = near + 1;
    }
    if (low > this.#headLimit) return;
    this.#consider(firstRow, this.#collect(rows, low, this.#headLimit));
  }

  #collect(rows: number, low: number, high: number): number {
    return this.#arena.collect(rows, low, high, this.#halfLimit, this.#limit);
  }

  /** Compares candidates exactly, the nearest sketches first: what they are tells which of the others may be better. */
  #consider(firstRow: number, count: number): void {
    const first = distanceOf(this.#arena, count, 0, Math.max(firstProducts, this.#k));
    this.#pick(firstRow, count, 0, first);
    if (first >= this.#limit) return;
    this.#pick(firstRow, count, first + 1, Math.min(this.#limit, distanceUpTo(first + 1, maxProducts)));
  }

  #pick(firstRow: number, count: number, low: number, high: number): void {
    const arena = this.#arena;
    let products = 0;
    for (let candidate = 0; candidate < count && products < maxProducts; candidate += 1) {
      const distance = arena.distance(candidate);
      if (distance < low || distance > high) continue;
      picked[products] = firstRow + arena.row(candidate);
      products += 1;
    }
    this.#compare(products);
  }

  /** Compares the rows that were picked. */
  #compare(count: number): void {
    const namespace = this.#namespace;
    const arena = this.#arena;
    for (let at = 0; at < count; at += 1) arena.put(at, namespace.address(picked[at]!));
    arena.multiply(count, namespace.length);
    for (let at = 0; at < count; at += 1) {
      const row = picked[at]!;
      const score = arena.product(at) * this.#factor * namespace.factor(row);
      if (score < this.#floor) continue;
      const entry = namespace.entries[row]!;
      if (entry.expiresAtMs <= this.#nowMs) this.expired.push(entry);
      else if (!this.#hidden(entry)) this.#offer(entry, Math.min(1, score));
    }
  }

  #offer(entry: HotEntry, score: number): void {
    const matches = this.#matches;
    let at = matches.length;
    while (at > 0 && matches[at - 1]!.score < score) at -= 1;
    if (at >= this.#k) return;
    matches.splice(at, 0, { entry, score });
    if (matches.length > this.#k) matches.pop();
    if (matches.length < this.#k) return;
    // From here on only what is better counts.
    const worst = matches[this.#k - 1]!.score;
    if (worst <= this.#floor) return;
    this.#floor = worst;
    this.#limitTo(worst);
  }

  /** How far away, at most, the sketches of what has such a score are. */
  #limitTo(score: number): void {
    this.#headLimit = distanceLimit(score, headBits);
    this.#halfLimit = distanceLimit(score, sketchBits / 2);
    this.#limit = distanceLimit(score, sketchBits);
  }
}

// Each is done with before anything else runs.
const picked = new Uint32Array(maxProducts);
const counts = new Uint32Array(sketchBits + 1);

/** In how many of the first bits the nearest rows differ, at least: about so many of each eight are as near. */
function nearestHeads(arena: VectorArena, rows: number, wanted: number): number {
  counts.fill(0, 0, headBits + 1);
  for (let row = 0; row < rows; row += sampleStep) counts[arena.head(row)]! += 1;
  return distanceUntil(0, headBits, wanted);
}

/** The distance up to which there are `wanted` candidates. Counts them all. */
function distanceOf(arena: VectorArena, count: number, low: number, wanted: number): number {
  counts.fill(0);
  for (let candidate = 0; candidate < count; candidate += 1) counts[arena.distance(candidate)]! += 1;
  return distanceUntil(low, sketchBits, wanted);
}

function distanceUntil(low: number, high: number, wanted: number): number {
  let left = wanted;
  let distance = low;
  while (distance < high && counts[distance]! < left) {
    left -= counts[distance]!;
    distance += 1;
  }
  return distance;
}

/** The distance up to which there are at most so many candidates, but always one distance more. */
function distanceUpTo(low: number, most: number): number {
  let distance = low;
  let left = most - counts[low]!;
  while (distance < sketchBits && counts[distance + 1]! <= left) {
    distance += 1;
    left -= counts[distance]!;
  }
  return distance;
}
