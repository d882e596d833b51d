import { isWord } from '../characters.ts';
import { maxPseudonymChars, type Pseudonyms } from '../pseudonyms.ts';
import type { Scan } from '../scan.ts';

/** Finds the pseudonyms of a request, in brackets: what an answer has in place of the values behind them. */
class PseudonymDetector {
  readonly type = 'pseudonym';
  readonly holdBackChars = maxPseudonymChars;
  /** Of the request whose answer is looked through: set before each run, which nothing interrupts. */
  names: Pseudonyms | null = null;

  begins(first: number, second: number): boolean {
    return first === 60 && isWord(second);
  }

  find(scan: Scan, at: number): boolean {
    let index = at + 1;
    while (index - at < maxPseudonymChars && isWord(scan.at(index))) index++;
    if (index === at + 1 || scan.at(index) !== 62) return false;
    const value = this.names?.valueOf(scan.text.slice(at + 1, index));
    return value !== undefined && scan.found(at, index + 1);
  }
}

export const pseudonym = new PseudonymDetector();
