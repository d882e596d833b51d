const quote = 34;
const backslash = 92;

/** Index of the first character at or after `from` that is no JSON whitespace. */
export function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return at;
    at++;
  }
}

/**
 * Index of the quote that ends the string whose opening quote is at `open`; -1 where there is none.
 * Uses `indexOf`, so a long string costs a memory scan and no loop.
 */
export function endOfString(text: string, open: number): number {
  let at = text.indexOf('"', open + 1);
  while (at !== -1) {
    let before = at - 1;
    while (text.charCodeAt(before) === backslash) before--;
    if (((at - before) & 1) === 1) return at;
    at = text.indexOf('"', at + 1);
  }
  return -1;
}

/** Index after the value that begins at `start`. The text must be valid JSON from there on. */
export function skipValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === quote) return endOfString(text, start) + 1;
  if (first !== 123 && first !== 91) return skipScalar(text, start);
  let depth = 0;
  for (let at = start; ; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === 123 || code === 91) depth++;
    else if ((code === 125 || code === 93) && --depth === 0) return at + 1;
  }
}

/** Numbers, `true`, `false`, `null`: everything up to a comma, a closing bracket or whitespace. */
function skipScalar(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code <= 32 || code === 44 || code === 93 || code === 125) break;
    at++;
  }
  return at;
}

/** The member name whose opening and closing quotes are at `open` and `close`. */
export function nameAt(text: string, open: number, close: number): string {
  const raw = text.slice(open + 1, close);
  return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
}
