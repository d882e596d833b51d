import { isAlnum, isDigit, isLetter, isWord, wordKind } from '../characters.ts';
import type { Detector } from '../detector.ts';
import type { Scan } from '../scan.ts';

/** RFC 5321, 4.5.3.1.1. */
const maxLocal = 64;
/** RFC 5321, 4.5.3.1.2. */
const maxDomain = 253;

// Ends of file names that are no top-level domains (IANA's root zone), as in `icon@2x.png`.
const fileEndings: ReadonlySet<string> = new Set(
  'png jpg jpeg gif svg webp avif ico bmp css scss less js mjs cjs jsx tsx json html htm xml yaml yml txt pdf'.split(
    ' ',
  ),
);

/** Characters inside a local part besides letters, digits and `_`. RFC 5322 has more, which only tests use. */
function joins(code: number): boolean {
  return code === 46 || code === 45 || code === 43 || code === 37 || code === 39;
}

/**
 * Mail addresses with a domain of two labels and more. The local part is at most 64 characters of letters (of any
 * script), digits and `. _ - + % '`. Not found: `icon@2x.png`, `package@1.2.3`, `git@host:path`, `user@` of a URL.
 */
class EmailDetector implements Detector {
  readonly type = 'email';
  readonly holdBackChars = maxLocal;
  readonly needs = { char: '@', within: maxLocal } as const;
  readonly beginsBeyondAscii = true;
  readonly insideWords = maxLocal;
  /** End of the run of local-part characters that was read last, and in which text. */
  #runEnd = -1;
  #generation = -1;
  /** An `@` that no domain follows. */
  #refused = -1;

  begins(first: number): boolean {
    return isWord(first);
  }

  find(scan: Scan, at: number): boolean {
    const own = wordKind(scan.text.charCodeAt(at));
    if (own === 0) return false;
    const inside = wordKind(scan.before(at - 1)) === own;
    if (this.#generation !== scan.generation) {
      this.#generation = scan.generation;
      this.#runEnd = -1;
      this.#refused = -1;
    }
    // Inside a word, only where the 64 characters before an `@` begin.
    if (inside && this.#runEnd - at < maxLocal && this.#runEnd > at) return false;
    const end = this.#readRun(scan, at, own);
    if (end - at > maxLocal || (inside && end - at < maxLocal) || scan.at(end) !== 64) return false;
    // The user of a URL or of a path: `ssh://git@host`.
    if (end === this.#refused || isUserOfUrl(scan, at)) return false;
    const domainEnd = readDomain(scan, end + 1);
    if (scan.short) return false;
    if (domainEnd === 0 || isPath(scan, at, end, domainEnd)) {
      this.#refused = end;
      return false;
    }
    return scan.found(at, domainEnd);
  }

  /** Reads on to the end of the run, or to where it is too long for a local part that begins at `at`. */
  #readRun(scan: Scan, at: number, kind: number): number {
    let end = Math.max(at + 1, this.#runEnd);
    while (end - at <= maxLocal) {
      const code = scan.at(end);
      if (code === -1) break;
      const word = wordKind(code);
      if (word === 0 ? !joins(code) : word !== kind) break;
      end++;
    }
    this.#runEnd = end;
    return end;
  }
}

/** @returns the end of the domain; 0 where there is none. */
function readDomain(scan: Scan, from: number): number {
  let labelStart = from;
  let labels = 0;
  let end = 0;
  let index = from;
  for (; index - from <= maxDomain; index++) {
    const code = scan.at(index);
    if (
      isAlnum(code) ||
      (code === 45 && index > labelStart) ||
      wordKind(code) === 1 ||
      wordKind(code) === 2
    ) {
      if (code !== 95) continue;
    }
    if (index === labelStart) break;
    labels++;
    if (labels > 1) end = topLevelEnd(scan.text, labelStart, index) || end;
    if (code !== 46) break;
    labelStart = index + 1;
  }
  if (end === 0) return 0;
  const { text } = scan;
  // `left-pad@1.3.0-beta.rc`, `icon@2x.png`
  if (isDigit(text.charCodeAt(from))) {
    const dot = text.indexOf('.', from);
    const first = text.slice(from, dot);
    if (/^\d{1,3}x$/.test(first)) return 0;
    if (/^\d{1,3}$/.test(first) && isDigit(text.charCodeAt(dot + 1))) return 0;
  }
  const ending = text.slice(text.lastIndexOf('.', end - 1) + 1, end).toLowerCase();
  return fileEndings.has(ending) ? 0 : end;
}

/** The end of a top-level domain in a label: two letters and more, or punycode. 0 where it is none. */
function topLevelEnd(text: string, from: number, to: number): number {
  if (text.startsWith('xn--', from)) return to;
  if (!isLetter(text.charCodeAt(from))) {
    for (let index = from; index < to; index++) if (text.charCodeAt(index) < 128) return 0;
    return to - from >= 2 ? to : 0;
  }
  let index = from;
  while (index < to && isLetter(text.charCodeAt(index))) index++;
  // `jane@example.com-old` ends before the hyphen, and so does Chinese text that goes on without a space.
  const next = index < to ? text.charCodeAt(index) : -1;
  return index - from >= 2 && (next === -1 || next === 45 || next > 127) ? index : 0;
}

/** True for what ssh and git call a remote: `git@host:org/repo.git`. */
function isPath(scan: Scan, at: number, atSign: number, end: number): boolean {
  if (atSign - at === 3 && scan.text.startsWith('git', at)) return true;
  if (scan.at(end) !== 58 || !(isLetter(scan.at(end + 1)) || scan.at(end + 1) === 47)) return false;
  for (let index = end + 1; index - end < 64; index++) {
    const code = scan.at(index);
    if (code === 47) return true;
    if (!isAlnum(code) && code !== 45 && code !== 95 && code !== 46) return false;
  }
  return false;
}

/** True right after `//`, or after `//user:`: the password of a URL is another's find. */
function isUserOfUrl(scan: Scan, at: number): boolean {
  let index = at - 1;
  if (scan.before(index) === 58) {
    index--;
    while (at - index < maxLocal && (wordKind(scan.before(index)) === 1 || joins(scan.before(index))))
      index--;
  }
  return scan.before(index) === 47 && scan.before(index - 1) === 47;
}

export const email: Detector = new EmailDetector();
