/** Values that a text offers for the fields of a made-up object. */
export interface Hints {
  /** What stands in quotes, then names: words with a capital that do not begin a sentence. */
  readonly words: readonly string[];
  readonly numbers: readonly number[];
  readonly text: string;
}

/** Looked at; who writes more than this does not mean to fill in a form. */
const maxChars = 2000;

/** Reads hints from a text. The same text always gives the same. */
export function hintsOf(text: string): Hints {
  const read = text.slice(0, maxChars);
  const quoted = [...read.matchAll(/["“]([^"”\n]{1,60})["”]/g)].map((match) => match[1]!);
  const names = [...read.matchAll(/[\p{L}\p{N},;:] (\p{Lu}[\p{L}'-]{1,30})/gu)].map((match) => match[1]!);
  const numbers = [...read.matchAll(/(?<![\w.])-?\d{1,9}(?:\.\d{1,6})?(?![\w.]*\w)/g)].map((match) =>
    Number(match[0]),
  );
  return { words: [...new Set([...quoted, ...names])], numbers, text: read };
}

/** True when a text holds a word or a phrase, not merely as a part of other words. */
export function mentions(text: string, phrase: string): boolean {
  if (phrase === '') return false;
  const isWord = (char: string | undefined) => char !== undefined && /[\p{L}\p{N}_]/u.test(char);
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1)) {
    if (!isWord(text[at - 1]) && !isWord(text[at + phrase.length])) return true;
  }
  return false;
}

/** The hints of the next of several objects: the first word goes to the back. */
export function nextHints(hints: Hints): Hints {
  const turn = <T>(list: readonly T[]) => [...list.slice(1), ...list.slice(0, 1)];
  return { ...hints, words: turn(hints.words), numbers: turn(hints.numbers) };
}
