import { digitOf, isAlnum, isDigit, isLetter } from '../characters.ts';
import { saidBefore } from '../context-words.ts';
import type { Detector } from '../detector.ts';
import type { Scan } from '../scan.ts';

/** Issuer ranges by leading digits (ISO/IEC 7812), with the lengths that are in use: [from, to, …lengths]. */
const issuers: readonly (readonly [from: number, to: number, ...lengths: number[]])[] = [
  [4, 4, 16, 19], // Visa
  [51, 55, 16], // Mastercard
  [2221, 2720, 16],
  [34, 34, 15], // American Express
  [37, 37, 15],
  [6011, 6011, 16, 17, 18, 19], // Discover
  [644, 649, 16, 17, 18, 19],
  [65, 65, 16, 17, 18, 19],
  [3528, 3589, 16, 17, 18, 19], // JCB
  [300, 305, 14, 16, 17, 18, 19], // Diners Club
  [3095, 3095, 14, 16, 17, 18, 19],
  [36, 36, 14, 16, 17, 18, 19],
  [38, 39, 14, 16, 17, 18, 19],
  [62, 62, 16, 17, 18, 19], // UnionPay
  [81, 81, 16, 17, 18, 19],
  [5018, 5018, 12, 13, 14, 15, 16, 17, 18, 19], // Maestro
  [5019, 5019, 16], // Dankort
  [5020, 5020, 12, 13, 14, 15, 16, 17, 18, 19],
  [5038, 5038, 12, 13, 14, 15, 16, 17, 18, 19],
  [5893, 5893, 12, 13, 14, 15, 16, 17, 18, 19],
  [6304, 6304, 12, 13, 14, 15, 16, 17, 18, 19],
  [6759, 6759, 12, 13, 14, 15, 16, 17, 18, 19],
  [6761, 6763, 12, 13, 14, 15, 16, 17, 18, 19],
  [2200, 2204, 16, 17, 18, 19], // Mir
  [9792, 9792, 16], // Troy
  [60, 60, 16], // RuPay
  [508, 508, 16],
];

/** How people space the numbers of cards: the lengths of the groups as digits. */
const groupings: ReadonlySet<number> = new Set([4444, 44_443, 465, 464, 4442, 4443, 644, 84, 88]);
/** What those begin with. */
const beginnings: ReadonlySet<number> = new Set(
  [...groupings].flatMap((all) => {
    const lengths = String(all);
    return Array.from(lengths, (_, index) => Number(lengths.slice(0, index + 1)));
  }),
);
const leastDigits = 12;
const maxDigits = 19;

/** Payment cards: issuer prefix, length, Luhn, and groups as they are printed where there are groups. */
export const card: Detector = {
  type: 'card',
  holdBackChars: 26,
  begins: (first, second, thirdIsDigit) => isDigit(first) && isDigit(second) && thirdIsDigit,
  beginsRun: (run, next) => run >= leastDigits || ((next === 32 || next === 45) && beginnings.has(run)),
  find(scan, at) {
    const before = scan.before(at - 1);
    // Part of a longer number, or of a code such as KV-2023-4111….
    if (before === 46 && isDigit(scan.before(at - 2))) return false;
    if ((before === 45 || before === 43) && !isLetter(scan.before(at - 2))) return false;
    let count = 0;
    let group = 0;
    /** Their lengths as digits; -1 for one group that is longer. */
    let groups = 0;
    let separator = 0;
    let sum = 0; // Luhn, for an even and an odd number of digits
    let other = 0;
    let best = 0;
    let index = at;
    for (; ; index++) {
      const code = scan.at(index);
      if (isDigit(code)) {
        if (++count > maxDigits) break;
        group++;
        const digit = digitOf(code);
        const doubled = digit > 4 ? digit * 2 - 9 : digit * 2;
        // Digits at even places count double in the one, those at odd places in the other.
        sum += count % 2 === 1 ? doubled : digit;
        other += count % 2 === 1 ? digit : doubled;
        continue;
      }
      const isWhole = separator === 0;
      groups = group > 9 ? -1 : groups * 10 + group;
      // What follows cannot make a card of it.
      if (!(isWhole && count >= leastDigits) && !beginnings.has(groups)) break;
      if (count >= leastDigits && (isWhole || groupings.has(groups))) {
        const isRight = (count % 2 === 0 ? sum : other) % 10 === 0;
        if (isRight && hasIssuer(scan, at, count, separator) && !goesOn(scan, index)) best = index;
      }
      // A space or a hyphen, always the same, and a digit after it.
      if ((code !== 32 && code !== 45) || (separator !== 0 && code !== separator)) break;
      if (!isDigit(scan.at(index + 1))) break;
      separator = code;
      group = 0;
    }
    return best === 0 ? false : scan.found(at, best);
  },
};

function goesOn(scan: Scan, index: number): boolean {
  const code = scan.at(index);
  if (isAlnum(code) || code === 95) return true;
  return (code === 45 || code === 46) && isDigit(scan.at(index + 1));
}

function hasIssuer(scan: Scan, at: number, length: number, separator: number): boolean {
  let prefix = 0;
  let read = 0;
  for (let index = at; read < 4; index++) {
    const code = scan.text.charCodeAt(index);
    if (code === separator) continue;
    if (!isDigit(code)) return false;
    prefix = prefix * 10 + digitOf(code);
    read++;
  }
  for (const [from, to, ...lengths] of issuers) {
    const start =
      from < 10
        ? Math.floor(prefix / 1000)
        : from < 100
          ? Math.floor(prefix / 100)
          : from < 1000
            ? Math.floor(prefix / 10)
            : prefix;
    if (start < from || start > to) continue;
    if (lengths.includes(length)) return !saidBefore(scan, at, 'goods', 1);
    // Visa's first cards had 13 digits, like the EAN of any German product.
    if (from === 4 && length === 13) return saidBefore(scan, at, 'card');
  }
  return false;
}
