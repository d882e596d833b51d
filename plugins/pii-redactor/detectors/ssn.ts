import { isAlnum, isDigit } from '../characters.ts';
import { saidBefore } from '../context-words.ts';
import type { Detector } from '../detector.ts';

/**
 * US social security numbers, `123-45-6789`. Areas 000, 666 and 900 to 999, group 00 and serial 0000 are never issued
 * (SSA, POMS RM 10201.035). With spaces, with dots or without anything between only where the words before say what
 * it is.
 */
export const ssn: Detector = {
  type: 'ssn',
  holdBackChars: 13,
  begins: (first, second, thirdIsDigit) => isDigit(first) && isDigit(second) && thirdIsDigit,
  beginsRun: (run, next) => run === 9 || (run === 3 && (next === 45 || next === 32 || next === 46)),
  find(scan, at) {
    const before = scan.before(at - 1);
    if (isJoin(before) && (isAlnum(scan.before(at - 2)) || before === 45)) return false;
    if (before === 43) return false;
    let index = at;
    let separator = -1;
    let value = 0;
    for (let count = 0; count < 9; count++) {
      if (count === 3) {
        const code = scan.at(index);
        separator = code === 45 || code === 32 || code === 46 ? code : 0;
      }
      if ((count === 3 || count === 5) && separator !== 0) {
        if (scan.at(index) !== separator) return false;
        index++;
      }
      const code = scan.at(index);
      if (!isDigit(code)) return false;
      value = value * 10 + code - 48;
      index++;
    }
    const next = scan.at(index);
    if (isAlnum(next) || next === 95 || (isJoin(next) && isDigit(scan.at(index + 1)))) return false;
    return isIssued(value) && (separator === 45 || saidBefore(scan, at, 'ssn', 4)) && scan.found(at, index);
  },
};

function isJoin(code: number): boolean {
  return code === 45 || code === 46;
}

function isIssued(value: number): boolean {
  const area = Math.floor(value / 1_000_000);
  if (area === 0 || area === 666 || area >= 900) return false;
  return Math.floor(value / 10_000) % 100 !== 0 && value % 10_000 !== 0;
}
