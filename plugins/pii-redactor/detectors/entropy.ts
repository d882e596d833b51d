const counts = new Uint16Array(128);

/**
 * Shannon entropy of the characters of a piece of text, in bits a character; characters beyond ASCII count as one. Random
 * base64 of 20 characters has about 4, `xxxxxxxx` has 0.
 */
export function entropyOf(text: string, from: number, to: number): number {
  const end = Math.min(to, from + 256);
  const length = end - from;
  if (length <= 0) return 0;
  counts.fill(0);
  for (let index = from; index < end; index++) counts[text.charCodeAt(index) & 127]!++;
  let bits = 0;
  for (const count of counts) {
    if (count > 0) bits -= (count / length) * Math.log2(count / length);
  }
  return bits;
}
