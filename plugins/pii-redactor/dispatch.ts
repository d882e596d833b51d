import type { Detector } from './detector.ts';

const none: readonly Detector[] = [];
const made = new Map<string, Dispatch>();
const numbers = new Map<Detector, number>();

function numberOf(detector: Detector): number {
  const number = numbers.get(detector) ?? numbers.size;
  numbers.set(detector, number);
  return number;
}

/** Which detectors to ask where: by the first two characters and whether a digit comes third. */
export class Dispatch {
  readonly #lists: (readonly Detector[])[] = [none];
  readonly #numbers = new Uint16Array(128 * 128 * 2);
  readonly #unknown: (readonly Detector[])[] = [];
  readonly #beyond: readonly Detector[];

  private constructor(detectors: readonly Detector[]) {
    // Sets of detectors as bits.
    const known = new Map<number, number>([[0, 0]]);
    for (let first = 0; first < 128; first++) {
      let any = 0;
      for (let pair = 0; pair < 256; pair++) {
        let set = 0;
        for (const [index, detector] of detectors.entries()) {
          if (detector.begins(first, pair >> 1, (pair & 1) === 1)) set |= 1 << index;
        }
        any |= set;
        let number = known.get(set);
        if (number === undefined) {
          number = this.#lists.length;
          known.set(set, number);
          this.#lists.push(detectors.filter((_, index) => (set & (1 << index)) !== 0));
        }
        this.#numbers[first * 256 + pair] = number;
      }
      this.#unknown.push(detectors.filter((_, index) => (any & (1 << index)) !== 0));
    }
    this.#beyond = detectors.filter(({ beginsBeyondAscii }) => beginsBeyondAscii === true);
  }

  /** The dispatch of some detectors, at most 31: one for all who ask for the same. */
  static of(detectors: readonly Detector[]): Dispatch {
    const key = detectors.map(numberOf).join();
    let dispatch = made.get(key);
    if (dispatch === undefined) {
      dispatch = new Dispatch(detectors);
      made.set(key, dispatch);
    }
    return dispatch;
  }

  /** @param first,second,third character codes; NaN where the text has not come that far. */
  at(first: number, second: number, third: number): readonly Detector[] {
    if (first >= 128) return this.#beyond;
    // Not there yet, or beyond ASCII: whoever may begin with the first character is asked.
    if (!(second < 128) || Number.isNaN(third)) return this.#unknown[first]!;
    const isDigit = third >= 48 && third <= 57 ? 1 : 0;
    return this.#lists[this.#numbers[first * 256 + second * 2 + isDigit]!]!;
  }
}
