/**
 * Country calling codes (ITU-T E.164) and how many digits may follow. Where a country is not named, 6 to 12 digits do.
 * The figures are those of the national numbering plans.
 */
const known: Readonly<Record<string, readonly [least: number, most: number]>> = {
  1: [10, 10],
  7: [10, 10],
  20: [8, 10],
  27: [9, 9],
  30: [10, 10],
  31: [9, 9],
  32: [8, 9],
  33: [9, 9],
  34: [9, 9],
  36: [8, 9],
  39: [6, 11],
  40: [9, 9],
  41: [9, 9],
  43: [7, 13],
  44: [9, 10],
  45: [8, 8],
  46: [7, 10],
  47: [8, 8],
  48: [9, 9],
  49: [6, 12],
  51: [8, 9],
  52: [10, 11],
  53: [8, 8],
  54: [10, 11],
  55: [10, 11],
  56: [9, 9],
  57: [8, 10],
  58: [10, 10],
  60: [8, 10],
  61: [9, 9],
  62: [8, 12],
  63: [8, 10],
  64: [8, 10],
  65: [8, 8],
  66: [8, 9],
  81: [9, 10],
  82: [8, 10],
  84: [9, 10],
  86: [10, 11],
  90: [10, 10],
  91: [10, 10],
  92: [9, 10],
  93: [9, 9],
  94: [9, 9],
  95: [7, 10],
  98: [10, 10],
  212: [9, 9],
  213: [8, 9],
  216: [8, 8],
  234: [8, 10],
  254: [9, 10],
  351: [9, 9],
  352: [6, 9],
  353: [7, 9],
  354: [7, 9],
  358: [6, 11],
  359: [8, 9],
  370: [8, 8],
  371: [8, 8],
  372: [7, 8],
  380: [9, 9],
  381: [8, 9],
  385: [8, 9],
  386: [8, 8],
  420: [9, 9],
  421: [9, 9],
  852: [8, 8],
  886: [8, 9],
  961: [7, 8],
  966: [8, 9],
  971: [8, 9],
  972: [8, 9],
};

/** Codes of three digits whose first two are no code of their own: zones 21 to 29, 35 to 38, 42, 50, 59, 67 to 69, 80, 85 to 88, 96 to 99. */
function isZone(two: string): boolean {
  return /^(?:2[1-689]|3[578]|42|50|59|6[789]|8[05678]|9[679])$/.test(two);
}

/** How many digits may follow the country code that `digits` begins with; null where it begins with none. */
export function nationalLengths(digits: string): readonly [code: number, least: number, most: number] | null {
  for (const length of [1, 2, 3]) {
    const lengths = known[digits.slice(0, length)];
    if (lengths !== undefined && digits.length > length) return [length, ...lengths];
  }
  return isZone(digits.slice(0, 2)) && digits.length > 3 ? [3, 6, 12] : null;
}
