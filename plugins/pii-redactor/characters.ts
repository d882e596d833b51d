// Bits of an ASCII character's class.
const digitBit = 1;
const upperBit = 2;
const lowerBit = 4;
const hexBit = 8;
const spaceBit = 16;

const classes = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const char = String.fromCharCode(code);
  if (char >= '0' && char <= '9') classes[code] = digitBit | hexBit;
  else if (char >= 'A' && char <= 'Z') classes[code] = upperBit;
  else if (char >= 'a' && char <= 'z') classes[code] = lowerBit;
  else if (code === 32 || (code >= 9 && code <= 13)) classes[code] = spaceBit;
  if ('abcdefABCDEF'.includes(char)) classes[code]! |= hexBit;
}

function has(code: number, bits: number): boolean {
  return code >= 0 && code < 128 && (classes[code]! & bits) !== 0;
}

export const isDigit = (code: number): boolean => code >= 48 && code <= 57;
export const isHex = (code: number): boolean => has(code, hexBit);
/** ASCII letters. */
export const isLetter = (code: number): boolean => has(code, upperBit | lowerBit);
export const isUpper = (code: number): boolean => has(code, upperBit);
/** ASCII letters and digits. */
export const isAlnum = (code: number): boolean => has(code, digitBit | upperBit | lowerBit);
export const isSpace = (code: number): boolean => has(code, spaceBit) || code === 0xa0;

/** `wordKind` of every character code. */
export const kinds = new Uint8Array(65_536);
for (let code = 0; code < kinds.length; code++) kinds[code] = kindOf(code);

/**
 * The kind of word that a character belongs to: 0 for none, 1 for letters, digits and `_`, 2 for scripts that put no
 * spaces between words (Chinese, Japanese, Korean): a word of another script may begin right after those.
 */
export function wordKind(code: number): number {
  return code < 0 ? 0 : kinds[code]!;
}

function kindOf(code: number): 0 | 1 | 2 {
  if (code < 128) return has(code, digitBit | upperBit | lowerBit) || code === 95 ? 1 : 0;
  if (code < 0xc0) return 0;
  if (code < 0x2000) return 1;
  if (code < 0x2c00) return 0;
  if (code < 0x2e80) return 1;
  if (code >= 0x3000 && code < 0x3040) return 0;
  return code < 0xd800 || (code >= 0xf900 && code < 0xfb00) ? 2 : 0;
}

/** True where a word of ASCII letters, digits or `_` begins or goes on. */
export function isWord(code: number): boolean {
  return isAlnum(code) || code === 95;
}

/** The digit that an ASCII digit stands for. */
export const digitOf = (code: number): number => code - 48;
