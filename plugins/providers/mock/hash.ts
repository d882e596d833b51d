/** Spreads the bits of a 32-bit number: near inputs get far apart. */
function spread(value: number): number {
  value = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  value = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  return (value ^ (value >>> 16)) >>> 0;
}

/** FNV-1a over the UTF-16 units of a text, a number of 32 bits. Good for telling apart, not for secrets. */
export function hash32(text: string, seed = 0): number {
  let hash = 0x811c9dc5 ^ spread(seed);
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return spread(hash);
}

/** A hash as hexadecimal digits, at most 24 of them. The same text always gives the same. */
export function hashHex(text: string, digits = 24): string {
  const one = hash32(text, 1);
  const two = hash32(text, 2);
  const parts = [one, two, spread(one ^ (two >>> 7))];
  return parts
    .map((part) => part.toString(16).padStart(8, '0'))
    .join('')
    .slice(0, digits);
}
