/** Where a text stops being JSON, and what should have been there. */
export interface JsonFault {
  /** Index into the text; its length where the text ends too early. */
  readonly index: number;
  readonly expected: string;
}

interface Reader {
  readonly text: string;
  at: number;
}

/**
 * Finds where a text stops being JSON. Only for texts that `JSON.parse` refused, whose own messages do not
 * always name a place. Recursive: the depth of the text must have been checked. Null where nothing is wrong.
 */
export function findJsonFault(text: string): JsonFault | null {
  const reader: Reader = { text, at: 0 };
  const fault = value(reader);
  if (fault !== null) return fault;
  space(reader);
  return reader.at === text.length ? null : fails(reader, 'the end of the body');
}

/** `line 3, column 7 (expected ',' or '}', found 'x')`, 1-based. */
export function describeFault(text: string, fault: JsonFault): string {
  return `${describePlace(text, fault.index)} (expected ${fault.expected}, found ${found(text, fault.index)})`;
}

/** `line 3, column 7`, 1-based. */
export function describePlace(text: string, index: number): string {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return `line ${line}, column ${index - lineStart + 1}`;
}

function found(text: string, index: number): string {
  const code = text.codePointAt(index);
  if (code === undefined) return 'the end of the body';
  if (code < 32 || code === 127) return `the control character U+${code.toString(16).padStart(4, '0')}`;
  return code === 39 ? `"'"` : `'${String.fromCodePoint(code)}'`;
}

function fails(reader: Reader, expected: string): JsonFault {
  return { index: Math.min(reader.at, reader.text.length), expected };
}

function space(reader: Reader): void {
  while (/^[ \n\r\t]$/.test(reader.text.charAt(reader.at))) reader.at++;
}

function value(reader: Reader): JsonFault | null {
  space(reader);
  const first = reader.text.charAt(reader.at);
  if (first === '"') return string(reader);
  if (first === '{') return list(reader, '}', member);
  if (first === '[') return list(reader, ']', value);
  if (first === '-' || (first >= '0' && first <= '9')) return number(reader);
  for (const word of ['true', 'false', 'null']) {
    if (first === word.charAt(0)) return literal(reader, word);
  }
  return fails(reader, 'a value');
}

function list(reader: Reader, close: string, item: (reader: Reader) => JsonFault | null): JsonFault | null {
  reader.at++;
  space(reader);
  if (reader.text.charAt(reader.at) === close) {
    reader.at++;
    return null;
  }
  for (;;) {
    const fault = item(reader);
    if (fault !== null) return fault;
    space(reader);
    const next = reader.text.charAt(reader.at);
    if (next !== ',' && next !== close) return fails(reader, `',' or '${close}'`);
    reader.at++;
    if (next === close) return null;
  }
}

function member(reader: Reader): JsonFault | null {
  space(reader);
  if (reader.text.charAt(reader.at) !== '"') return fails(reader, 'a member name in double quotes');
  const fault = string(reader);
  if (fault !== null) return fault;
  space(reader);
  if (reader.text.charAt(reader.at) !== ':') return fails(reader, "':'");
  reader.at++;
  return value(reader);
}

function string(reader: Reader): JsonFault | null {
  for (reader.at++; reader.at < reader.text.length; reader.at++) {
    const char = reader.text.charAt(reader.at);
    if (char === '"') {
      reader.at++;
      return null;
    }
    if (char < ' ') return fails(reader, 'an escape such as \\n');
    if (char !== '\\') continue;
    reader.at++;
    const escaped = reader.text.charAt(reader.at);
    if (escaped === 'u') {
      for (let digit = 0; digit < 4; digit++) {
        reader.at++;
        if (!/^[0-9a-fA-F]$/.test(reader.text.charAt(reader.at))) return fails(reader, 'a hexadecimal digit');
      }
    } else if (escaped === '' || !'"\\/bfnrt'.includes(escaped)) {
      return fails(reader, 'one of " \\ / b f n r t u after the backslash');
    }
  }
  return fails(reader, `'"' at the end of the string`);
}

function number(reader: Reader): JsonFault | null {
  const { text } = reader;
  if (text.charAt(reader.at) === '-') reader.at++;
  if (text.charAt(reader.at) === '0') reader.at++;
  else if (!digits(reader)) return fails(reader, 'a digit');
  if (text.charAt(reader.at) === '.') {
    reader.at++;
    if (!digits(reader)) return fails(reader, 'a digit');
  }
  if (text.charAt(reader.at) === 'e' || text.charAt(reader.at) === 'E') {
    reader.at++;
    if (text.charAt(reader.at) === '+' || text.charAt(reader.at) === '-') reader.at++;
    if (!digits(reader)) return fails(reader, 'a digit');
  }
  return null;
}

function digits(reader: Reader): boolean {
  const from = reader.at;
  while (/^[0-9]$/.test(reader.text.charAt(reader.at))) reader.at++;
  return reader.at > from;
}

function literal(reader: Reader, word: string): JsonFault | null {
  for (const char of word) {
    if (reader.text.charAt(reader.at) !== char) return fails(reader, `'${word}'`);
    reader.at++;
  }
  return null;
}
