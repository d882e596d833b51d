import { wordKind } from './characters.ts';
import type { CustomRule } from './custom-rule.ts';
import { CustomSearch } from './custom-rule.ts';
import type { Detector } from './detector.ts';
import { Dispatch } from './dispatch.ts';
import { Scan } from './scan.ts';

/** What was found: the detector's type or the rule's name, and its range, end exclusive. */
export type OnFind = (name: string, start: number, end: number) => void;

const atSign = 64;
/** Farther than any text is long, and an integer, which adds faster than infinity. */
const nowhere = 2 ** 30;

/** Finds everything of some kinds in a text, in one pass from left to right. The leftmost find wins, then the first detector. */
export class Finder {
  readonly #scan = new Scan();
  readonly #all: Dispatch;
  /** Those that may begin inside a word. */
  readonly #inside: Dispatch;
  /** How far ahead an `@` is where one of those may begin. */
  readonly #ahead: number;
  readonly #custom: CustomSearch | null;

  constructor(detectors: readonly Detector[], rules: readonly CustomRule[] = []) {
    this.#all = Dispatch.of(detectors);
    const within = detectors.filter(({ insideWords }) => insideWords !== undefined);
    this.#inside = Dispatch.of(within);
    this.#ahead = within[0]?.insideWords ?? nowhere;
    this.#custom = rules.length === 0 ? null : new CustomSearch(rules);
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
    const all = this.#all;
    const inside = this.#inside;
    const ahead = this.#ahead;
    scan.set(text, final);
    custom?.set(text, final);
    const { length } = text;
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
      const code = text.charCodeAt(index);
      const kind = wordKind(code);
      let dispatch = all;
      if (kind === kindBefore && kind !== 0) {
        // Most characters are inside words.
        const mark = index + ahead;
        if (mark < length ? text.charCodeAt(mark) !== atSign : final) {
          index++;
          continue;
        }
        dispatch = inside;
      }
      const detectors = dispatch.at(code, text.charCodeAt(index + 1), text.charCodeAt(index + 2));
      if (detectors.length === 0) {
        index++;
        kindBefore = kind;
        continue;
      }
      let end = 0;
      for (let position = 0; position < detectors.length; position++) {
        const detector = detectors[position]!;
        if (detector.needs !== undefined && !scan.isNear(detector.needs, index)) continue;
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
