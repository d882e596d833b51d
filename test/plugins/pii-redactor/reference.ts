import { wordKind } from '../../../plugins/pii-redactor/characters.ts';
import type { Detector } from '../../../plugins/pii-redactor/detector.ts';
import { Scan } from '../../../plugins/pii-redactor/scan.ts';
import type { Span } from './corpus.ts';

/** What a finder found, and up to where everything was settled. */
export interface Found {
  readonly finds: readonly Span[];
  readonly settled: number;
}

/**
 * The finder without anything that makes it fast: it asks every detector that may begin with a place's characters at every
 * place, and skips nothing.
 */
export function findPlainly(
  detectors: readonly Detector[],
  text: string,
  from: number,
  final: boolean,
): Found {
  const scan = new Scan();
  scan.set(text, final);
  const finds: Span[] = [];
  let index = from;
  while (index < text.length) {
    let end = 0;
    for (const detector of detectors) {
      if (!mayBegin(detector, text, index, final)) continue;
      const found = detector.find(scan, index);
      if (scan.short) return { finds, settled: index };
      if (!found) continue;
      finds.push({ type: detector.type, start: scan.start, end: scan.end });
      end = scan.end;
      break;
    }
    index = end > 0 ? end : index + 1;
  }
  return { finds, settled: text.length };
}

function mayBegin(detector: Detector, text: string, index: number, final: boolean): boolean {
  if (detector.needs !== undefined) {
    const { char, within } = detector.needs;
    const next = text.indexOf(char, index);
    if (next === -1 ? final || text.length - index > within : next - index > within) return false;
  }
  const code = text.charCodeAt(index);
  const kind = wordKind(code);
  const isInside = kind !== 0 && index > 0 && kind === wordKind(text.charCodeAt(index - 1));
  if (isInside) {
    const ahead = detector.insideWords;
    if (ahead === undefined) return false;
    return index + ahead < text.length ? text[index + ahead] === '@' : !final;
  }
  if (code >= 128) return detector.beginsBeyondAscii === true;
  const second = text.charCodeAt(index + 1);
  const third = text.charCodeAt(index + 2);
  if (second < 128 && !Number.isNaN(third)) {
    return detector.begins(code, second, third >= 48 && third <= 57);
  }
  // The text has not come so far, or what comes is beyond ASCII: any second character counts.
  for (let other = 0; other < 128; other++) {
    if (detector.begins(code, other, true) || detector.begins(code, other, false)) return true;
  }
  return false;
}

/** Context words as they were first written: at most 40 characters before, in the same sentence and line. */
export function saidPlainly(words: ReadonlySet<string>, text: string, at: number, count: number): boolean {
  const isLetter = (char: string) => /[A-Za-z§\u00c0-\u024f]/.test(char);
  const least = Math.max(0, at - 40);
  let index = at - 1;
  for (let seen = 0; seen < count && index >= least; seen++) {
    for (; index >= least && !isLetter(text[index]!); index--) {
      if (text[index] === '\n') return false;
      if (text[index] === '.' && index < at - 4 && text[index + 1] === ' ') return false;
    }
    const end = index + 1;
    while (index >= least && isLetter(text[index]!)) index--;
    if (end > index + 1 && words.has(text.slice(index + 1, end).toLowerCase())) return true;
  }
  return false;
}

const issuers = /^(?:4|5[1-5]|2[2-7]|3[4-9]|30|35|6|81|50|58|97|22)/;
const groupings =
  /^(?:\d{12,19}|\d{4}(?:([ -])\d{4}(?:\1\d{4}(?:\1\d{2,4}(?:\1\d{3})?)?)?)?|\d{4}([ -])\d{6}\2\d{4,5}|\d{6}([ -])\d{4}\3\d{4}|\d{8}([ -])\d{4}|\d{8}([ -])\d{8})$/;

/** What every card that is found must be, said another way: an issuer, groups, 12 to 19 digits, Luhn. */
export function isCardPlainly(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '');
  if (!issuers.test(digits) || !groupings.test(text) || digits.length < 12) return false;
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
