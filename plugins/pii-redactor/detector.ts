import type { Scan } from './scan.ts';
import type { PiiType } from './types.ts';

/** A character that is at most so far ahead; before an `@` no blank (up to U+0020) may be. */
export interface Need {
  readonly char: '@' | ':';
  readonly within: number;
}

/**
 * Finds one kind of thing. Its verdict depends on the text from `at` on, as far as it reads through `scan.at`, and on at
 * most `lookBehindChars` before it. It takes a bounded number of steps for each place, or reads on over what only one
 * place can begin, so a whole text takes linear time whatever it holds.
 */
export interface Detector {
  readonly type: PiiType | 'pseudonym';
  /** The most characters that a stream holds back for it while no find is open: see the README for what opens one. */
  readonly holdBackChars: number;
  /**
   * Whether a find may begin with these characters, ASCII only. Asked once for each pair when a finder is made, so that
   * most places of a text cost no call.
   *
   * @param thirdIsDigit whether a digit comes third; asked with both answers.
   */
  begins(first: number, second: number, thirdIsDigit: boolean): boolean;
  /**
   * Whether a find may begin with a run of so many digits and this ASCII character after it: asked like `begins`, in
   * place of it. What it says no to, `find` would not find. All by default.
   *
   * @param run 2 to 19 digits; a find never begins with more.
   */
  beginsRun?(run: number, next: number): boolean;
  /** A character that every find has, at most so far behind its beginning. */
  readonly needs?: Need;
  /** Whether it may begin at letters beyond ASCII. */
  readonly beginsBeyondAscii?: boolean;
  /**
   * Where an `@` is exactly so far ahead, it may begin inside a word, and not only at a word's first character. One
   * detector may.
   */
  readonly insideWords?: number;
  /** Looks whether a find begins at `at`; if so, sets its range with `scan.found`. */
  find(scan: Scan, at: number): boolean;
}
