import { table } from '../../cli/table.ts';
import { usdText } from '../money.ts';
import { printable } from '../report-text.ts';
import { driftMeanings } from './drift.ts';
import type { Reconciliation } from './reconcile.ts';

const shownCells = 10;

/** The result as JSON, amounts in the words of the interface. */
export function resultJson({ measure, ...result }: Reconciliation, maxShare: number): object {
  return {
    ok: result.share <= maxShare,
    format: result.format,
    measure,
    first_day: result.firstDay,
    last_day: result.lastDay,
    providers: result.providers,
    by_key: result.byKey,
    invoice: result.invoice,
    ledger: result.ledger,
    drift_share: result.share,
    max_drift_share: maxShare,
    offset_hours: result.offsetHours,
    drifts: result.drifts,
    cells: result.cells,
  };
}

/** The result for people. */
export function resultText(result: Reconciliation, maxShare: number): string {
  const { invoice, ledger, share, drifts, cells, offsetHours } = result;
  const amount = (value: number) =>
    result.measure === 'tokens' ? value.toLocaleString('en-US') : `$${usdText(value)}`;
  const lines = [
    `${result.format}, ${result.firstDay} to ${result.lastDay}, providers ${result.providers.join(', ') || 'none'}, ` +
      (result.byKey ? 'by day, model and key' : 'by day and model, over all keys'),
    `invoice ${amount(invoice)}, ledger ${amount(ledger)}: ${amount(invoice - ledger)} apart`,
    `drift ${percent(share)}, ${share <= maxShare ? 'within' : 'above'} ${percent(maxShare)}`,
  ];
  if (offsetHours !== 0) {
    const sign = offsetHours > 0 ? '+' : '-';
    lines.push(`the invoice's days fit UTC${sign}${Math.abs(offsetHours)} and are compared as such`);
  }
  if (drifts.length === 0) return `${lines.join('\n')}\n`;
  const why = table(
    ['why', 'amount', 'affected', 'days', 'meaning'],
    drifts.map((drift) => [
      drift.class,
      amount(drift.amount),
      amount(drift.affected),
      String(drift.cells),
      driftMeanings[drift.class],
    ]),
  );
  if (cells.length === 0) return `${lines.join('\n')}\n\n${why}`;
  const worst = table(
    ['day', 'model', ...(result.byKey ? ['key'] : []), 'invoice', 'ledger', 'mostly'],
    cells
      .slice(0, shownCells)
      .map((cell) => [
        cell.day,
        printable(cell.model),
        ...(result.byKey ? [printable(cell.key)] : []),
        amount(cell.invoice),
        amount(cell.ledger),
        cell.class ?? '',
      ]),
  );
  const left = cells.length > shownCells ? `${cells.length - shownCells} more; --format json has all\n` : '';
  return `${lines.join('\n')}\n\n${why}\n${worst}${left}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
