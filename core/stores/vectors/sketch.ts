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
  }

  /**
   * Writes the sketch of a vector as 16 words.
   *
   * @param margins gets how far from its hyperplane the vector is, for as many of the first bits as it has room for.
   */
  write(vector: Float32Array, words: Uint32Array, margins: Float32Array = noMargins): void {
    words.fill(0, 0, sketchBits / 32);
    let bit = 0;
    for (const [first, second] of this.#signs) {
      const work = this.#work;
      for (let at = 0; at < this.#dimensions; at += 1) work[at] = vector[at]! * first[at]!;
      work.fill(0, this.#dimensions);
      hadamard(work);
      for (let at = 0; at < this.#size; at += 1) work[at]! *= second[at]!;
      hadamard(work);
      const count = Math.min(this.#size, sketchBits - bit);
      for (let at = 0; at < count && bit + at < margins.length; at += 1) {
        margins[bit + at] = Math.abs(work[at]!);
      }
      for (let at = 0; at < count; at += 1, bit += 1) {
        if (work[at]! > 0) words[bit >>> 5]! |= 1 << (bit & 31);
      }
    }
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

function hadamard(values: Float32Array): void {
  const { length } = values;
  for (let half = 1; half < length; half *= 2) {
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
