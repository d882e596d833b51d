import { isAlnum, isDigit, isHex, isUpper } from '../characters.ts';
import type { Detector } from '../detector.ts';
import type { Scan } from '../scan.ts';
import { entropyOf } from './entropy.ts';
import { type Alphabet, type KeyShape, keyShapes } from './key-shapes.ts';

/** Bits a character. Below it are `xxxx` and `00000`, above it everything that was issued. */
export const entropyFloor = 2.7;

/** Shapes by the first two characters of their prefix, which are ASCII. */
const byPair: (KeyShape[] | undefined)[] = new Array(128 * 128).fill(undefined);
for (const shape of keyShapes) {
  const pair = shape.prefix.charCodeAt(0) * 128 + shape.prefix.charCodeAt(1);
  byPair[pair] ??= [];
  byPair[pair].push(shape);
}

const inAlphabet: Readonly<Record<Alphabet, (code: number) => boolean>> = {
  alnum: isAlnum,
  hex: isHex,
  base32: (code) => isUpper(code) || isDigit(code),
  digit: isDigit,
  word: (code) => isAlnum(code) || code === 95,
  url: (code) => isAlnum(code) || code === 95 || code === 45,
  base64: (code) => isAlnum(code) || code === 43 || code === 47 || code === 61 || code === 95 || code === 45,
};

/** API keys and tokens of known providers, by their shapes, and with a floor for their entropy. */
export const providerKey: Detector = {
  type: 'secret',
  holdBackChars: Math.max(...keyShapes.map(({ prefix }) => prefix.length)),
  begins: (first, second) => byPair[first * 128 + second] !== undefined,
  find(scan, at) {
    if (goesOnFrom(scan, at)) return false;
    const second = scan.at(at + 1);
    const shapes = second < 0 || second > 127 ? undefined : byPair[scan.text.charCodeAt(at) * 128 + second];
    if (shapes === undefined) return false;
    const third = scan.at(at + 2);
    for (const shape of shapes) {
      if (shape.prefix.length > 2 && shape.prefix.charCodeAt(2) !== third) continue;
      const end = readShape(scan, at, shape);
      if (scan.short) return false;
      if (end > 0 && !isExample(scan, end)) return scan.found(at, end);
    }
    return false;
  },
};

/**
 * True inside a longer word with hyphens. A key begins where such a word does, so its characters are read for one key
 * only; one or two marks before it, as in `_key_` of Markdown, are none of it.
 */
export function goesOnFrom(scan: Scan, at: number): boolean {
  let index = at - 1;
  while (at - index < 3 && (scan.before(index) === 95 || scan.before(index) === 45)) index--;
  const code = scan.before(index);
  return isAlnum(code) || code === 95 || code === 45;
}

function readShape(scan: Scan, at: number, { prefix, pieces, between, holds }: KeyShape): number {
  for (let index = 1; index < prefix.length; index++) {
    if (scan.at(at + index) !== prefix.charCodeAt(index)) return 0;
  }
  const body = at + prefix.length;
  let index = body;
  for (let position = 0; position < pieces.length; position++) {
    if (position > 0) {
      if (scan.at(index) !== between!.charCodeAt(0)) return 0;
      index++;
    }
    const { of, least, most } = pieces[position]!;
    const fits = inAlphabet[of];
    const start = index;
    while (index - start < most && fits(scan.at(index))) index++;
    if (index - start < least) return 0;
  }
  // A key of one length ends there; one that may be longer was cut at the most.
  const last = pieces.at(-1)!;
  if (last.least === last.most && isAlnum(scan.at(index))) return 0;
  if (entropyOf(scan.text, body, index) < entropyFloor) return 0;
  if (holds !== undefined && !scan.text.slice(body, index).includes(holds)) return 0;
  return index;
}

/** Documentation ends its samples so, such as AWS's `AKIAIOSFODNN7EXAMPLE`. */
function isExample(scan: Scan, end: number): boolean {
  return scan.text.startsWith('EXAMPLE', end - 7);
}
