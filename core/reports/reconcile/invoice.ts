import { type CsvLine, InvoiceError, parseCsv } from './csv.ts';
import { type InvoiceFormat, invoiceFormats, lineItems, type TokenClass, tokenTypes } from './format.ts';
import { modelFamily } from './model-name.ts';

/** One line of an invoice, read. */
export interface InvoiceLine {
  /** `2026-01-31`, UTC. */
  readonly day: string;
  /** Null for what is not paid by token: searches, code, storage. */
  readonly model: string | null;
  /** Names that the line gives the key, the best first; none where it has none. */
  readonly keys: readonly string[];
  readonly requests: number;
  readonly tokens: Readonly<Partial<Record<TokenClass, number>>>;
  readonly costNanoUsd: Readonly<Partial<Record<TokenClass | 'tools', number>>>;
}

/** An export of a provider. */
export interface Invoice {
  readonly format: InvoiceFormat;
  readonly lines: readonly InvoiceLine[];
  /** The days that the export is about, with usage or without. */
  readonly firstDay: string;
  readonly lastDay: string;
  /** Whether lines of costs also say how many tokens they are for. */
  readonly hasTokens: boolean;
}

/**
 * Reads an export.
 *
 * @throws InvoiceError for a file of no known format, or a line that is not understood.
 */
export function readInvoice(text: string): Invoice {
  const { columns, lines } = parseCsv(text);
  const format = invoiceFormats.find(({ known }) => known.every((name) => columns.includes(name)));
  if (format === undefined) {
    const known = invoiceFormats.map(({ title, known: names }) => `  ${title}: ${names.join(', ')}, …`);
    throw new InvoiceError(
      `expected one of these exports, known by their columns:\n${known.join('\n')}\ncame: ${columns.slice(0, 20).join(', ') || 'an empty file'}`,
    );
  }
  const read = lines.map((line) => readLine(line, format)).filter((line) => line !== null);
  if (read.length === 0)
    throw new InvoiceError(`expected lines of ${format.title}; the file has none with usage`);
  const priced = read.filter(({ model }) => model !== null);
  const hasTokens = format.cost === undefined || priced.every(({ tokens }) => Object.keys(tokens).length > 0);
  const days = lines.map((line) => dayOf(line, format)).sort();
  return { format, lines: read, firstDay: days[0]!, lastDay: days.at(-1)!, hasTokens };
}

function readLine(line: CsvLine, format: InvoiceFormat): InvoiceLine | null {
  const { cost, tokens, requests } = format;
  const shared = {
    day: dayOf(line, format),
    keys: format.keys.map((column) => line.cell(column)).filter((key) => key !== ''),
  };
  if (cost !== undefined) return costLine(line, cost, shared, line.cell(format.model));
  const counted: Partial<Record<TokenClass, number>> = {};
  for (const [name, columns] of Object.entries(tokens!) as [
    TokenClass,
    readonly { column: string; minus?: readonly string[] }[],
  ][]) {
    counted[name] = columns.reduce((sum, { column, minus = [] }) => {
      const besides = minus.reduce((rest, other) => rest + count(line, other), 0);
      return sum + Math.max(0, count(line, column) - besides);
    }, 0);
  }
  const model = line.cell(format.model);
  const used = Object.values(counted).some((value) => value > 0);
  // A day without usage is a line with its dates only.
  if (model === '' && !used) return null;
  if (model === '') {
    throw new InvoiceError(`line ${line.number}: expected a model; came none. Group the export by model.`);
  }
  return {
    ...shared,
    model: modelFamily(model),
    requests: requests === undefined ? 0 : count(line, requests),
    tokens: counted,
    costNanoUsd: {},
  };
}

