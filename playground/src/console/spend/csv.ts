import { csvText } from '../../../../core/reports/csv-cell.ts';
import { usdText } from '../../../../core/reports/money.ts';
import type { CostGroup } from '../../api/types.ts';

const columns = ['requests', 'errors', 'input_tokens', 'output_tokens', 'cache_read_tokens'] as const;

/** The table as a file, with exact amounts; what a client named is made harmless for spreadsheets. */
export function csvOf(by: readonly string[], groups: readonly CostGroup[]): string {
  const lines = [[...by, ...columns, 'cost_usd', 'saved_usd'].join(',')];
  for (const group of groups) {
    lines.push(
      [
        ...by.map((name) => csvText(String(group[name] ?? ''))),
        ...columns.map((name) => String(group[name])),
        usdText(group.cost_nano_usd),
        usdText(group.saved_nano_usd),
      ].join(','),
    );
  }
  return `${lines.join('\n')}\n`;
}
