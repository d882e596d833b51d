import { isAlnum, isDigit, isHex, isLetter } from '../characters.ts';
import { saidBefore } from '../context-words.ts';
import type { Detector } from '../detector.ts';
import type { Scan } from '../scan.ts';

/** The longest text of an IPv6 address, RFC 4291 with an IPv4 tail. */
const maxText = 45;

/** IPv4 addresses. Not versions (`v1.2.3.4-rc1`, `Version 10.0.0.1`) and section numbers. */
export const ipV4: Detector = {
  type: 'ip',
  holdBackChars: 17,
  begins: (first, second) => isDigit(first) && (isDigit(second) || second === 46),
  beginsRun: (run, next) => run <= 3 && next === 46,
  find(scan, at) {
    if (isInside(scan.before(at - 1))) return false;
    const end = readV4(scan, at);
    return end > 0 && isAddress(scan, at, end) && scan.found(at, end);
  },
};

/** IPv6 addresses. Not times, MAC addresses, slices, and `a::b` of programming languages. */
export const ipV6: Detector = {
  type: 'ip',
  holdBackChars: 62,
  needs: { char: ':', within: 4 },
  begins: (first, second) => (isHex(first) || first === 58) && (isHex(second) || second === 58),
  beginsRun: (run, next) => run <= 4 && (isHex(next) || next === 58),
  find: (scan, at) => !isInside(scan.before(at - 1)) && readV6(scan, at),
};

/** True after what makes the next character a part of a longer number. */
function isInside(before: number): boolean {
  return before === 46 || before === 58 || before === 95;
}

/** @returns the end of four octets; 0 where there are none. */
function readV4(scan: Scan, at: number): number {
  let index = at;
  for (let octet = 0; octet < 4; octet++) {
    if (octet > 0) {
      if (scan.at(index) !== 46) return 0;
      index++;
    }
    const start = index;
    let value = 0;
    while (index - start < 4 && isDigit(scan.at(index))) {
      value = value * 10 + scan.text.charCodeAt(index) - 48;
      index++;
    }
    const length = index - start;
    if (length === 0 || length > 3 || value > 255) return 0;
    if (length > 1 && scan.text.charCodeAt(start) === 48) return 0;
  }
  return index;
}

/** What stands around four octets that are no address. */
function isAddress(scan: Scan, at: number, end: number): boolean {
  const next = scan.at(end);
  if (isAlnum(next) || next === 95) return false;
  if (next === 46 && isAlnum(scan.at(end + 1))) return false;
  if (next === 45 && isLetter(scan.at(end + 1))) return false;
  const before = scan.before(at - 1);
  // `Chrome/120.0.0.1`, `libfoo-1.2.3.4`
  if ((before === 47 || before === 45) && isAlnum(scan.before(at - 2))) return false;
  return !saidBefore(scan, at, 'version', 1);
}

function readV6(scan: Scan, at: number): boolean {
  let groups = 0;
  let gap = false;
  let inGroup = 0;
  let longest = 0;
  let hasDigit = false;
  let index = at;
  let tail = 0;
  for (; index - at <= maxText; index++) {
    const code = scan.at(index);
    if (isHex(code)) {
      if (inGroup === 0) {
        groups++;
        if ((groups > 1 || gap) && isDigit(code)) tail = index;
      }
      inGroup++;
      if (inGroup > 4) return false;
      longest = Math.max(longest, inGroup);
      hasDigit ||= isDigit(code);
    } else if (code === 58) {
      if (scan.at(index + 1) === 58) {
        if (gap) return false;
        gap = true;
        index++;
      } else if (inGroup === 0 || !isHex(scan.at(index + 1))) break;
      inGroup = 0;
    } else break;
  }
  if (groups < 1 || (!gap && groups < 3)) return false;
  // An IPv4 tail: its first octet was counted as a group.
  if (scan.at(index) === 46 && tail > 0 && isDigit(scan.at(index + 1))) {
    const end = readV4(scan, tail);
    if (end === 0) return false;
    index = end;
    groups++;
  }
  if (gap ? groups > 7 : groups !== 8) return false;
  // Eight pairs are a MAC address of eight bytes; letters alone are more likely a name, such as `a::b`.
  if ((!gap && longest <= 2) || (!hasDigit && longest < 4)) return false;
  const next = scan.at(index);
  if (isAlnum(next) || next === 95 || (next === 58 && isAlnum(scan.at(index + 1)))) return false;
  // A slice of a programming language: `a[::2]`, `a[1::2]`.
  const before = scan.before(at - 1);
  if (before === 91 && (isAlnum(scan.before(at - 2)) || scan.before(at - 2) === 41)) return false;
  if (scan.text.charCodeAt(at) === 58 && (isAlnum(before) || before === 62 || before === 41)) return false;
  if (next === 46 && isDigit(scan.at(index + 1))) return false;
  return scan.found(at, index);
}
