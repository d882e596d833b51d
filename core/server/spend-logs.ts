import { hash } from 'node:crypto';
import { GatewayError } from '../../sdk/errors.ts';
import type { Ledger, LedgerFilter, LedgerRow } from '../../sdk/ledger.ts';
import type { Clock } from '../../sdk/services.ts';
import { spendDays } from '../reports/spend-days.ts';
import { spendLog } from '../reports/spend-log.ts';
import { userRows } from '../reports/user-rows.ts';
import { parseMoment } from '../reports/window.ts';
import { hashUser } from './identity.ts';
import type { Incoming } from './incoming.ts';
import { type Query, readQuery } from './query.ts';
import { jsonArray, sendPieces } from './send-pieces.ts';

const defaultPageSize = 100;
const maxPageSize = 1000;
/** Deeper pages cost as much as all pages before them. */
const maxPage = 10_000;
const dayMs = 86_400_000;
const maxSummarizedDays = 400;

/**
 * `GET /spend/logs` with LiteLLM's filters and row names: a list of rows, the newest first, or of days where both dates are
 * given and `summarize` is not `false`. Both dates are days in UTC and both count.
 */
export async function sendSpendLogs(
  incoming: Incoming,
  { ledger, clock }: { readonly ledger: () => Ledger; readonly clock: Clock },
): Promise<void> {
  const query = readQuery(incoming.url, [
    'request_id',
    'api_key',
    'user_id',
    'start_date',
    'end_date',
    'summarize',
    'page',
    'page_size',
  ]);
  const window = datesOf(query, clock.now());
  const filter: LedgerFilter = { ...window, ...whoseOf(query) };
  const user = query.text('user_id');
  const { sinceMs, untilMs } = window;
  const summarize = query.oneOf('summarize', ['true', 'false']) !== 'false';
  if (summarize && sinceMs !== undefined && untilMs !== undefined && user === undefined) {
    if (untilMs - sinceMs > maxSummarizedDays * dayMs) {
      throw new GatewayError(
        'invalid_request',
        `end_date: expected at most ${maxSummarizedDays} days; came ${(untilMs - sinceMs) / dayMs}. Use GET /cost/report?by=day for more.`,
        { param: 'end_date' },
      );
    }
    const days = await spendDays(ledger(), { ...filter, sinceMs, untilMs });
    return sendPieces(incoming, jsonType, jsonArray(days));
  }
  const limit = query.whole('page_size', 1, maxPageSize) ?? defaultPageSize;
  const offset = ((query.whole('page', 1, maxPage) ?? 1) - 1) * limit;
  const rows = await rowsOf(ledger(), filter, user, limit, offset, () => incoming.sink.open);
  return sendPieces(incoming, jsonType, jsonArray(logs(rows)));
}

const jsonType = 'application/json; charset=utf-8';

async function rowsOf(
  ledger: Ledger,
  filter: LedgerFilter,
  user: string | undefined,
  limit: number,
  offset: number,
  wanted: () => boolean,
): Promise<readonly LedgerRow[]> {
  if (user === undefined) return ledger.rows(filter, limit, offset);
  const hash = /^[0-9a-f]{32}$/.test(user) ? user : hashUser(user);
  const { rows, gaveUp } = await userRows(ledger, hash, filter, limit, offset, wanted);
  if (!gaveUp) return rows;
  throw new GatewayError(
    'invalid_request',
    'user_id: there are too many rows to look through. Ask for fewer days, or for an api_key as well.',
    { param: 'user_id' },
  );
}

function* logs(rows: readonly LedgerRow[]): Generator<unknown> {
  for (const row of rows) yield spendLog(row);
}

function whoseOf(query: Query): LedgerFilter {
  const requestId = query.text('request_id');
  const key = query.text('api_key');
  return {
    ...(requestId === undefined ? undefined : { requestId }),
    // The key itself may be named as well, as LiteLLM allows.
    ...(key === undefined ? undefined : { keyId: key.startsWith('sk-') ? sha256(key) : key }),
  };
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}

function datesOf(query: Query, nowMs: number): { sinceMs?: number; untilMs?: number } {
  const start = query.text('start_date');
  const end = query.text('end_date');
  const sinceMs = start === undefined ? undefined : dayOf(start, 'start_date', nowMs);
  const lastMs = end === undefined ? undefined : dayOf(end, 'end_date', nowMs);
  if (sinceMs !== undefined && lastMs !== undefined && lastMs < sinceMs) {
    throw new GatewayError('invalid_request', `end_date: expected ${start} or a later day; came ${end}.`, {
      param: 'end_date',
    });
  }
  return {
    ...(sinceMs === undefined ? undefined : { sinceMs }),
    ...(lastMs === undefined ? undefined : { untilMs: lastMs + dayMs }),
  };
}

/** The beginning of a day. A time behind it, as some of LiteLLM's clients send, says nothing more. */
function dayOf(text: string, param: string, nowMs: number): number {
  return Math.floor(parseMoment(text.slice(0, 10), param, nowMs) / dayMs) * dayMs;
}
