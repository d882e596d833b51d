/** A file that is not what was expected. `message` says what was, and what came. */
export class InvoiceError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvoiceError';
  }
}

/** A CSV file: its columns, and each line by column. */
export interface CsvFile {
  readonly columns: readonly string[];
  readonly lines: readonly CsvLine[];
}

export interface CsvLine {
  /** Number of the line in the file, from 1, for messages. */
  readonly number: number;
  /** The cell of a column without its margins; '' where the line has none. */
  cell(column: string): string;
}

/**
 * Reads CSV (RFC 4180), also with tabs or semicolons between the cells and with a byte order mark, as spreadsheets write it.
 *
 * @throws InvoiceError for a quote that never ends.
 */
export function parseCsv(text: string): CsvFile {
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  const records = recordsOf(body, separatorOf(body));
  const [head, ...rest] = records;
  const columns = (head?.cells ?? []).map((name) => name.trim());
  const places = new Map(columns.map((name, index) => [name, index]));
  const lines = rest
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ''))
    .map(({ number, cells }) => ({
      number,
      cell: (column: string) => cells[places.get(column) ?? -1]?.trim() ?? '',
    }));
  return { columns, lines };
}

/** The one that is most often in the head. */
function separatorOf(text: string): string {
  const head = text.slice(0, Math.max(0, text.indexOf('\n'))) || text;
  const count = (mark: string) => head.split(mark).length;
  return [',', '\t', ';'].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

interface CsvRecord {
  readonly number: number;
  readonly cells: string[];
}

function recordsOf(text: string, separator: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let cells: string[] = [];
  let line = 1;
  let number = 1;
  let at = 0;
  const endRecord = () => {
    records.push({ number, cells });
    cells = [];
    number = line;
  };
  while (at < text.length) {
    let cell: string;
    if (text[at] === '"') {
      const quoted = quotedCell(text, at, number);
      cell = quoted.cell;
      line += quoted.lines;
      at = quoted.end;
    } else {
      const start = at;
      while (at < text.length && text[at] !== separator && text[at] !== '\n') at += 1;
      cell = text.slice(start, at).replace(/\r$/, '');
    }
    cells.push(cell);
    // What follows a closing quote is no part of the cell.
    while (at < text.length && text[at] !== separator && text[at] !== '\n') at += 1;
    if (at >= text.length) break;
    if (text[at] === '\n') {
      line += 1;
      endRecord();
    } else if (at === text.length - 1) cells.push('');
    at += 1;
  }
  if (cells.length > 0) endRecord();
  return records;
}

function quotedCell(
  text: string,
  start: number,
  number: number,
): { cell: string; end: number; lines: number } {
  let cell = '';
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0)
      throw new InvoiceError(`line ${number}: expected a closing quote; the file ends without one`);
    cell += text.slice(from, quote);
    if (text[quote + 1] !== '"') return { cell, end: quote + 1, lines: cell.split('\n').length - 1 };
    cell += '"';
    from = quote + 2;
  }
}
