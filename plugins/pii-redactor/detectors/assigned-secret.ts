import { isAlnum, isDigit, isLetter, isSpace, isUpper, isWord } from '../characters.ts';
import type { Detector } from '../detector.ts';
import type { Scan } from '../scan.ts';
import { entropyOf } from './entropy.ts';

type SecretKind = 'password' | 'key';

/** Endings of the names of passwords, which people choose, so they may be short, and of what machines choose. */
const endings: Readonly<Record<SecretKind, readonly string[]>> = {
  password: ['password', 'passwd', 'passphrase', 'passcode', 'pwd', 'passwort', 'contraseña'],
  key: [
    'secret',
    'token',
    'apikey',
    'secretkey',
    'accesskey',
    'authkey',
    'privatekey',
    'signingkey',
    'encryptionkey',
    'accountkey',
    'sharedkey',
    'subscriptionkey',
    'masterkey',
    'credential',
    'bearer',
  ],
};
/** By the code of their last character, which is below 256. */
const byLast: ((readonly [ending: string, kind: SecretKind])[] | undefined)[] = new Array(256).fill(
  undefined,
);
for (const kind of ['password', 'key'] as const) {
  for (const ending of endings[kind]) {
    const last = ending.charCodeAt(ending.length - 1);
    byLast[last] ??= [];
    byLast[last].push([ending, kind]);
  }
}
/** Whether some ending has these two letters last, by their codes. */
const lastTwo = new Uint8Array(256 * 256);
for (const ending of [...endings.password, ...endings.key]) {
  lastTwo[ending.charCodeAt(ending.length - 2) * 256 + ending.charCodeAt(ending.length - 1)] = 1;
}
const maxGap = 6;
const maxValue = 256;
const leastPassword = 6;
const leastKey = 16;

/** The value after a name that ends like `password=`, `"api_key": ` or `aws_secret_access_key = `. Only the value. */
export const assignedSecret: Detector = {
  type: 'secret',
  holdBackChars: 8,
  begins: (first) => first === 58 || first === 61,
  find(scan, at) {
    const kind = kindBefore(scan, at);
    if (kind === null) return false;
    let start = at + 1;
    if (scan.at(start) === 62 || scan.at(start) === 61) start++; // => and ==
    while (start - at < maxGap && (scan.at(start) === 32 || scan.at(start) === 9)) start++;
    const quote = scan.at(start);
    const quoted = quote === 34 || quote === 39 || quote === 96;
    if (quoted) start++;
    // `Authorization: Bearer …` is another's.
    const end = valueEnd(scan, start, quoted ? quote : 0, kind);
    // A sentence in quotes.
    if (quoted && kind === 'key' && isSpace(scan.at(end))) return false;
    return end > start && isSecret(scan.text, start, end, kind, quoted) && scan.found(start, end);
  },
};

/** The token after `Bearer `. Only the token. */
export const bearerToken: Detector = {
  type: 'secret',
  holdBackChars: 7,
  begins: (first, second) => (first | 32) === 98 && (second | 32) === 101,
  find(scan, at) {
    for (let index = 1; index < 6; index++) {
      if ((scan.at(at + index) | 32) !== 'bearer'.charCodeAt(index)) return false;
    }
    if (scan.at(at + 6) !== 32) return false;
    const start = at + 7;
    const end = valueEnd(scan, start, 0, 'key');
    return end > start && isSecret(scan.text, start, end, 'key', false) && scan.found(start, end);
  },
};

/** What the name before `=` or `:` ends with, in any case of letters, with or without `_` and `-` in it. */
function kindBefore(scan: Scan, at: number): SecretKind | null {
  let end = at - 1;
  while (at - end < 5 && (isSpace(scan.before(end)) || scan.before(end) === 34 || scan.before(end) === 39))
    end--;
  const last = scan.before(end) | 32;
  const some = last >= 0 && last < 256 ? byLast[last] : undefined;
  if (some === undefined) return null;
  const second = scan.before(end - 1);
  // Most names are none of these, which two letters tell.
  if (isLetter(second) && lastTwo[(second | 32) * 256 + last] === 0) return null;
  for (const [ending, kind] of some) if (endsWith(scan, end, ending)) return kind;
  return null;
}

