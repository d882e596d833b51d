import { isLetter } from './characters.ts';
import type { Scan } from './scan.ts';

/** How far before a number a word counts, in characters. */
const reach = 40;

/** Words that say what the number after them is. */
export const words = {
  phone: new Set(
    'phone telephone tel tél téléphone telefon telefono teléfono telefone telefoon telephon phones mobile mobil móvil cell cellphone handy fax call calls dial sms whatsapp landline rufnummer'.split(
      ' ',
    ),
  ),
  ssn: new Set('ssn ssns social security'.split(' ')),
  card: new Set('card cards visa credit debit cc pan'.split(' ')),
  /** Codes of goods and devices, some of which carry the checksum of cards. */
  goods: new Set('imei imeisv isbn ean gtin upc iccid issn orcid'.split(' ')),
  /** A number of something, whatever it looks like. */
  otherNumber: new Set(
    'imei isbn ean gtin upc sku asin vin doi orcid issn arxiv order ticket tracking invoice serial part batch build version commit customer account ref reference id po rfc zip flight article'.split(
      ' ',
    ),
  ),
  version: new Set(
    'version versions ver v section sections chapter clause paragraph para § article release rev revision build firmware item rule figure table appendix update upgrade schema kernel driver'.split(
      ' ',
    ),
  ),
} as const;
export type ContextName = keyof typeof words;

/** Lengths of words from here on are not told apart. */
const maxLength = 31;
/** By first letter (ASCII, in small) and length: whether the list has such a word. It spares most words a look-up. */
const shapes = Object.fromEntries(
  Object.entries(words).map(([name, list]) => {
    const table = new Uint8Array(128 * (maxLength + 1));
    for (const word of list) {
      const first = word.charCodeAt(0);
      if (first < 128) table[first * (maxLength + 1) + Math.min(word.length, maxLength)] = 1;
    }
    return [name, table];
  }),
) as Readonly<Record<ContextName, Uint8Array>>;

/** True where one of the words stands before `at`, at most 40 characters away and in the same sentence. */
export function saidBefore(scan: Scan, at: number, name: ContextName, count = 3): boolean {
  const list: ReadonlySet<string> = words[name];
  const table = shapes[name];
  const least = Math.max(0, at - reach);
  let index = at - 1;
  for (let seen = 0; seen < count && index >= least; seen++) {
    while (index >= least && !isWordLetter(scan.text.charCodeAt(index))) {
      const code = scan.text.charCodeAt(index);
      // Another number, sentence or line: what was said there is about something else.
      if (
        code === 10 ||
        (code === 46 && index < at - 1 && scan.text.charCodeAt(index + 1) === 32 && index < at - 4)
      )
        return false;
      index--;
    }
    const end = index + 1;
    while (index >= least && isWordLetter(scan.text.charCodeAt(index))) index--;
    const length = end - index - 1;
    if (length === 0) continue;
    const first = scan.text.charCodeAt(index + 1);
    if (first < 128 && table[(first | 32) * (maxLength + 1) + Math.min(length, maxLength)] === 0) continue;
    if (list.has(scan.text.slice(index + 1, end).toLowerCase())) return true;
  }
  return false;
}

function isWordLetter(code: number): boolean {
  return isLetter(code) || code === 0xa7 || (code >= 0xc0 && code < 0x250);
}
