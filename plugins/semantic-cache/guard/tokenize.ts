import { currencySigns } from './tables/currencies.ts';
import type { Token } from './token.ts';

/** Longer pieces without white space are codes: they are compared to the letter, not taken apart. */
const longestPiece = 120;
const opening = new Set('([{"\'“”„«»「」『』`¿¡*…');
const ending = new Set(')]}"\'“”„«»「」『』`.,;:!?*…。、！？，；：');
const sentenceEnd = new Set('.!?:;。！？\n');
const plain = /^[\p{P}]+$/u;
const operator = /[<>=+*/\\|&^~%#@_{}[\]()$]|^-{2,}$/;
const onlyLetters = /^[\p{L}\p{M}]+(?:['-][\p{L}\p{M}]+)*'?$/u;
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const camel = /\p{Ll}\p{Lu}|\p{Lu}{2}\p{Ll}{2}/u;
const slashed = /^[\p{L}\p{M}]{1,20}(?:\/[\p{L}\p{M}]{1,20})+$/u;
/** A number with what may be written to it: sign, digits with separators, and a tail of letters or signs. */
const number =
  /^[-+−]?[$€£¥₹₩₽₺₪₫₴₿]?\d[\d.,:]*(?:[-/]\d[\d.,]*)*(?:-?[\p{L}%°$€£¥₹₩₽₺₪₫₴₿µ/]{1,12})?(?:-\p{L}{1,20})?$/u;
let segmenter: Intl.Segmenter | undefined;

/** Takes a prepared text apart. Linear in its length. @param spans where quotes lie, start and end in turn */
export function tokenize(text: string, spans: readonly number[]): Token[] {
  const tokens: Token[] = [];
  let starts = true;
  let span = 0;
  let at = 0;
  for (const raw of text.match(/\S+/g) ?? []) {
    // Between one piece and the next there is only white space.
    at = text.indexOf(raw, at);
    while (span < spans.length && spans[span + 1]! <= at) span += 2;
    const quoted = span < spans.length && spans[span]! <= at + 1;
    if (at > 0 && text[at - 1] === '\n') starts = true;
    starts = piece(raw, tokens, starts, quoted);
    at += raw.length;
  }
  return tokens;
}

/** Adds the tokens of one piece. Returns whether a sentence begins behind it. */
function piece(raw: string, tokens: Token[], starts: boolean, quoted: boolean): boolean {
  let from = 0;
  let to = raw.length;
  while (from < to && opening.has(raw[from]!)) from++;
  while (to > from && ending.has(raw[to - 1]!)) to--;
  // The brackets of a pattern and of a call belong to it.
  if (isBracketed(raw, from, to)) {
    from = 0;
    to = raw.length;
    while (to > from && '.,;:!?'.includes(raw[to - 1]!)) to--;
  }
  const ends = to < raw.length && hasSentenceEnd(raw, to);
  const core = raw.slice(from, to);
  const add = (part: string, kind: Token['kind'], glued = false) =>
    tokens.push({ text: part, lower: part.toLowerCase(), kind, starts: starts && !glued, quoted, glued });
  if (core === '' || isPlain(core)) {
    // Runs of sentence marks and dashes mean nothing.
    return starts || ends || core === '';
  }
  if (core.length > longestPiece && !unspaced.test(core)) add(core, 'code');
  else if (unspaced.test(core)) segment(core, add);
  else if (onlyLetters.test(core)) {
    if (camel.test(core)) add(core, 'code');
    else splitWord(core, add);
  } else if (slashed.test(core))
    core.split('/').forEach((part, index) => {
      add(part, 'word', index > 0);
    });
  else if (number.test(core)) add(core, 'number');
  else if (/[\p{L}\p{N}]/u.test(core)) add(core, 'code');
  else add(core, 'symbol');
  return ends;
}

function splitWord(core: string, add: (part: string, kind: Token['kind'], glued?: boolean) => void): void {
  core.split('-').forEach((part, index) => {
    if (part !== '') add(part, 'word', index > 0);
  });
}

/** Scripts without spaces are taken apart by the platform's word breaker. */
function segment(core: string, add: (part: string, kind: Token['kind'], glued?: boolean) => void): void {
  segmenter ??= new Intl.Segmenter('und', { granularity: 'word' });
  let glued = false;
  for (const { segment: part, isWordLike } of segmenter.segment(core)) {
    if (isWordLike !== true) continue;
    add(part, /^\d/.test(part) ? 'number' : 'word', glued);
    glued = true;
  }
}

function isBracketed(raw: string, from: number, to: number): boolean {
  if (from === 0 && to === raw.length) return false;
  if (raw.includes('[') && raw.includes(']')) return true;
  return raw.slice(from).includes('(') || (raw.startsWith('{') && raw.includes('}'));
}

function hasSentenceEnd(raw: string, from: number): boolean {
  for (let at = from; at < raw.length; at++) if (sentenceEnd.has(raw[at]!)) return true;
  return false;
}

function isPlain(core: string): boolean {
  return plain.test(core) && !operator.test(core) && !currencySigns.has(core);
}