function costLine(
  line: CsvLine,
  cost: NonNullable<InvoiceFormat['cost']>,
  shared: Pick<InvoiceLine, 'day' | 'keys'>,
  model: string,
): InvoiceLine | null {
  const text = line.cell(cost.amount);
  if (text === '') return null;
  const currency = cost.currency === undefined ? '' : line.cell(cost.currency).toLowerCase();
  if (currency !== '' && currency !== 'usd') {
    throw new InvoiceError(`line ${line.number}: expected amounts in usd; came ${currency}`);
  }
  const amount = nanoUsdOf(text, line.number);
  const kind = line.cell(cost.line.column);
  const item = cost.line.as === 'item' ? itemOf(kind) : { model, name: tokenTypes[kind] };
  if (cost.line.as === 'item' && kind === '') {
    throw new InvoiceError(
      `line ${line.number}: expected a line item; came none. Group the export by line item.`,
    );
  }
  if (item.name === undefined || item.model === '') {
    return { ...shared, model: null, requests: 0, tokens: {}, costNanoUsd: { tools: amount } };
  }
  const { quantity } = cost;
  const counted =
    quantity !== undefined &&
    line.cell(quantity.column) !== '' &&
    /^(?:tokens?)?$/i.test(line.cell(quantity.unit));
  return {
    ...shared,
    model: modelFamily(item.model),
    requests: 0,
    tokens: counted ? { [item.name]: count(line, quantity.column) } : {},
    costNanoUsd: { [item.name]: amount },
  };
}

/** `priority | gpt-5-2026-04-23, cached input, long context`: tier, model and modality, class, length. */
function itemOf(text: string): { model: string; name: TokenClass | undefined } {
  const [head = '', ...rest] = text.replace(/^[\w ]+\| /, '').split(',');
  const name = rest.map((part) => lineItems[part.trim().toLowerCase()]).find((one) => one !== undefined);
  return { model: head.trim().split(' ')[0]!, name };
}

function dayOf(line: CsvLine, { day }: InvoiceFormat): string {
  const text = line.cell(day.column);
  const iso =
    day.as === 'iso'
      ? /^\d{4}-\d\d-\d\d/.exec(text)?.[0]
      : /^\d{9,10}(?:\.0+)?$/.test(text)
        ? new Date(Number(text) * 1000).toISOString().slice(0, 10)
        : undefined;
  if (iso !== undefined && !Number.isNaN(Date.parse(iso))) return iso;
  throw new InvoiceError(
    `line ${line.number}: expected ${day.column} to be ${day.as === 'iso' ? 'a day like 2026-01-31' : 'seconds since the epoch'}; came ${JSON.stringify(text.slice(0, 40))}`,
  );
}

/** A whole number, also as spreadsheets write it: `59200.0`, `59,200`. */
function count(line: CsvLine, column: string): number {
  const text = line.cell(column);
  if (text === '') return 0;
  const plain = text.replaceAll(',', '');
  if (/^\d{1,15}(?:\.0*)?$/.test(plain)) return Number(plain);
  throw new InvoiceError(
    `line ${line.number}: expected ${column} to be a whole number; came ${JSON.stringify(text.slice(0, 40))}`,
  );
}

/** Dollars as nano-dollars, rounded; OpenAI writes thirty decimals, credits are negative. */
function nanoUsdOf(text: string, number: number): number {
  const match = /^(-)?\$?(\d{1,9})(?:\.(\d*))?(?:e(-\d{1,2}))?$/i.exec(text.replaceAll(',', ''));
  if (match === null) {
    throw new InvoiceError(
      `line ${number}: expected an amount in dollars; came ${JSON.stringify(text.slice(0, 40))}`,
    );
  }
  const [, minus, whole, decimals = '', exponent] = match;
  // Nine decimals and one more to round by; amounts like 5e-06 are below any rounding of their own.
  const nano =
    exponent === undefined
      ? Number(whole) * 1e9 +
        Math.round(Number(`${decimals.slice(0, 9).padEnd(9, '0')}.${decimals.slice(9) || '0'}`))
      : Math.round(Number(text) * 1e9);
  return minus === undefined || exponent !== undefined ? nano : -nano;
}
