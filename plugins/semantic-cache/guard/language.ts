import { type TableLanguage, wordsByLanguage } from './tables/function-words.ts';
import type { Token } from './token.ts';

const scripts: readonly (readonly [RegExp, string])[] = [
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, 'ja'],
  [/\p{Script=Hangul}/u, 'ko'],
  [/\p{Script=Han}/u, 'zh'],
  [/\p{Script=Thai}/u, 'th'],
  [/\p{Script=Arabic}/u, 'ar'],
  [/\p{Script=Hebrew}/u, 'he'],
  [/\p{Script=Devanagari}/u, 'hi'],
  [/\p{Script=Greek}/u, 'el'],
  [/[іїєґ]/iu, 'uk'],
  [/\p{Script=Cyrillic}/u, 'ru'],
];
const latin: readonly TableLanguage[] = ['en', 'de', 'fr', 'es', 'pt', 'it', 'nl'];
/** Letters that speak for a language as a word does. */
const lettersOf: ReadonlyMap<TableLanguage, RegExp> = new Map([
  ['de', /[ßäöü]/],
  ['es', /ñ/],
  ['pt', /[ãõ]/],
  ['fr', /[êèœùû]/],
]);
const spanishMarks = /[¿¡]/;
const ascii = /^[\x00-\x7f]*$/;
/** Words that speak are counted among the first of a text only. */
const tokensRead = 200;

/** The language a text is asked in; what is quoted in it does not count. One vote is marked with `?`. */
export function languageOf(text: string, tokens: readonly Token[]): string {
  const own = tokens
    .slice(0, tokensRead)
    .filter((token) => !token.quoted && token.kind === 'word' && (token.starts || !isName(token)));
  const words = own.map((token) => token.lower);
  const joined = words.join('');
  const special = !ascii.test(text);
  if (special) {
    const script = scripts.find(([letter]) => letter.test(joined));
    // A foreign word in a Latin text, such as a name, does not change its language.
    if (script !== undefined && countLatin(joined) * 2 <= joined.length) return script[1];
  }
  let best: string = 'und';
  let most = 0;
  let tied = false;
  for (const language of latin) {
    const list = wordsByLanguage.get(language)!;
    let votes = 0;
    for (const word of words) if (list.has(word)) votes++;
    if (special && (lettersOf.get(language)?.test(joined) ?? false)) votes++;
    if (special && language === 'es' && spanishMarks.test(text)) votes++;
    if (votes > most) {
      best = language;
      most = votes;
      tied = false;
    } else if (votes === most) tied = true;
  }
  if (most === 0 || tied) return 'und';
  return most === 1 ? `${best}?` : best;
}

/** "Ben" is no Dutch verb. */
function isName({ text }: Token): boolean {
  return text.length > 1 && text !== text.toUpperCase() && /^\p{Lu}/u.test(text);
}

function countLatin(text: string): number {
  let count = 0;
  for (const char of text) if (/\p{Script=Latin}/u.test(char)) count++;
  return count;
}
