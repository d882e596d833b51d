/** One member at the top of a JSON object's text: where it stands, key and value together. */
export interface JsonMember {
  readonly name: string;
  /** Of the key's quote. */
  readonly start: number;
  readonly valueStart: number;
  /** Behind the value. */
  readonly end: number;
}

const quote = 34;
const backslash = 92;

/**
 * The members at the top of a JSON object, found without parsing what is in them: a prompt of megabytes is neither built
 * nor written again to change a field beside it, and its bytes, by which providers cache, stay what they were.
 *
 * @throws SyntaxError for what is no JSON object. Values are not checked.
 */
export function topMembers(text: string): JsonMember[] {
  const members: JsonMember[] = [];
  let at = skipSpace(text, 0);
  if (text[at] !== '{') throw new SyntaxError('expected a JSON object');
  at = skipSpace(text, at + 1);
  while (text[at] !== '}') {
    const start = at;
    if (text.charCodeAt(at) !== quote) throw new SyntaxError(`expected a key at ${at}`);
    const keyEnd = skipString(text, at);
    at = skipSpace(text, keyEnd);
    if (text[at] !== ':') throw new SyntaxError(`expected ":" at ${at}`);
    const valueStart = skipSpace(text, at + 1);
    const end = skipValue(text, valueStart);
    members.push({ name: JSON.parse(text.slice(start, keyEnd)) as string, start, valueStart, end });
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
    else if (text[at] !== '}') throw new SyntaxError(`expected "," or "}" at ${at}`);
  }
  return members;
}

function skipSpace(text: string, at: number): number {
  while (' \n\r\t'.includes(text[at] ?? '#')) at += 1;
  return at;
}

/** @returns the index behind the closing quote. */
function skipString(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (text.charCodeAt(before) === backslash) before -= 1;
    if ((end - before) % 2 === 1) return end + 1;
  }
  throw new SyntaxError('a string does not end');
}

function skipValue(text: string, at: number): number {
  if (text.charCodeAt(at) === quote) return skipString(text, at);
  const nested = text[at] === '{' || text[at] === '[';
  let depth = 0;
  for (; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === '"') at = skipString(text, at) - 1;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0 && nested) return at + 1;
    } else if (depth === 0 && (character === ',' || ' \n\r\t'.includes(character))) return at;
  }
  throw new SyntaxError('a value does not end');
}
