import { knownWords } from './tables/known-words.ts';

const shortest = 5;

/**
 * Whether one word is a slip of the keyboard for the other: exactly one of the two is a known word, both begin alike,
 * and they differ by two letters that changed places, a letter too few or a letter too many. A letter put in the place
 * of another makes another word too often ("chloride", "chlorite"), and so do two unknown words ("ethanol", "methanol").
 */
export function isTypo(one: string, other: string): boolean {
  if (one[0] !== other[0] || Math.abs(one.length - other.length) > 1) return false;
  const oneKnown = knownWords.has(one);
  if (oneKnown === knownWords.has(other)) return false;
  const [right, wrong] = oneKnown ? [one, other] : [other, one];
  // An ending makes another word, or the same word that the stems would have paired.
  if (right.length < shortest || wrong === `${right}s` || wrong.startsWith(right) || right === `${wrong}s`)
    return false;
  let at = 0;
  while (at < right.length && right[at] === wrong[at]) at++;
  if (right.length === wrong.length) {
    return (
      right[at] === wrong[at + 1] &&
      right[at + 1] === wrong[at] &&
      right.slice(at + 2) === wrong.slice(at + 2)
    );
  }
  return right.length > wrong.length
    ? right.slice(at + 1) === wrong.slice(at)
    : right.slice(at) === wrong.slice(at + 1);
}
