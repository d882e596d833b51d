import { isLetter, isSpace } from '../characters.ts';
import type { Detector } from '../detector.ts';
import type { Scan } from '../scan.ts';

const maxUser = 60;
const maxPassword = 256;

/**
 * `user:password` between `//` and `@` of a URL (RFC 3986, 3.2.1). Only that: scheme and host stay. Not where the
 * password is a placeholder such as `${PASSWORD}` or `<password>`.
 */
export const urlCredentials: Detector = {
  type: 'url_credentials',
  holdBackChars: 63,
  begins: (first, second) => first === 58 && second === 47,
  find(scan, at) {
    if (!isLetter(scan.before(at - 1)) || scan.at(at + 1) !== 47 || scan.at(at + 2) !== 47) return false;
    const start = at + 3;
    let colon = 0;
    let end = 0;
    for (let index = start; ; index++) {
      const code = scan.at(index);
      if (code === 64 && colon > 0) end = index;
      else if (code === 58 && colon === 0) colon = index;
      else if (endsAuthority(code)) break;
      if (colon === 0 ? index - start >= maxUser : index - colon >= maxPassword) break;
    }
    if (end === 0 || end === colon + 1 || isPlaceholder(scan, colon + 1, end)) return false;
    return scan.found(start, end);
  },
};

function endsAuthority(code: number): boolean {
  // / ? # " < > ` \ and everything blank
  return (
    code === -1 ||
    isSpace(code) ||
    code === 47 ||
    code === 63 ||
    code === 35 ||
    code === 34 ||
    code === 60 ||
    code === 62 ||
    code === 96 ||
    code === 92
  );
}

function isPlaceholder(scan: Scan, from: number, to: number): boolean {
  const first = scan.text.charCodeAt(from);
  // $ { [ < * %s
  if (first === 36 || first === 123 || first === 91 || first === 42) return true;
  return /^(?:x{3,}|\.{3,}|pass(?:word)?|pwd|%s)$/i.test(scan.text.slice(from, Math.min(to, from + 32)));
}
