/** Two halves of a 64-bit hash. */
export interface Hash {
  readonly high: number;
  readonly low: number;
}

/** A key names somebody; what comes after so many characters of it tells nobody apart who means well. */
const maxChars = 256;

/** A hash of a text's first 256 characters, well spread and no secret: MurmurHash3's mixing on two lanes. */
export function hashText(text: string): Hash {
  const end = Math.min(text.length, maxChars);
  let high = 0x9e3779b9 ^ end;
  let low = 0x85ebca6b ^ end;
  for (let index = 0; index < end; index++) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 0xcc9e2d51);
    high = (high << 15) | (high >>> 17);
    low = Math.imul(low ^ unit, 0x1b873593);
    low = (low << 13) | (low >>> 19);
  }
  return { high: spread(high ^ low), low: spread(low + Math.imul(high, 5)) };
}

/** A number in (0, 1) that two hashes give together, the same each time, in 53 bits. */
export function fractionOf(one: Hash, other: Hash): number {
  const high = spread(one.high ^ Math.imul(other.low, 0x9e3779b1));
  const low = spread((one.low + Math.imul(other.high, 0x85ebca77)) ^ high);
  return ((high >>> 6) * 134_217_728 + (low >>> 5) + 0.5) / 2 ** 53;
}

/** MurmurHash3's finalizer: every bit in bears on every bit out. */
function spread(bits: number): number {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
