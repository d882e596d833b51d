import { irregularForms } from './tables/irregular.ts';
import { knownWords } from './tables/known-words.ts';

const vowel = /[aeiouy]/;
/** Adverbs that mean something else than their adjective. */
const otherAdverbs = new Set([
  'hardly',
  'lately',
  'nearly',
  'shortly',
  'mostly',
  'justly',
  'only',
  'early',
  'daily',
  'weekly',
  'monthly',
  'yearly',
  'family',
  'reply',
  'apply',
  'supply',
  'italy',
  'july',
  'assembly',
  'rally',
  'fly',
  'ally',
  'bully',
  'belly',
  'jelly',
  'butterfly',
  'imply',
  'comply',
  'multiply',
]);
const latin = /^[a-z]+$/;

/** Base form of a lower-case word: English endings only, the list of known words decides about a silent e. */
export function stem(word: string): string {
  const known = irregularForms.get(word);
  if (known !== undefined) return known;
  if (word.length < 4 || word.length > 40 || !latin.test(word)) return word;
  const singular = withoutPlural(word);
  const base = withoutEnding(singular);
  const found = irregularForms.get(base) ?? base;
  if (found.length >= 7 && found.endsWith('e') && !knownWords.has(found.slice(0, -1)))
    return found.slice(0, -1);
  return found;
}

function withoutPlural(word: string): string {
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (!word.endsWith('s') || /(?:ss|us|is|news|ous)$/.test(word)) return word;
  if (/(?:ss|sh|ch|x|zz)es$/.test(word)) return word.slice(0, -2);
  return word.slice(0, -1);
}

function withoutEnding(word: string): string {
  if (word.endsWith('ing') && word.length > 5) return verbBase(word, word.slice(0, -3));
  if (word.endsWith('ied') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (word.endsWith('ed') && !word.endsWith('eed') && word.length > 4)
    return verbBase(word, word.slice(0, -2));
  if (word.endsWith('ly') && word.length > 5 && !otherAdverbs.has(word)) {
    if (word.endsWith('ply') || word.endsWith('bly')) return `${word.slice(0, -1)}e`;
    if (word.endsWith('ily')) return `${word.slice(0, -3)}y`;
    return word.slice(0, -2);
  }
  return word;
}

/** What is before -ing or -ed, with the e or without the double letter that it had. */
function verbBase(word: string, rest: string): string {
  if (rest.length < 2 || !vowel.test(rest)) return word;
  const last = rest[rest.length - 1]!;
  const doubled = last === rest[rest.length - 2];
  if (doubled && !knownWords.has(rest))
    return 'lsz'.includes(last) && rest.length > 5 ? rest.slice(0, -1) : undouble(rest);
  if (knownWords.has(`${rest}e`) && !knownWords.has(rest)) return `${rest}e`;
  if (knownWords.has(rest)) return rest;
  // Unknown: the endings that nearly always had an e. Long words lose it again in `stem`.
  return /(?:[cvuz]|[^aeiou]s|ng|at|iz|ut)$/.test(rest) || isShort(rest) ? `${rest}e` : rest;
}

function undouble(rest: string): string {
  const single = rest.slice(0, -1);
  return 'lsfz'.includes(rest[rest.length - 1]!) && !knownWords.has(single) ? rest : single;
}

/** One vowel between consonants: "hop" of "hoping", as "hopping" doubles its p. */
function isShort(rest: string): boolean {
  return /^[^aeiou]*[aeiou][^aeiouwxy]$/.test(rest);
}
