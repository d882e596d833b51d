/**
 * Divides a vector by its length, in place. A vector of length 0 (a text without a known word) becomes the first axis:
 * it then meets only others of its kind. @throws where a component is not finite
 */
export function toUnit(vector: Float32Array): Float32Array {
  let sum = 0;
  for (let at = 0; at < vector.length; at++) sum += vector[at]! * vector[at]!;
  if (!Number.isFinite(sum))
    throw new Error('expected a vector of finite numbers; came one with NaN or infinity');
  if (sum === 0) {
    vector[0] = 1;
    return vector;
  }
  const scale = 1 / Math.sqrt(sum);
  for (let at = 0; at < vector.length; at++) vector[at] = vector[at]! * scale;
  return vector;
}

/** The first `units` UTF-16 units of a text, never half a character; lone surrogates become U+FFFD. */
export function cutText(text: string, units: number): string {
  if (text.length <= units) return text.toWellFormed();
  const last = text.charCodeAt(units - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? units - 1 : units).toWellFormed();
}
