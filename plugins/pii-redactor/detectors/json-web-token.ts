import { isAlnum } from '../characters.ts';
import type { Detector } from '../detector.ts';
import type { Scan } from '../scan.ts';
import { goesOnFrom } from './provider-key.ts';

const maxPart = 8192;
const leastPart = 10;

/** JSON web tokens (RFC 7519): a header that begins with `{"` in base64url, and two more parts. */
export const jsonWebToken: Detector = {
  type: 'secret',
  holdBackChars: 3,
  begins: (first, second) => first === 101 && second === 121,
  find(scan, at) {
    if (
      scan.at(at + 1) !== 121 ||
      scan.at(at + 2) !== 74 ||
      goesOnFrom(scan, at) ||
      scan.before(at - 1) === 46
    ) {
      return false;
    }
    const header = readPart(scan, at);
    if (header - at < leastPart || scan.at(header) !== 46) return false;
    const payload = readPart(scan, header + 1);
    if (payload - header <= leastPart || scan.at(payload) !== 46) return false;
    return scan.found(at, readPart(scan, payload + 1));
  },
};

function readPart(scan: Scan, from: number): number {
  let index = from;
  for (let code = scan.at(index); index - from < maxPart; code = scan.at(++index)) {
    if (!isAlnum(code) && code !== 95 && code !== 45) break;
  }
  return index;
}
