import type { Ledger, LedgerDimension, LedgerFilter, LedgerSum } from '../../sdk/ledger.ts';
import { isSummed, type ReportDimension } from './dimension.ts';
import { type FoldedSum, foldRows } from './fold.ts';
import type { ReportWindow } from './window.ts';

/** Which costs, and by what. */
export interface CostQuery extends ReportWindow {
  readonly by: readonly ReportDimension[];
  /** The most groups to give; the total counts all. */
  readonly limit: number;
}

/** What was spent in a window, by some dimensions. */
export interface CostReport extends ReportWindow {
  readonly by: readonly ReportDimension[];
  /** The dearest first. Sums over single rows know more than others. */
  readonly groups: readonly (LedgerSum | FoldedSum)[];
  readonly total: LedgerSum;
  /** There are more groups than were asked for. */
  readonly more: boolean;
  /** Rows of the window whose details are forgotten: they are in no group. Only for what single rows say. */
  readonly forgottenRows: number;
}

/**
 * Sums the ledger.
 *
 * @param wanted false ends a long reading early.
 * @throws GatewayError 503 `store_unavailable`, 400 `invalid_request` for too many groups.
 * @throws RangeError for sums above nine million dollars.
 */
export async function costReport(
  ledger: Ledger,
  query: CostQuery,
  wanted: () => boolean = () => true,
): Promise<CostReport> {
  const { by, limit, sinceMs, untilMs } = query;
  const filter: LedgerFilter = {
    ...(sinceMs === null ? undefined : { sinceMs }),
    ...(untilMs === null ? undefined : { untilMs }),
  };
  const { found, forgottenRows } = await groupsOf(ledger, by, filter, limit + 1, wanted);
  const more = found.length > limit;
  const groups = found.slice(0, limit);
  const total = (await ledger.sum([], filter))[0]!;
  return { by, sinceMs, untilMs, groups, total, more, forgottenRows };
}

async function groupsOf(
  ledger: Ledger,
  by: readonly ReportDimension[],
  filter: LedgerFilter,
  limit: number,
  wanted: () => boolean,
): Promise<{ found: readonly (LedgerSum | FoldedSum)[]; forgottenRows: number }> {
  if (by.every(isSummed)) {
    return { found: await ledger.sum(by as readonly LedgerDimension[], filter, limit), forgottenRows: 0 };
  }
  const { groups, forgottenRows } = await foldRows(ledger, by, filter, wanted);
  return { found: groups, forgottenRows };
}
