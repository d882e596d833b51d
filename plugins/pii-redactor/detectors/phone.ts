import { isAlnum, isDigit } from '../characters.ts';
import { saidBefore } from '../context-words.ts';
import type { Detector } from '../detector.ts';
import type { Scan } from '../scan.ts';
import { nationalLengths } from './country-codes.ts';
import { maxDigits, PhoneParts } from './phone-parts.ts';
import { isNational, isSpoken } from './phone-shapes.ts';

const leastDigits = 7;
const maxText = 32;

/**
 * Phone numbers: international ones by their country's code and length, national ones by the shapes in which people
 * write them, anything of 7 to 15 digits after a word such as `phone`. Not section and order numbers, dates, codes of
 * devices and goods.
 */
export const phone: Detector = {
  type: 'phone',
  holdBackChars: 48,
  begins: (first, second) => {
    if (first === 43) return isDigit(second) || second === 40;
    if (first === 40) return isDigit(second) || second === 43;
    return isDigit(first) && (isDigit(second) || isSeparator(second) || (first === 49 && second === 40));
  },
  beginsRun: (run, next) => {
    if (run > maxDigits) return false;
    // More groups may follow.
    if (isSeparator(next) || next === 40) return true;
    if (run < leastDigits || next === 95 || next === 37) return false;
    return !isAlnum(next) || (next | 32) === 120;
  },
  find(scan, at) {
    const first = scan.text.charCodeAt(at);
    if (!mayBegin(scan, at, first) || !hasDigits(scan, at)) return false;
    // Each group of digits may be the last one; the longest number that is one counts.
    parts.clear();
    let index = first === 43 ? at + 1 : at;
    let open = false;
    let group = 0;
    let best = 0;
    let bestGroups = 0;
    for (; index - at < maxText; index++) {
      const code = scan.at(index);
      if (isDigit(code)) {
        if (!parts.digit(code - 48)) break;
        group++;
        continue;
      }
      if (group > 0) {
        parts.group(group);
        group = 0;
        if (!open && parts.length >= leastDigits && !goesOn(scan, index, code) && isPhone(scan, at, first)) {
          best = index;
          bestGroups = parts.groups;
        }
      }
      if (code === 40 && !open) open = true;
      else if (code === 41 && open && isDigit(scan.before(index - 1))) {
        open = false;
        // `(0)` of a trunk: people write it into international numbers, where it is not dialled.
        if (first === 43) parts.dropTrunk();
        continue;
      } else if (isSeparator(code) && parts.length > 0) parts.separator(code);
      else break;
      const next = scan.at(index + 1);
      if (!isDigit(next) && next !== 40 && !(next === 45 && code === 32)) break;
    }
    // More pairs than a number has are a row of numbers.
    const isRow = parts.groups > bestGroups && parts.isPairs && first !== 43;
    return best > 0 && !isRow && scan.found(at, extensionEnd(scan, best));
  },
};

/** Of the number that is being read. */
const parts = new PhoneParts();

function isSeparator(code: number): boolean {
  return code === 32 || code === 45 || code === 46 || code === 47 || code === 0xa0 || code === 0x2011;
}

function mayBegin(scan: Scan, at: number, first: number): boolean {
  const before = scan.before(at - 1);
  if (first === 40) return !isAlnum(before) && (isDigit(scan.at(at + 1)) || scan.at(at + 1) === 43);
  if (first === 43) return !isDigit(before) && (isDigit(scan.at(at + 1)) || scan.at(at + 1) === 40);
  // Part of a longer number, of a code, of a decimal, of an address.
  if (before === 46 || before === 95 || before === 35 || before === 36 || before === 43) return false;
  return !((before === 45 || before === 47 || before === 44) && isAlnum(scan.before(at - 2)));
}

/** False where too few digits follow, whatever is between them. Most numbers are no phone's for that alone. */
function hasDigits({ text, length, final }: Scan, at: number): boolean {
  const most = Math.min(length, at + maxText);
  let digits = 0;
  for (let index = at; index < most; index++) {
    const code = text.charCodeAt(index);
    if (isDigit(code)) {
      if (++digits === leastDigits) return true;
    } else if (code !== 40 && code !== 41 && code !== 43 && !isSeparator(code)) return false;
  }
  return !final && most === length;
}

/** True where the digits before `index` are only a part of something. */
function goesOn(scan: Scan, index: number, code: number): boolean {
  // But for an extension, `x42`.
  if (isAlnum(code)) return (code | 32) !== 120 || !isDigit(scan.at(index + 1));
  if (code === 95 || code === 37) return true;
  return (code === 45 || code === 46 || code === 47 || code === 58) && isDigit(scan.at(index + 1));
}

function isPhone(scan: Scan, at: number, first: number): boolean {
  if (first === 43 || (first === 40 && scan.text.charCodeAt(at + 1) === 43)) {
    return isInternational(parts.digits);
  }
  const hasPrefix = parts.groups > 1 && parts.at(0) === 0 && parts.at(1) === 0;
  if (hasPrefix && isInternational(parts.digits.slice(2))) return true;
  if (isNational(parts)) return !saidBefore(scan, at, 'otherNumber', 2);
  return isSpoken(parts) && saidBefore(scan, at, 'phone') && !saidBefore(scan, at, 'otherNumber', 2);
}

function isInternational(all: string): boolean {
  const lengths = nationalLengths(all);
  if (lengths === null) return false;
  const [code, least, most] = lengths;
  const rest = all.length - code;
  // A zero after the code is one that should have been left out, but for Italy's.
  const trunk = all[code] === '0' && code + 1 < all.length ? 1 : 0;
  return rest >= least && rest - trunk <= most;
}

/** Where an extension follows, its end: `ext. 42`, `x42`. */
function extensionEnd(scan: Scan, end: number): number {
  let index = end;
  if (scan.at(index) === 32) index++;
  const start = index;
  for (const char of 'ext') {
    if ((scan.at(index) | 32) === char.charCodeAt(0)) index++;
    else if (index === start && char === 'e') continue;
    else break;
  }
  if (index === start) return end;
  if (index - start !== 3 && !(index - start === 1 && (scan.at(start) | 32) === 120)) return end;
  if (scan.at(index) === 46) index++;
  if (scan.at(index) === 32) index++;
  const from = index;
  while (index - from < 6 && isDigit(scan.at(index))) index++;
  return index > from && !isAlnum(scan.at(index)) ? index : end;
}
