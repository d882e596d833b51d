import { isAlnum, isSpace, isUpper } from '../characters.ts';
import type { Detector } from '../detector.ts';
import type { Scan } from '../scan.ts';

/** RSA with 16,384 bits takes 12 KB. */
const maxChars = 16_384;
/** Base64 characters in a row that prose does not have. */
const keyRun = 24;
const begin = '-----BEGIN ';
const end = '-----END ';

/**
 * A private key in PEM (RFC 7468), from its BEGIN line to its END line, with line breaks as they are or as `\n`. Without
 * the END line it reaches as far as the key does. Public keys and certificates are none.
 */
export const privateKey: Detector = {
  type: 'secret',
  holdBackChars: begin.length,
  begins: (first, second) => first === 45 && second === 45,
  find(scan, at) {
    if (scan.before(at - 1) === 45 || !readWord(scan, at, begin)) return false;
    let index = at + begin.length;
    while (index - at < 64 && (isUpper(scan.at(index)) || scan.at(index) === 32)) index++;
    const label = scan.text.slice(at + begin.length, index);
    if (!label.includes('PRIVATE KEY') || !readWord(scan, index, '-----')) return false;
    index += 5;
    // A body of base64, perhaps after headers such as `Proc-Type: 4,ENCRYPTED`. It stops at the first hyphen that
    // begins no END line, so no character is read for two keys.
    let run = 0;
    let keyEnd = 0;
    for (; index - at < maxChars; index++) {
      const code = scan.at(index);
      if (isAlnum(code) || code === 43 || code === 47 || code === 61) {
        if (++run >= keyRun) keyEnd = index + 1;
        continue;
      }
      if (code === 45) {
        if (readWord(scan, index, end)) return scan.found(at, readEnd(scan, index + end.length));
        if (scan.at(index + 1) === 45 || !isAlnum(scan.at(index + 1))) break;
      } else if (code === -1) {
        // The text broke off inside the key: what little is left of it goes, too.
        if (keyEnd > 0) keyEnd = scan.length;
        break;
      } else if (!isSpace(code) && code !== 92 && code !== 58 && code !== 44) break;
      run = 0;
    }
    return keyEnd > 0 && scan.found(at, keyEnd);
  },
};

/** The end of the END line: its label and five hyphens. */
function readEnd(scan: Scan, from: number): number {
  let index = from;
  while (index - from < 40 && (isUpper(scan.at(index)) || scan.at(index) === 32)) index++;
  for (let count = 0; count < 5 && scan.at(index) === 45; count++) index++;
  return index;
}

function readWord(scan: Scan, at: number, word: string): boolean {
  for (let index = 0; index < word.length; index++) {
    if (scan.at(at + index) !== word.charCodeAt(index)) return false;
  }
  return true;
}
