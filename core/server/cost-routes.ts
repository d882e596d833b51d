import { GatewayError } from '../../sdk/errors.ts';
import type { Ledger } from '../../sdk/ledger.ts';
import type { Clock } from '../../sdk/services.ts';
import { type CostReport, costReport } from '../reports/cost-report.ts';
import { parseDimensions } from '../reports/dimension.ts';
import { groupJson, reportHead, reportJson } from '../reports/report-json.ts';
import { csvColumns, csvRow, reportTable } from '../reports/report-text.ts';
import { parseWindow } from '../reports/window.ts';
import { sendError } from './app.ts';
import type { AdminAccess } from './auth.ts';
import type { Incoming } from './incoming.ts';
import { readQuery } from './query.ts';
import type { Handler, Route } from './routes.ts';
import { jsonArray, sendPieces } from './send-pieces.ts';
import { sendSpendLogs } from './spend-logs.ts';

/** What the routes of costs need of the gateway. */
export interface CostDeps {
  readonly auth: () => AdminAccess;
  readonly ledger: () => Ledger;
  readonly clock: Clock;
}

const defaultGroups = 1000;
const maxGroups = 10_000;
const formats = ['json', 'csv', 'table'] as const;

/** Reports on what was spent, for the owner of the master key. */
export function costRoutes(deps: CostDeps): Route[] {
  const admin = (run: (incoming: Incoming) => Promise<void>): Handler =>
    async function checked(incoming) {
      try {
        deps.auth().admit(incoming);
        await run(incoming);
      } catch (error) {
        // A list that broke off must not look whole: it stays without its end.
        if (incoming.sink.begun) incoming.sink.end();
        else sendError(incoming, errorOf(error));
      }
    };
  return [
    {
      method: 'GET',
      path: '/cost/report',
      access: 'admin',
      handle: admin((incoming) => sendReport(incoming, deps)),
    },
    {
      method: 'GET',
      path: '/spend/logs',
      access: 'admin',
      handle: admin((incoming) => sendSpendLogs(incoming, deps)),
    },
  ];
}

function errorOf(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  // The ledger's word for a sum that no number holds exactly.
  if (error instanceof RangeError)
    return new GatewayError('invalid_request', error.message, { cause: error });
  return new GatewayError('internal_error', 'The gateway failed on this request.', { cause: error });
}

async function sendReport(incoming: Incoming, { ledger, clock }: CostDeps): Promise<void> {
  const query = readQuery(incoming.url, ['by', 'since', 'until', 'format', 'limit']);
  const format = query.oneOf('format', formats) ?? 'json';
  const by = parseDimensions(query.text('by') ?? 'tenant');
  const nowMs = clock.now();
  const { sinceMs, untilMs } = parseWindow(query.text('since') ?? '30d', query.text('until'), nowMs);
  const limit = query.whole('limit', 1, maxGroups) ?? defaultGroups;
  const report = await costReport(
    ledger(),
    // A window without an end would take rows in while it is read, and count them in one sum and not in the other.
    { by, sinceMs, untilMs: untilMs ?? Math.max(nowMs, (sinceMs ?? 0) + 1), limit },
    () => incoming.sink.open,
  );
  switch (format) {
    case 'json':
      return sendPieces(incoming, 'application/json; charset=utf-8', jsonParts(report));
    case 'csv':
      return sendPieces(incoming, 'text/csv; charset=utf-8', csvParts(report));
    case 'table':
      return sendPieces(incoming, 'text/plain; charset=utf-8', [reportTable(reportJson(report))]);
  }
}

function* jsonParts(report: CostReport): Generator<string> {
  const head = JSON.stringify(reportHead(report));
  const groups = (function* () {
    for (const sum of report.groups) yield groupJson(report.by, sum);
  })();
  yield* jsonArray(groups, `${head.slice(0, -1)},"groups":`, '}\n');
}

function* csvParts({ by, groups }: CostReport): Generator<string> {
  yield `${[...by, ...csvColumns].join(',')}\n`;
  for (const sum of groups) yield `${csvRow(by, groupJson(by, sum))}\n`;
}
