import { GatewayError } from '../../sdk/errors.ts';
import type { Ledger, LedgerFilter, LedgerRow, LedgerSum } from '../../sdk/ledger.ts';
import { dimensionValue, type ReportDimension } from './dimension.ts';

/** A sum over single rows: it knows what the input cost and what the output. */
export interface FoldedSum extends LedgerSum {
  readonly inputCostNanoUsd: number;
  readonly outputCostNanoUsd: number;
}

/** What came of reading the rows. */
export interface Folded {
  readonly groups: readonly FoldedSum[];
  /** Rows of the window that are forgotten: only their sums are left, and these do not say what was asked for. */
  readonly forgottenRows: number;
}

/** Groups are kept in memory until all rows are read. */
export const maxFoldedGroups = 10_000;

const hourMs = 3_600_000;
const dayMs = 86_400_000;
/** Rows at a time: about a millisecond to take over from the reader's thread and to add up. */
const pageRows = 100;

/** The sums of a group, while rows are added to it. */
type Growing = { -readonly [Key in keyof FoldedSum]: FoldedSum[Key] };

/**
 * Sums by what only single rows say, reading all rows of the window: hour by hour, since every page of an hour is near
 * its beginning, and none of the days without rows.
 *
 * @param wanted false ends the reading early, such as for a client that left.
 * @throws GatewayError 400 `invalid_request` for more than `maxFoldedGroups` groups.
 */
export async function foldRows(
  ledger: Ledger,
  by: readonly ReportDimension[],
  filter: LedgerFilter,
  wanted: () => boolean,
): Promise<Folded> {
  const groups = new Map<string, Growing>();
  const { sinceMs = 0, untilMs = Number.POSITIVE_INFINITY } = filter;
  const days = [...(await ledger.sum(['day'], filter))].sort((a, b) => (a.by[0]! < b.by[0]! ? -1 : 1));
  let read = 0;
  let known = 0;
  for (const day of days) {
    known += day.rows;
    const startMs = Date.parse(`${day.by[0]!}T00:00:00Z`);
    const endMs = Math.min(startMs + dayMs, untilMs);
    for (let hour = Math.max(startMs, sinceMs); hour < endMs; hour = nextHour(hour)) {
      if (!wanted()) return { groups: [...groups.values()], forgottenRows: 0 };
      const window = { ...filter, sinceMs: hour, untilMs: Math.min(nextHour(hour), endMs) };
      read += await foldWindow(ledger, by, window, groups, wanted);
    }
  }
  return { groups: [...groups.values()].sort(dearestFirst), forgottenRows: Math.max(0, known - read) };
}

function nextHour(ms: number): number {
  return (Math.floor(ms / hourMs) + 1) * hourMs;
}

/** @returns how many rows. */
async function foldWindow(
  ledger: Ledger,
  by: readonly ReportDimension[],
  window: LedgerFilter,
  groups: Map<string, Growing>,
  wanted: () => boolean,
): Promise<number> {
  for (let offset = 0; ; offset += pageRows) {
    const rows = await ledger.rows(window, pageRows, offset);
    for (const row of rows) add(groups, by, row);
    if (rows.length < pageRows || !wanted()) return offset + rows.length;
  }
}

function add(groups: Map<string, Growing>, by: readonly ReportDimension[], row: LedgerRow): void {
  const values = by.map((dimension) => dimensionValue(row, dimension));
  const name = JSON.stringify(values);
  let sum = groups.get(name);
  if (sum === undefined) {
    if (groups.size >= maxFoldedGroups) {
      throw new GatewayError(
        'invalid_request',
        `by: expected at most ${maxFoldedGroups} groups; there are more. Ask for a smaller window or fewer dimensions.`,
        { param: 'by' },
      );
    }
    sum = emptySum(values);
    groups.set(name, sum);
  }
  const { usage, cost_usd: cost } = row;
  sum.rows += 1;
  if (row.event_id === row.request_id) {
    sum.requests += 1;
    if (row.error_code !== null || row.status >= 400) sum.errors += 1;
  }
  sum.inputTokens += usage.input_tokens;
  sum.outputTokens += usage.output_tokens;
  sum.cacheReadTokens += usage.cache_read_tokens;
  sum.cacheWriteTokens += usage.cache_write_tokens;
  sum.reasoningTokens += usage.reasoning_tokens;
  sum.costNanoUsd += cost.totalNanoUsd;
  sum.savedNanoUsd += cost.savedNanoUsd;
  sum.inputCostNanoUsd += cost.inputNanoUsd;
  sum.outputCostNanoUsd += cost.outputNanoUsd;
}

/** Nothing yet. */
export function emptySum(by: readonly string[]): Growing {
  return {
    by,
    rows: 0,
    requests: 0,
    errors: 0,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    costNanoUsd: 0,
    savedNanoUsd: 0,
    inputCostNanoUsd: 0,
    outputCostNanoUsd: 0,
  };
}

/** The order of `Ledger.sum`. */
function dearestFirst(a: LedgerSum, b: LedgerSum): number {
  if (a.costNanoUsd !== b.costNanoUsd) return b.costNanoUsd - a.costNanoUsd;
  const index = a.by.findIndex((value, at) => value !== b.by[at]);
  return index < 0 ? 0 : a.by[index]! < b.by[index]! ? -1 : 1;
}
