/** Numbers in [0, 1) that a seed repeats (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** As encoders make them: hashed n-grams are `sparse`, neural ones `dense`, and many of those are `alike`. */
export type VectorKind = 'sparse' | 'dense' | 'alike';

export interface ArbitraryVectors {
  /** The same for the same number. */
  entry(number: number): Float32Array;
  /** Something at a cosine of about 0.85 to that entry. */
  near(number: number): Float32Array;
}

export function arbitraryVectors(kind: VectorKind, dimensions: number, seed = 1): ArbitraryVectors {
  const noise = (random: () => number): Float32Array => {
    const vector = new Float32Array(dimensions);
    if (kind === 'sparse') {
      for (let at = 0; at < 80; at += 1) {
        const place = Math.floor(random() * dimensions);
        vector[place] = vector[place]! + (random() < 0.5 ? -1 : 1) * (0.3 + random());
      }
      return scaled(vector, 1);
    }
    for (let at = 0; at < dimensions; at += 1) vector[at] = random() + random() + random() + random() - 2;
    return scaled(vector, 1);
  };
  const common = noise(seeded(seed));
  const entry = (number: number) => {
    const own = noise(seeded(seed * 1_000_003 + number * 2 + 1));
    return kind === 'alike' ? sum(scaled(common, 1.2), own) : own;
  };
  return {
    entry,
    near: (number) =>
      sum(entry(number), scaled(noise(seeded(seed * 1_000_003 + number * 2)), kind === 'alike' ? 0.9 : 0.62)),
  };
}

export function scaled(vector: Float32Array, length: number): Float32Array {
  const factor = length / lengthOf(vector);
  return vector.map((value) => value * factor);
}

export function sum(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, at) => value + b[at]!);
}

export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  for (let at = 0; at < a.length; at += 1) dot += a[at]! * b[at]!;
  return dot / (lengthOf(a) * lengthOf(b));
}

function lengthOf(vector: Float32Array): number {
  let square = 0;
  for (let at = 0; at < vector.length; at += 1) square += vector[at]! * vector[at]!;
  return Math.sqrt(square);
}
