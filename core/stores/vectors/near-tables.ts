import { RowVotes } from './row-votes.ts';

// Locality sensitive hashing (Indyk and Motwani 1998) with several looks at each table (Lv et al. 2007). Of each table's
// part of a sketch some bits are the key of the bucket, and the others, the tag, stand beside the row: how many of them
// differ tells what is near before anything else is read.
const tables = 8;
const keyBits = 18;
const bucketBits = 13;
const tagBits = 16;
const partBits = keyBits + tagBits;
/** Bits of a sketch that the tables look at, the first ones. */
export const nearBits = tables * partBits;
/** Bits of a key that are also tried the other way round: the least certain ones. */
const probes = 4;
/** Tags of what is near differ in fewer bits, mostly: at a cosine of 0.9 in three or less of four times out of five. */
const tagLimit = 4;
/** Buckets that one search looks at, in each segment. */
const looks = tables * (1 + probes);

/** A bucket is what the processor reads in one go, 64 bytes: how many rows it has, then a tag and a row in each cell. */
const bucketSize = 16;
const maxInBucket = bucketSize - 1;
const tableSize = 2 ** bucketBits * bucketSize;
const rowsPerSegment = 65_536;

/** Bytes for `rowsPerSegment` rows, which leave the buckets half full. */
export const nearSegmentBytes = tables * tableSize * 4;

/**
 * Hash tables over the sketches of a namespace: what is very near is found in microseconds, without a look at every row.
 * Where too many rows are alike a bucket has some of them.
 */
export class NearTables {
  readonly #segments: Uint32Array[] = [];
  /** Rows 0 to this - 1 are in the tables. */
  rows = 0;

  /** Rows for which there is room. */
  get capacity(): number {
    return this.#segments.length * rowsPerSegment;
  }

  get bytes(): number {
    return this.#segments.length * nearSegmentBytes;
  }

  /** Makes room for more rows: `nearSegmentBytes`. */
  grow(): void {
    this.#segments.push(new Uint32Array(tables * tableSize));
  }

  /** Adds row number `rows`. */
  push(sketch: Uint32Array): void {
    this.#add(this.rows, sketch);
    this.rows += 1;
  }

  /**
   * A row leaves, and the last row of all takes its number. That one may not be in the tables yet.
   *
   * @param sketchOf the row's sketch, as it was before; valid until the next call.
   */
  remove(row: number, last: number, sketchOf: (row: number) => Uint32Array): void {
    const inTables = row < this.rows;
    if (inTables) this.#delete(row, sketchOf(row));
    if (last !== row) {
      const sketch = sketchOf(last);
      if (last < this.rows) this.#delete(last, sketch);
      if (inTables) this.#add(row, sketch);
    }
    this.rows = Math.min(this.rows, last);
  }

  /**
   * Rows that may be near, the likeliest first.
   *
   * @param margins how certain each of the first `nearBits` bits of the sketch is; the smallest are the least.
   * @param out room for `maxNearRows`.
   * @returns how many there are.
   */
  find(sketch: Uint32Array, margins: Float32Array, out: Uint32Array): number {
    for (let table = 0; table < tables; table += 1) {
      const key = keyOf(sketch, table);
      const first = table * (1 + probes);
      places[first] = bucketAt(table, key);
      leastCertain(margins, table * partBits);
      for (let probe = 0; probe < probes; probe += 1)
        places[first + 1 + probe] = bucketAt(table, key ^ (1 << flips[probe]!));
    }
    votes.clear();
    for (let segment = 0; segment < this.#segments.length; segment += 1) this.#vote(segment, sketch);
    return votes.most(out);
  }

  #vote(segment: number, sketch: Uint32Array): void {
    const cells = this.#segments[segment]!;
    // Buckets lie far apart: asked for in a row without a branch, the memory fetches many of them at once.
    for (let look = 0; look < looks; look += 1) sizes[look] = cells[places[look]!]!;
    for (let look = 0; look < looks; look += 1) {
      const tag = tagOf(sketch, Math.floor(look / (1 + probes)));
      const at = places[look]!;
      const end = at + sizes[look]!;
      for (let place = at + 1; place <= end; place += 1) {
        const cell = cells[place]!;
        const differing = countOnes16((cell >>> 16) ^ tag);
        if (differing < tagLimit) votes.add(segment * rowsPerSegment + (cell & 0xffff), tagLimit - differing);
      }
    }
  }

  #add(row: number, sketch: Uint32Array): void {
    const cells = this.#segments[Math.floor(row / rowsPerSegment)]!;
    const number = row % rowsPerSegment;
    for (let table = 0; table < tables; table += 1) {
      const at = bucketAt(table, keyOf(sketch, table));
      const count = cells[at]!;
      // A full bucket: any of the others leaves.
      const place = count < maxInBucket ? count : number % maxInBucket;
      if (count < maxInBucket) cells[at] = count + 1;
      cells[at + 1 + place] = (tagOf(sketch, table) << 16) | number;
    }
  }

  #delete(row: number, sketch: Uint32Array): void {
    const cells = this.#segments[Math.floor(row / rowsPerSegment)]!;
    const number = row % rowsPerSegment;
    for (let table = 0; table < tables; table += 1) {
      const at = bucketAt(table, keyOf(sketch, table));
      const end = at + cells[at]!;
      for (let place = at + 1; place <= end; place += 1) {
        if ((cells[place]! & 0xffff) !== number) continue;
        cells[place] = cells[end]!;
        cells[at]! -= 1;
        break;
      }
    }
  }
}

/** Some bits of a sketch as a number, at most 31. */
function bitsAt(sketch: Uint32Array, bit: number, count: number): number {
  const word = bit >>> 5;
  const shift = bit & 31;
  let value = sketch[word]! >>> shift;
  if (shift + count > 32) value |= sketch[word + 1]! << (32 - shift);
  return value & (2 ** count - 1);
}

function keyOf(sketch: Uint32Array, table: number): number {
  return bitsAt(sketch, table * partBits, keyBits);
}

function tagOf(sketch: Uint32Array, table: number): number {
  return bitsAt(sketch, table * partBits + keyBits, tagBits);
}

function bucketAt(table: number, key: number): number {
  return table * tableSize + (Math.imul(key, 0x9e3779b1) >>> (32 - bucketBits)) * bucketSize;
}

function countOnes16(value: number): number {
  const pairs = value - ((value >>> 1) & 0x5555);
  const fours = (pairs & 0x3333) + ((pairs >>> 2) & 0x3333);
  const eights = (fours + (fours >>> 4)) & 0x0f0f;
  return (eights + (eights >>> 8)) & 0x1f;
}

// Each is done with before anything else runs.
const flips = new Uint32Array(probes);
const places = new Uint32Array(looks);
const sizes = new Uint8Array(looks);
const votes = new RowVotes();

/** Fills `flips` with the places of a key's least certain bits. */
function leastCertain(margins: Float32Array, from: number): void {
  let found = 0;
  for (let bit = 0; bit < keyBits; bit += 1) {
    const margin = margins[from + bit]!;
    let at = found;
    while (at > 0 && margins[from + flips[at - 1]!]! > margin) at -= 1;
    if (at >= probes) continue;
    if (found < probes) found += 1;
    for (let behind = found - 1; behind > at; behind -= 1) flips[behind] = flips[behind - 1]!;
    flips[at] = bit;
  }
}
