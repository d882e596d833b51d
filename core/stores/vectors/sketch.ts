import { sketchBytes } from './scan-kernel.ts';

export const sketchBits = sketchBytes * 8;

/**
 * Sketches of vectors: 512 bits, of which two vectors share a share that tells the angle between them. Each bit is the
 * side of a random hyperplane (Charikar 2002); the hyperplanes are those of a random rotation, made of Hadamard
 * transforms with random signs (Ailon and Chazelle 2009), so that sparse vectors serve as well as dense ones.
 */
export class Sketcher {
  readonly #dimensions: number;
  readonly #size: number;
  readonly #signs: readonly (readonly [Float32Array, Float32Array])[];
  readonly #work: Float32Array;
  /** The same bytes, for their signs. */
  readonly #workBits: Int32Array;

  constructor(dimensions: number) {
    this.#dimensions = dimensions;
    this.#size = Math.max(64, 2 ** Math.ceil(Math.log2(dimensions)));
    const passes = Math.ceil(sketchBits / this.#size);
    const next = bits(dimensions);
    this.#signs = Array.from({ length: passes }, () => [
      signs(this.#size, next, 1),
      // Keeps the numbers as large as they were, whatever the size.
      signs(this.#size, next, 1 / this.#size),
    ]);
    this.#work = new Float32Array(this.#size);
    this.#workBits = new Int32Array(this.#work.buffer);
  }

  /**
   * Writes the sketch of a vector as 16 words.
   *
   * @param margins gets how far from its hyperplane the vector is, for as many of the first bits as it has room for.
   */
  write(vector: Float32Array, words: Uint32Array, margins: Float32Array = noMargins): void {
    const work = this.#work;
    let bit = 0;
    for (const [first, second] of this.#signs) {
      for (let at = 0; at < this.#dimensions; at += 1) work[at] = vector[at]! * first[at]!;
      work.fill(0, this.#dimensions);
      hadamard(work);
      for (let at = 0; at < this.#size; at += 1) work[at]! *= second[at]!;
      hadamard(work);
      const count = Math.min(this.#size, sketchBits - bit);
      const marginCount = Math.min(count, margins.length - bit);
      for (let at = 0; at < marginCount; at += 1) margins[bit + at] = Math.abs(work[at]!);
      for (let at = 0; at < count; at += 32) words[(bit + at) >>> 5] = this.#signsOf(at);
      bit += count;
    }
  }

  /** One bit for each of 32 numbers: 1 where it is not negative. Without a branch, since half of all guesses would fail. */
  #signsOf(from: number): number {
    const bits = this.#workBits;
    let word = 0;
    for (let at = 0; at < 32; at += 1) word |= (~bits[from + at]! >>> 31) << at;
    return word;
  }
}

const noMargins = new Float32Array(0);

/** A sketcher for each number of dimensions. */
export class Sketchers {
  readonly #byDimensions = new Map<number, Sketcher>();

  of(dimensions: number): Sketcher {
    let sketcher = this.#byDimensions.get(dimensions);
    if (sketcher === undefined) {
      sketcher = new Sketcher(dimensions);
      this.#byDimensions.set(dimensions, sketcher);
    }
    return sketcher;
  }
}

/** Deviations of the binomial distribution: of entries at the floor itself one in 10,000 is taken for farther away. */
const deviations = 3.7;

/** In how many of `bits` places the sketches of vectors with this cosine differ at most, all but never more. */
export function distanceLimit(cosine: number, bits: number): number {
  const share = Math.acos(Math.min(1, Math.max(-1, cosine))) / Math.PI;
  // And a little for what was rounded.
  return Math.min(bits, Math.ceil(bits * share + deviations * Math.sqrt(bits * share * (1 - share)) + 1));
}

/** Walsh and Hadamard's transform, in place, of 64 numbers or more; three of its steps at a time, for fewer trips to memory. */
function hadamard(values: Float32Array): void {
  const { length } = values;
  let half = 1;
  for (; half * 8 <= length; half *= 8) {
    for (let start = 0; start < length; start += half * 8) {
      for (let at = start; at < start + half; at += 1) eight(values, at, half);
    }
  }
  for (; half < length; half *= 2) {
    for (let start = 0; start < length; start += half * 2) {
      for (let at = start; at < start + half; at += 1) {
        const a = values[at]!;
        const b = values[at + half]!;
        values[at] = a + b;
        values[at + half] = a - b;
      }
    }
  }
}

/** The transform of eight numbers, `step` apart. */
function eight(values: Float32Array, at: number, step: number): void {
  const i1 = at + step;
  const i2 = i1 + step;
  const i3 = i2 + step;
  const i4 = i3 + step;
  const i5 = i4 + step;
  const i6 = i5 + step;
  const i7 = i6 + step;
  const a0 = values[at]! + values[i1]!;
  const a1 = values[at]! - values[i1]!;
  const a2 = values[i2]! + values[i3]!;
  const a3 = values[i2]! - values[i3]!;
  const a4 = values[i4]! + values[i5]!;
  const a5 = values[i4]! - values[i5]!;
  const a6 = values[i6]! + values[i7]!;
  const a7 = values[i6]! - values[i7]!;
  const b0 = a0 + a2;
  const b1 = a1 + a3;
  const b2 = a0 - a2;
  const b3 = a1 - a3;
  const b4 = a4 + a6;
  const b5 = a5 + a7;
  const b6 = a4 - a6;
  const b7 = a5 - a7;
  values[at] = b0 + b4;
  values[i1] = b1 + b5;
  values[i2] = b2 + b6;
  values[i3] = b3 + b7;
  values[i4] = b0 - b4;
  values[i5] = b1 - b5;
  values[i6] = b2 - b6;
  values[i7] = b3 - b7;
}

function signs(size: number, next: () => number, scale: number): Float32Array {
  return Float32Array.from({ length: size }, () => (next() & 1 ? scale : -scale));
}

/** The same bits for the same dimensions, always (xorshift32, Marsaglia 2003). */
function bits(seed: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bf03635) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 16) & 1;
  };
}
