import { volatilePhrases, volatileWords } from './volatile-words.ts';

/** UTF-16 units of a text that are read. */
const readUnits = 4096;
const words = /[\p{L}\p{M}\p{N}]+/gu;
const quoted = /"[^"]*"|“[^”]*”|`[^`]*`/g;
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/** The answer to such a prompt is soon another one: it should not be stored, or only shortly. */
export interface Volatility {
  /** The word or phrase that shows it, in lower case: one of the tables, never the prompt's own text. */
  readonly word: string;
}

/**
 * Whether a prompt asks for what changes by itself: today, now, the latest, the weather, a price. Null where no word
 * shows it. Quoted text does not count. Linear in the text, of which the first 4,096 UTF-16 units are read.
 */
export function isVolatile(text: string): Volatility | null {
  const read = text.slice(0, readUnits).normalize('NFKC').toLowerCase().replace(quoted, ' ');
  if (unspaced.test(read)) {
    for (const word of unspacedWords) if (read.includes(word)) return { word };
  }
  let before = '';
  for (const word of read.match(words) ?? []) {
    if (volatileWords.has(word)) return { word };
    const phrase = `${before} ${word}`;
    if (volatilePhrases.has(phrase)) return { word: phrase };
    before = word;
  }
  return null;
}

const unspacedWords = [...volatileWords].filter((word) => unspaced.test(word));
