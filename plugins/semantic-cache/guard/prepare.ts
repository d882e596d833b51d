import { hash } from 'node:crypto';

/** UTF-16 units of a text that are read; what lies behind must be equal to the letter. */
export const guardedUnits = 3072;

export interface Prepared {
  /** The part to read; a capital letter that only begins the text is a small one. */
  readonly text: string;
  readonly fingerprint: string;
  readonly tail: string;
}

const apostrophes = /[’‘ʼ´]/g;
/** A first word with at most its first letter in upper case: "US" and "iPhone" are no accident of the sentence. */
const firstWord = /^[¿¡(]?\p{Lu}[\p{Ll}\p{Lo}\p{M}]*(?=[\s\p{P}]|$)/u;

/**
 * Compatibility forms, apostrophes and white space made one; the part to read and digests of it all. Lone surrogates
 * become U+FFFD. A text above {@link guardedUnits} is cut at a code point and its rest goes into `tail`.
 */
export function prepare(raw: string): Prepared {
  const trimmed = raw.trim();
  let end = Math.min(trimmed.length, guardedUnits);
  if (end < trimmed.length && isHighSurrogate(trimmed.charCodeAt(end - 1))) end--;
  const normal = trimmed.slice(0, end).toWellFormed().normalize('NFKC').replace(apostrophes, "'").trim();
  // One character may become eighteen when it is normalised.
  let keep = Math.min(normal.length, guardedUnits);
  if (keep < normal.length && isHighSurrogate(normal.charCodeAt(keep - 1))) keep--;
  const rest = normal.slice(keep) + trimmed.slice(end);
  const text = normal.slice(0, Math.min(64, keep)).replace(firstWord, lower) + normal.slice(64, keep);
  return {
    text,
    fingerprint: digest(text.replace(/\s+/g, ' ')),
    tail: rest === '' ? '' : digest(rest),
  };
}

function lower(word: string): string {
  return word.toLowerCase();
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function digest(text: string): string {
  return hash('sha256', Buffer.from(text, 'utf16le'), 'base64url').slice(0, 22);
}
