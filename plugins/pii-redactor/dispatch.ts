import type { Detector } from './detector.ts';

/** Runs of digits are counted up to here: no find begins with as many. */
export const maxRun = 20;

const made = new Map<string, Dispatch>();
const numbers = new Map<Detector, number>();

function numberOf(detector: Detector): number {
  const number = numbers.get(detector) ?? numbers.size;
  numbers.set(detector, number);
  return number;
}

/** What of `needs` is near: a bit each. */
export const atNear = 1;
export const colonNear = 2;

/**
 * Which detectors to ask where: by the first two characters and whether a digit comes third, or by the run of digits and
 * what comes after it, and by what is near of the characters that finds need. Most places have nobody to ask, so the
 * tables are open to be read in place; a number in them stands for a set of detectors, 0 for nobody.
 */
export class Dispatch {
  /** Sets of detectors by number. */
  readonly lists: (readonly Detector[])[] = [[]];
  /** By what is near: numbers by `first * 256 + second * 2 + (third is a digit)`. */
  readonly pairs: readonly Uint8Array[];
  /** By what is near: numbers by `run * 128 + next`, for runs of 2 to `maxRun` - 1 digits. */
  readonly runs: readonly Uint8Array[];
  /** By what is near: numbers by the first character, where the others are not there yet or beyond ASCII. */
  readonly firsts: readonly Uint8Array[];
  /** By what is near: the number for characters beyond ASCII. */
  readonly beyond: readonly number[];
  readonly #numbers = new Map<string, number>([['', 0]]);

  private constructor(detectors: readonly Detector[]) {
    const pairs = [];
    const runs = [];
    const firsts = [];
    const beyond = [];
    for (const near of [0, atNear, colonNear, atNear | colonNear]) {
      const some = detectors.filter(
        ({ needs }) => needs === undefined || (near & (needs.char === '@' ? atNear : colonNear)) !== 0,
      );
      firsts.push(new Uint8Array(128));
      pairs.push(this.#pairsOf(some, firsts.at(-1)!));
      runs.push(this.#runsOf(some));
      beyond.push(this.#number(some.filter(({ beginsBeyondAscii }) => beginsBeyondAscii === true)));
    }
    this.pairs = pairs;
    this.runs = runs;
    this.firsts = firsts;
    this.beyond = beyond;
  }

  /** The dispatch of some detectors: one for all who ask for the same. */
  static of(detectors: readonly Detector[]): Dispatch {
    const key = detectors.map(numberOf).join();
    let dispatch = made.get(key);
    if (dispatch === undefined) {
      dispatch = new Dispatch(detectors);
      made.set(key, dispatch);
    }
    return dispatch;
  }

  #pairsOf(detectors: readonly Detector[], firsts: Uint8Array): Uint8Array {
    const pairs = new Uint8Array(128 * 256);
    for (let first = 0; first < 128; first++) {
      const any = new Set<Detector>();
      for (let pair = 0; pair < 256; pair++) {
        const some = detectors.filter((one) => one.begins(first, pair >> 1, (pair & 1) === 1));
        for (const one of some) any.add(one);
        pairs[first * 256 + pair] = this.#number(some);
      }
      firsts[first] = this.#number(detectors.filter((one) => any.has(one)));
    }
    return pairs;
  }

  #runsOf(detectors: readonly Detector[]): Uint8Array {
    const runs = new Uint8Array(maxRun * 128);
    for (let run = 2; run < maxRun; run++) {
      const some = detectors.filter((one) => one.begins(49, 49, run > 2));
      for (let next = 0; next < 128; next++) {
        runs[run * 128 + next] = this.#number(some.filter((one) => one.beginsRun?.(run, next) ?? true));
      }
    }
    return runs;
  }

  #number(set: readonly Detector[]): number {
    const key = set.map(numberOf).join();
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.lists.length;
      if (number > 255) throw new RangeError('expected at most 256 sets of detectors');
      this.#numbers.set(key, number);
      this.lists.push(set);
    }
    return number;
  }
}
