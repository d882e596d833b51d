import { isDigit, kinds, wordKind } from './characters.ts';
import type { CustomRule } from './custom-rule.ts';
import { CustomSearch } from './custom-rule.ts';
import type { Detector } from './detector.ts';
import { atNear, colonNear, Dispatch, maxRun } from './dispatch.ts';
import { Scan } from './scan.ts';

/** What was found: the detector's type or the rule's name, and its range, end exclusive. */
export type OnFind = (name: string, start: number, end: number) => void;

const sliceChars = 24 * 1024;
const leastSliceChars = 1024;
const atSign = '@';
const colon = ':';
/** Farther than any text is long, and an integer, which adds faster than infinity. */
const nowhere = 2 ** 30;

/** Finds everything of some kinds in a text, in one pass from left to right. The leftmost find wins, then the first detector. */
export class Finder {
  readonly #scan = new Scan();
  readonly #all: Dispatch;
  /** Those that may begin inside a word. */
  readonly #insiders: readonly Detector[];
  /** How far ahead an `@` is where one of those may begin. */
  readonly #ahead: number;
  /** How far ahead `@` and `:` are near to somebody who needs them; -1 where nobody does. */
  readonly #atWithin: number;
  readonly #colonWithin: number;
  readonly #custom: CustomSearch | null;
  /** How much of a text to look through at once, in characters, so that it takes less than a millisecond. */
  readonly sliceChars: number;

  constructor(detectors: readonly Detector[], rules: readonly CustomRule[] = []) {
    this.#all = Dispatch.of(detectors);
    this.#insiders = detectors.filter(({ insideWords }) => insideWords !== undefined);
    this.#ahead = this.#insiders[0]?.insideWords ?? nowhere;
    this.#atWithin = withinOf(detectors, atSign);
    this.#colonWithin = withinOf(detectors, colon);
    this.#custom = rules.length === 0 ? null : new CustomSearch(rules);
    // A pattern of somebody's own costs up to five times what all detectors cost together.
    this.sliceChars = Math.max(leastSliceChars, Math.round(sliceChars / (1 + 5 * rules.length)));
  }

  /**
   * Looks through `text` from `from` on; what is before it is looked back at only.
   *
   * @param final whether the text ends here. If not, what could turn out to be the beginning of a find is left.
   * @returns up to where everything is settled: `text.length` where `final`.
   */
  run(text: string, from: number, final: boolean, onFind: OnFind): number {
    const scan = this.#scan;
    const custom = this.#custom;
    const ahead = this.#ahead;
    const atWithin = this.#atWithin;
    const colonWithin = this.#colonWithin;
    const { lists, pairs, runs, firsts, beyond } = this.#all;
    scan.set(text, final);
    custom?.set(text, final);
    const { length } = text;
    /** Where the next `@` and `:` are, or may come to be: looked for once they are passed. */
    let nextAt = -1;
    let nextColon = -1;
    /** From here on the next `@` is near. */
    let atFrom = 0;
    const unseen = final ? nowhere : length;
    let index = from;
    let kindBefore = index > 0 ? wordKind(text.charCodeAt(index - 1)) : 0;
    while (index < length) {
      if (custom !== null && index >= custom.quietUntil) {
        const state = custom.at(index);
        if (state === 'wait') return index;
        if (state === 'found') {
          onFind(custom.name, index, custom.end);
          index = custom.end;
          kindBefore = wordKind(text.charCodeAt(index - 1));
          continue;
        }
      }
      if (nextAt < index) {
        nextAt = text.indexOf(atSign, index);
        if (nextAt < 0) nextAt = unseen;
        atFrom = nextAt === nowhere ? nowhere : beginningOf(text, nextAt, atWithin);
      }
      const code = text.charCodeAt(index);
      const kind = kinds[code]!;
      let detectors: readonly Detector[];
      if (kind === kindBefore && kind !== 0) {
        // Most characters are inside words, where a find may begin so far before an `@` only.
        const mark = nextAt - ahead;
        if (index !== mark && (index < mark || nextAt !== length)) {
          const quiet = custom === null ? length : Math.min(length, custom.quietUntil);
          const stop = Math.min(quiet, index < mark ? mark : nextAt);
          index++;
          while (index < stop && kinds[text.charCodeAt(index)] === kind) index++;
          continue;
        }
        detectors = this.#insiders;
      } else {
        if (nextColon < index) {
          nextColon = text.indexOf(colon, index);
          if (nextColon < 0) nextColon = unseen;
        }
        const near = (index >= atFrom ? atNear : 0) | (nextColon - index <= colonWithin ? colonNear : 0);
        let number: number;
        if (code >= 128) number = beyond[near]!;
        else {
          number = firsts[near]![code]!;
          if (number !== 0) {
            const second = text.charCodeAt(index + 1);
            if (code >= 48 && code <= 57 && second >= 48 && second <= 57) {
              const run = runOf(text, index);
              const next = run < maxRun ? text.charCodeAt(index + run) : Number.NaN;
              if (next < 128) number = runs[near]![run * 128 + next]!;
              else if (index + 2 < length)
                number = pairs[near]![code * 256 + second * 2 + (run > 2 ? 1 : 0)]!;
            } else if (second < 128 && index + 2 < length) {
              const third = text.charCodeAt(index + 2);
              number = pairs[near]![code * 256 + second * 2 + (third >= 48 && third <= 57 ? 1 : 0)]!;
            }
          }
        }
        if (number === 0) {
          index++;
          kindBefore = kind;
          continue;
        }
        detectors = lists[number]!;
      }
      let end = 0;
      for (let position = 0; position < detectors.length; position++) {
        const detector = detectors[position]!;
        const found = detector.find(scan, index);
        if (scan.short) return this.#wait(index);
        if (!found) continue;
        end = scan.end;
        if (custom !== null) {
          // A rule of the user's own goes first where the two overlap.
          const state = custom.before(index, end);
          if (state === 'wait') return index;
          if (state === 'found') {
            onFind(custom.name, Math.min(scan.start, custom.start), Math.max(end, custom.end));
            end = Math.max(end, custom.end);
            break;
          }
        }
        onFind(detector.type, scan.start, end);
        break;
      }
      if (end > 0) {
        index = end;
        kindBefore = wordKind(text.charCodeAt(index - 1));
      } else {
        index++;
        kindBefore = kind;
      }
    }
    return length;
  }

  #wait(index: number): number {
    this.#scan.short = false;
    return index;
  }
}

/** Where something may begin that has no blank up to `end` and at most so many characters. */
function beginningOf(text: string, end: number, within: number): number {
  const least = Math.max(0, end - within);
  let index = end;
  while (index > least && text.charCodeAt(index - 1) > 32) index--;
  return index;
}

/** How many digits stand from `at` on, two at least; `maxRun` for as many and more. */
function runOf(text: string, at: number): number {
  let run = 2;
  while (run < maxRun && isDigit(text.charCodeAt(at + run))) run++;
  return run;
}

function withinOf(detectors: readonly Detector[], char: '@' | ':'): number {
  let within = -1;
  for (const { needs } of detectors) if (needs?.char === char) within = Math.max(within, needs.within);
  return within;
}
