import { costReport } from '../../../core/reports/cost-report.ts';
import {
  type LedgerLine,
  ledgerDimensions,
  ledgerLine,
} from '../../../core/reports/reconcile/ledger-line.ts';
import { groupJson } from '../../../core/reports/report-json.ts';
import type { LedgerRow } from '../../../sdk/ledger.ts';
import { MemoryLedger } from '../../plugins/ledger/_memory-ledger.ts';

/** Rows as reconciling reads them. */
export async function ledgerLines(rows: readonly LedgerRow[]): Promise<LedgerLine[]> {
  const { groups } = await costReport(new MemoryLedger(rows), {
    by: ledgerDimensions,
    sinceMs: null,
    untilMs: null,
    limit: 100_000,
  });
  return groups.map((sum) => ledgerLine(groupJson(ledgerDimensions, sum))).filter((line) => line !== null);
}