function endsWith(scan: Scan, last: number, ending: string): boolean {
  let index = last;
  for (let left = ending.length - 1; left >= 0; left--) {
    while (scan.before(index) === 95 || scan.before(index) === 45) index--;
    if ((scan.before(index) | 32) !== ending.charCodeAt(left)) return false;
    index--;
    // `_` and `-` may be many: no further back than a stream remembers.
    if (last - index > 48) return false;
  }
  return true;
}

/** The end of a value: at its quote, at a blank, at what separates values. */
function valueEnd(scan: Scan, from: number, quote: number, kind: SecretKind): number {
  let index = from;
  for (; index - from < maxValue; index++) {
    const code = scan.at(index);
    if (code === -1 || code === 10 || code === 13 || code === quote) break;
    if (code === 92 && (quote === 0 || kind === 'key') && isEscape(scan.at(index + 1))) break;
    if (quote !== 0 && (kind === 'password' || !isSpace(code))) continue;
    if (
      isSpace(code) ||
      code === 34 ||
      code === 39 ||
      code === 96 ||
      code === 44 ||
      code === 59 ||
      code === 38
    )
      break;
    if (code === 60 || code === 62 || code === 41 || code === 93 || code === 125) break;
  }
  // The full stop of a sentence.
  while (
    quote === 0 &&
    index > from + 1 &&
    (scan.text.charCodeAt(index - 1) === 46 || scan.text.charCodeAt(index - 1) === 58)
  )
    index--;
  return index;
}

/** True for what looks chosen: no placeholder, no word, no code. */
function isSecret(text: string, from: number, to: number, kind: SecretKind, quoted: boolean): boolean {
  const length = to - from;
  if (length < (kind === 'password' ? leastPassword : leastKey)) return false;
  const first = text.charCodeAt(from);
  // $VAR, ${VAR}, {{var}}, <value>, [value], (call), ****, -----BEGIN
  if (
    !isAlnum(first) &&
    '$<{[(*-%&|/\\.#'.includes(text[from]!) &&
    !(quoted && kind === 'password' && first !== 42)
  )
    return false;
  let digits = 0;
  let uppers = 0;
  let lowers = 0;
  let marks = 0;
  let blanks = 0;
  for (let index = from; index < to; index++) {
    const code = text.charCodeAt(index);
    if (isDigit(code)) digits++;
    else if (isUpper(code)) uppers++;
    else if (isLetter(code)) lowers++;
    else if (code === 32) blanks++;
    else if (code === 40 || code === 123 || code === 36 || code === 60) return false;
    else if (code === 58 && text.startsWith('//', index + 1)) return false;
    else if (code !== 95) marks++;
  }
  if (blanks > 0 && kind === 'key') return false;
  if (kind === 'key' && (digits === 0 || uppers + lowers === 0)) return false;
  // Words and names: `required`, `getToken`, `YOUR_API_KEY`, `os.environ`.
  if (
    kind === 'password' &&
    digits === 0 &&
    (blanks > 0 || marks === 0 || (uppers + lowers > 0 && isPath(text, from, to)))
  )
    return false;
  return entropyOf(text, from, to) >= (kind === 'key' ? 2.7 : 2);
}

/** True for words with dots or hyphens between them only. */
function isPath(text: string, from: number, to: number): boolean {
  for (let index = from; index < to; index++) {
    const code = text.charCodeAt(index);
    if (!isWord(code) && code !== 46 && code !== 45) return false;
  }
  return true;
}

/** What comes after a backslash in JSON that was put into a text as it is. */
function isEscape(code: number): boolean {
  return code === 110 || code === 114 || code === 116 || code === 117 || code === 34;
}
