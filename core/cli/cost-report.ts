import type { CostReportJson } from '../reports/report-json.ts';
import { reportCsv, reportTable } from '../reports/report-text.ts';
import { type ExitCode, parseOptions, type Terminal, UsageError } from './command.ts';
import { addressOptions, askGateway, errorMessage, gatewayUrl } from './gateway-address.ts';

/** A report of a running gateway. @throws UsageError with the gateway's words for a question it does not understand. */
export async function askReport(
  url: string,
  query: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<CostReportJson> {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, value);
  const { status, json } = await askGateway(url, `/cost/report?${parameters}`, terminal);
  if (status === 200) return json as CostReportJson;
  if (status === 400) throw new UsageError(errorMessage(json));
  throw new Error(errorMessage(json));
}

/** `sluice cost report`. */
export async function runReport(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = parseOptions(args, {
    ...addressOptions,
    by: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    limit: { type: 'string' },
    format: { type: 'string' },
  });
  const { by, since, until, limit } = values;
  const format = formatOf(values.format, ['table', 'json', 'csv']);
  const report = await askReport(gatewayUrl(values.url, terminal), { by, since, until, limit }, terminal);
  switch (format) {
    case 'json':
      terminal.out(`${JSON.stringify(report, null, 2)}\n`);
      break;
    case 'csv':
      terminal.out(reportCsv(report));
      break;
    case 'table':
      terminal.out(reportTable(report));
  }
  if (report.more && format === 'csv') {
    terminal.err(`only the ${report.groups.length} dearest groups were written; ask for more with --limit\n`);
  }
  return 0;
}

/** The format that was asked for; the first one by default. @throws UsageError */
export function formatOf<const Format extends string>(
  text: string | undefined,
  formats: readonly [Format, ...Format[]],
): Format {
  if (text === undefined) return formats[0];
  const format = formats.find((one) => one === text);
  if (format === undefined) throw new UsageError(`--format: expected ${formats.join(', ')}; came ${text}`);
  return format;
}
