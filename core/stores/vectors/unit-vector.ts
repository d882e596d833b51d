/** Vectors longer than this are refused. */
export const maxDimensions = 4096;

/** So near to 1 that 32 bits know it no better. */
const nearlyOne = 1e-6;

/**
 * The vector of length 1 in the same direction, which may be the vector itself; null where it has none (zeros, not a
 * number) or too many dimensions.
 */
export function unitVector(vector: Float32Array): Float32Array | null {
  if (vector.length === 0 || vector.length > maxDimensions) return null;
  let square = 0;
  for (let at = 0; at < vector.length; at += 1) square += vector[at]! * vector[at]!;
  // Too small to divide by, infinite, or not a number.
  if (!(square > 1e-30 && square < 1e30)) return null;
  if (Math.abs(square - 1) < nearlyOne) return vector;
  const scale = 1 / Math.sqrt(square);
  const unit = new Float32Array(vector.length);
  for (let at = 0; at < vector.length; at += 1) unit[at] = vector[at]! * scale;
  return unit;
}
