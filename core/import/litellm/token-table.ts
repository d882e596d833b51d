import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { parseCsv } from '../../reports/reconcile/csv.ts';

/** One row of `LiteLLM_VerificationToken`, and the line that it is on. */
export interface TokenRow {
  readonly line: number;
  readonly columns: JsonObject;
}

/** A dump that cannot be read. The message says what was expected; it holds nothing of the dump. */
export class DumpError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DumpError';
  }
}

/**
 * Reads a dump of the table: CSV with its columns as the head (`\copy "LiteLLM_VerificationToken" to 'keys.csv' csv
 * header`), or one JSON object a line (`select row_to_json(t) …`).
 *
 * @throws DumpError
 */
export function readTokenTable(text: string): TokenRow[] {
  const rows = /^\s*\{/.test(text) ? fromJsonLines(text) : fromCsv(text);
  if (rows.length === 0) throw new DumpError('expected rows of LiteLLM_VerificationToken; came none');
  if (!rows.some(({ columns }) => columns['token'] !== undefined)) {
    throw new DumpError(
      'expected the columns of LiteLLM_VerificationToken, among them "token"; came none of that name',
    );
  }
  return rows;
}

function fromJsonLines(text: string): TokenRow[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    let value: Json;
    try {
      value = JSON.parse(line) as Json;
    } catch {
      throw new DumpError(`line ${index + 1}: expected one JSON object a line; came something else`);
    }
    if (!isJsonObject(value)) throw new DumpError(`line ${index + 1}: expected a JSON object`);
    return [{ line: index + 1, columns: value }];
  });
}

function fromCsv(text: string): TokenRow[] {
  const { columns, lines } = parseCsv(text);
  return lines.map(({ number, cell }) => ({
    line: number,
    columns: Object.fromEntries(columns.map((name) => [name, cellValue(cell(name))])),
  }));
}

/** PostgreSQL writes null as nothing or `\N`, true as `t`, lists as `{a,"b c"}` and JSON as JSON. */
function cellValue(text: string): Json {
  if (text === '' || text === '\\N') return null;
  if (text === 't' || text === 'f') return text === 't';
  const first = text[0];
  if (first === '{' || first === '[') {
    try {
      return JSON.parse(text) as Json;
    } catch {
      return first === '{' ? arrayLiteral(text) : text;
    }
  }
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) && text.length < 20 ? Number(text) : text;
}

/** `{gpt-4o,"with space","a\"b"}` (PostgreSQL, 8.15.2 Array Value Input). */
function arrayLiteral(text: string): Json {
  const items: string[] = [];
  const body = text.slice(1, text.endsWith('}') ? -1 : undefined);
  let item = '';
  let quoted = false;
  for (let at = 0; at < body.length; at += 1) {
    const sign = body[at]!;
    if (sign === '\\') item += body[++at] ?? '';
    else if (sign === '"') quoted = !quoted;
    else if (sign === ',' && !quoted) {
      items.push(item);
      item = '';
    } else item += sign;
  }
  if (body !== '') items.push(item);
  return items;
}
