import { isAlnum, isDigit, isLetter } from '../characters.ts';
import type { Detector } from '../detector.ts';
import { ibanLengths } from './iban-lengths.ts';

/** The longest in groups of four. */
const maxText = 44;

/**
 * International bank account numbers (ISO 13616): the country's length and the check of mod 97. Printed in groups or
 * not, in capitals or not.
 */
export const iban: Detector = {
  type: 'iban',
  holdBackChars: 46,
  begins: (first, second, thirdIsDigit) => thirdIsDigit && isLetter(first) && isLetter(second),
  find(scan, at) {
    if (!isLetter(scan.at(at + 1)) || !isDigit(scan.at(at + 2)) || !isDigit(scan.at(at + 3))) return false;
    const length = ibanLengths.get(scan.text.slice(at, at + 2).toUpperCase());
    if (length === undefined) return false;
    let rest = 0;
    let count = 0;
    let index = at + 4;
    for (; count < length - 4; index++) {
      if (index - at > maxText) return false;
      const code = scan.at(index);
      if (isAlnum(code)) {
        rest = append(rest, code);
        count++;
      } else if ((code !== 32 && code !== 45) || !isAlnum(scan.text.charCodeAt(index - 1))) return false;
    }
    const next = scan.at(index);
    if (isAlnum(next) || next === 95) return false;
    for (const offset of [0, 1, 2, 3]) rest = append(rest, scan.text.charCodeAt(at + offset));
    return rest === 1 && scan.found(at, index);
  },
};

/** Goes on with a remainder of 97: a digit as it is, a letter as 10 to 35. */
function append(rest: number, code: number): number {
  if (isDigit(code)) return (rest * 10 + code - 48) % 97;
  return (rest * 100 + (code | 32) - 87) % 97;
}
