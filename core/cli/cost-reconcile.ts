import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InvoiceError } from '../reports/reconcile/csv.ts';
import { readInvoice } from '../reports/reconcile/invoice.ts';
import { type LedgerLine, ledgerDimensions, ledgerLine } from '../reports/reconcile/ledger-line.ts';
import { reconcile, zoneHours } from '../reports/reconcile/reconcile.ts';
import { resultJson, resultText } from '../reports/reconcile/result-text.ts';
import type { CostReportJson } from '../reports/report-json.ts';
import { type ExitCode, parseOptions, type Terminal, UsageError } from './command.ts';
import { askReport, formatOf } from './cost-report.ts';
import { addressOptions, gatewayUrl } from './gateway-address.ts';

/** A year of an organization with many keys is a tenth of this. */
const maxFileBytes = 256 * 1024 * 1024;
const hourMs = 3_600_000;
const dayMs = 86_400_000;
/** The most that the gateway gives at a time. */
const groupsAnAnswer = '10000';

/** `sluice cost reconcile`. */
export async function runReconcile(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parseOptions(
    args,
    {
      ...addressOptions,
      provider: { type: 'string', multiple: true },
      key: { type: 'string', multiple: true },
      'max-drift': { type: 'string' },
      format: { type: 'string' },
    },
    { min: 1, max: 1 },
  );
  const format = formatOf(values.format, ['table', 'json']);
  const maxShare = shareOf(values['max-drift'] ?? '5');
  const keys = keysOf(values.key ?? []);
  try {
    const invoice = readInvoice(await textOf(positionals[0]!, terminal));
    const lines = await ledgerLines(
      gatewayUrl(values.url, terminal),
      Date.parse(`${invoice.firstDay}T00:00:00Z`) - zoneHours.before * hourMs,
      Date.parse(`${invoice.lastDay}T00:00:00Z`) + dayMs + zoneHours.after * hourMs,
      terminal,
    );
    const result = reconcile(invoice, lines, { providers: values.provider ?? [], keys });
    terminal.out(
      format === 'json'
        ? `${JSON.stringify(resultJson(result, maxShare), null, 2)}\n`
        : resultText(result, maxShare),
    );
    return result.share <= maxShare ? 0 : 1;
  } catch (error) {
    if (!(error instanceof InvoiceError)) throw error;
    terminal.err(`sluice cost reconcile: ${positionals[0]}: ${error.message}\n`);
    return 2;
  }
}

async function textOf(name: string, { cwd }: Terminal): Promise<string> {
  const path = resolve(cwd, name);
  const found = await stat(path).catch(() => null);
  if (found === null || !found.isFile()) throw new UsageError(`there is no file ${name}`);
  if (found.size > maxFileBytes) {
    throw new UsageError(
      `${name}: expected at most ${maxFileBytes} bytes; came ${found.size}. Export fewer days.`,
    );
  }
  return readFile(path, 'utf8');
}

/** The ledger of a window, day by day: a day's groups fit into one answer, and a long window shows how far it is. */
async function ledgerLines(
  url: string,
  sinceMs: number,
  untilMs: number,
  terminal: Terminal,
): Promise<LedgerLine[]> {
  const lines: LedgerLine[] = [];
  let forgotten = 0;
  for (let ms = sinceMs; ms < untilMs; ms += dayMs) {
    if (terminal.isTty) terminal.err(`\rreading the ledger of ${new Date(ms).toISOString().slice(0, 10)} …`);
    for (const report of await reportsOf(url, ms, Math.min(ms + dayMs, untilMs), terminal)) {
      forgotten += report.forgotten_rows;
      for (const group of report.groups) {
        const line = ledgerLine(group);
        if (line !== null) lines.push(line);
      }
    }
  }
  if (terminal.isTty) terminal.err('\r\u001b[K');
  if (forgotten > 0) {
    terminal.err(`${forgotten} rows of these days are older than the retention and cannot be compared\n`);
  }
  return lines;
}

/** The report of a window; in halves where it has more groups than an answer. */
async function reportsOf(
  url: string,
  sinceMs: number,
  untilMs: number,
  terminal: Terminal,
): Promise<CostReportJson[]> {
  const since = new Date(sinceMs).toISOString();
  const until = new Date(untilMs).toISOString();
  try {
    const query = { by: ledgerDimensions.join(','), since, until, limit: groupsAnAnswer };
    return [await askReport(url, query, terminal)];
  } catch (error) {
    const hours = Math.floor((untilMs - sinceMs) / hourMs);
    if (!(error instanceof UsageError) || hours < 2) throw error;
    const middleMs = sinceMs + Math.floor(hours / 2) * hourMs;
    return [
      ...(await reportsOf(url, sinceMs, middleMs, terminal)),
      ...(await reportsOf(url, middleMs, untilMs, terminal)),
    ];
  }
}

function shareOf(text: string): number {
  const percent = /^\d{1,3}(?:\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (!(percent >= 0)) throw new UsageError(`--max-drift: expected a percentage such as 5; came ${text}`);
  return percent / 100;
}

function keysOf(texts: readonly string[]): Map<string, string | null> {
  return new Map(
    texts.map((text) => {
      const at = text.lastIndexOf('=');
      const [name, id] = at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
      if (name === '' || id === '') throw new UsageError(`--key: expected KEY or KEY=KEY_ID; came ${text}`);
      return [name, id];
    }),
  );
}
