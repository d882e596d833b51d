/** Characters of a text that are kept apart; what follows counts as one piece. */
export const maxTrackedChars = 40_000;
/** Of what follows, so much is read at all; of the rest the length counts. Keeps a megabyte below a millisecond. */
const maxTailChars = 200_000;
/** A text without blanks is cut: a piece must say where it is. */
const maxPieceChars = 64;

/**
 * A text as hashes of its pieces (words, numbers, times), so that two texts can be compared without keeping either. Hashes
 * are 32 bits with a seed of the process: they say where texts differ and nothing of what stands there.
 */
export interface Fingerprint {
  /** Length of the text in UTF-16 units. */
  readonly chars: number;
  readonly hashes: Uint32Array;
  /** Where each piece begins. */
  readonly starts: Uint32Array;
}

/** Of FNV-1a. */
const prime = 0x01000193;
/** 0: part of a piece; 1: between pieces; 2: between pieces, but not between digits. */
const separators = new Uint8Array(128);
const between = 2;
for (const char of ' \t\r\n\f\v"\',;(){}[]<>=|`') separators[char.charCodeAt(0)] = 1;
for (const char of ':/') separators[char.charCodeAt(0)] = between;

/** Memory that a fingerprint takes, in bytes. */
export function bytesOf({ hashes, starts }: Fingerprint): number {
  return hashes.byteLength + starts.byteLength + 200;
}

/** Room to work in: a text has no more pieces than characters, and one more for what follows. */
const hashRoom = new Uint32Array(maxTrackedChars + 1);
const startRoom = new Uint32Array(maxTrackedChars + 1);

/** Takes a text apart. Linear, one pass. */
export function fingerprint(text: string, seed: number): Fingerprint {
  const end = Math.min(text.length, maxTrackedChars);
  let count = 0;
  let hash = seed;
  let start = -1;
  for (let at = 0; at < end; at += 1) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? separators[code] : 0;
    const inside = kind === 0 || (kind === between && isBetweenDigits(text, at));
    if (start !== -1 && (!inside || at - start >= maxPieceChars)) {
      hashRoom[count] = hash;
      startRoom[count] = start;
      count += 1;
      hash = seed;
      start = -1;
    }
    if (inside && start === -1) start = at;
    // What stands between two pieces belongs to the second.
    hash = Math.imul(hash ^ code, prime);
  }
  // The last piece, the blanks after it, and what is too far away to be kept apart.
  startRoom[count] = start === -1 ? end : start;
  const last = Math.min(text.length, end + maxTailChars);
  for (let at = end; at < last; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), prime);
  hashRoom[count] = hash;
  count += 1;
  return { chars: text.length, hashes: hashRoom.slice(0, count), starts: startRoom.slice(0, count) };
}

/** The first piece that differs; -1 where the texts are the same. */
export function firstDifference(a: Fingerprint, b: Fingerprint): number {
  const common = Math.min(a.hashes.length, b.hashes.length);
  for (let index = 0; index < common; index += 1) if (a.hashes[index] !== b.hashes[index]) return index;
  return a.hashes.length === b.hashes.length && a.chars === b.chars ? -1 : Math.max(0, common - 1);
}

/** Whether two texts are the same one with something exchanged, and not two texts. */
export function isKin(a: Fingerprint, b: Fingerprint): boolean {
  const common = Math.min(a.hashes.length, b.hashes.length);
  const longer = Math.max(a.hashes.length, b.hashes.length);
  let same = 0;
  let leading = true;
  let prefix = 0;
  for (let index = 0; index < common; index += 1) {
    if (a.hashes[index] === b.hashes[index]) {
      same += 1;
      if (leading) prefix += 1;
    } else leading = false;
  }
  return same * 2 >= longer || prefix >= 16;
}

/** Within times and dates `:` and `/` belong to them. */
function isBetweenDigits(text: string, at: number): boolean {
  return isDigit(text.charCodeAt(at - 1)) && isDigit(text.charCodeAt(at + 1));
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
