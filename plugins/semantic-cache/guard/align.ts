import type { ContentWord, Facts } from './facts.ts';
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
  /** All words of either side. */
  readonly askedWords: Vocabulary;
  readonly storedWords: Vocabulary;
}

/** The words of a text: its frame, and its subject in base form and as written. They are gathered when first asked for. */
export class Vocabulary {
  readonly #facts: Pick<Facts, 'content' | 'frame'>;
  #words: Set<string> | null = null;

  constructor(facts: Pick<Facts, 'content' | 'frame'>) {
    this.#facts = facts;
  }

  has(word: string): boolean {
    this.#words ??= this.#gathered();
    return this.#words.has(word);
  }

  #gathered(): Set<string> {
    const words = new Set(this.#facts.frame);
    for (const { stem, text } of this.#facts.content) words.add(stem).add(text);
    return words;
  }
}

/** Pairs words by base form, then the rest by synonym and by typo. Values and codes pair only with themselves. */
export function align(asked: Facts, stored: Facts): Alignment {
  const words = { askedWords: new Vocabulary(asked), storedWords: new Vocabulary(stored) };
  const left = unpaired(asked.content, stored.content);
  const right = unpaired(stored.content, asked.content);
  const pairs = new Map<string, string>();
  if (left.length > mostUnpaired || right.length > mostUnpaired)
    return { asked: left, stored: right, pairs, ...words };
  const rest: ContentWord[] = [];
  for (const word of left) {
    const partner = right.findIndex((other) => standsFor(word, other));
    if (partner < 0) rest.push(word);
    else {
      pairs.set(word.stem, right[partner]!.stem);
      right.splice(partner, 1);
    }
  }
  return { asked: rest, stored: right, pairs, ...words };
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
