import type { ContentWord } from './facts.ts';
import { lightWords } from './tables/light-words.ts';
import { areSynonyms } from './tables/synonyms.ts';
import { isTypo } from './typo.ts';

/** Above this many words without a partner the two texts are different; looking for pairs would be quadratic. */
const mostUnpaired = 24;

/** Which words of two subjects stand for each other. */
export interface Alignment {
  /** Words of either side without a partner, each once. */
  readonly asked: readonly ContentWord[];
  readonly stored: readonly ContentWord[];
  /** Stems of the asked text that are paired by synonym or typo, with the stored stem. */
  readonly pairs: ReadonlyMap<string, string>;
}

/** Pairs words by base form, then the rest by synonym and by typo. Values and codes pair only with themselves. */
export function align(asked: readonly ContentWord[], stored: readonly ContentWord[]): Alignment {
  const left = unpaired(asked, stored);
  const right = unpaired(stored, asked);
  const pairs = new Map<string, string>();
  if (left.length > mostUnpaired || right.length > mostUnpaired) return { asked: left, stored: right, pairs };
  const rest: ContentWord[] = [];
  for (const word of left) {
    const partner = right.findIndex((other) => standsFor(word, other));
    if (partner < 0) rest.push(word);
    else {
      pairs.set(word.stem, right[partner]!.stem);
      right.splice(partner, 1);
    }
  }
  return { asked: rest, stored: right, pairs };
}

function unpaired(words: readonly ContentWord[], others: readonly ContentWord[]): ContentWord[] {
  const known = new Set<string>();
  for (const { stem, text } of others) known.add(stem).add(text);
  const left: ContentWord[] = [];
  for (const word of words) {
    if (known.has(word.stem) || known.has(word.text)) continue;
    known.add(word.stem);
    left.push(word);
  }
  return left;
}

function standsFor(one: ContentWord, other: ContentWord): boolean {
  if (one.kind === 'value' || other.kind === 'value' || one.kind === 'code' || other.kind === 'code')
    return false;
  if (areSynonyms(one.stem, other.stem)) return true;
  return one.kind === 'word' && other.kind === 'word' && isTypo(one.text, other.text);
}

/** Whether a word on one side only leaves the question what it was. */
export function isLight(word: ContentWord): boolean {
  return word.kind === 'word' && (lightWords.has(word.text) || lightWords.has(word.stem));
}
