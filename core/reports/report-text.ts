import { table } from '../cli/table.ts';
import { csvText } from './csv-cell.ts';
import { usdText } from './money.ts';
import type { CostReportJson, GroupJson, SumJson } from './report-json.ts';

const numbers = [
  'requests',
  'errors',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
] as const satisfies readonly (keyof SumJson)[];

/** The columns of a CSV report after its dimensions. */
export const csvColumns = [...numbers, 'rows', 'cost_usd', 'saved_usd'] as const;

/** One line of a CSV report, without its end; amounts are exact. */
export function csvRow(by: readonly (keyof GroupJson)[], group: GroupJson): string {
  return [
    ...by.map((dimension) => csvText(String(group[dimension] ?? ''))),
    ...[...numbers, 'rows' as const].map((name) => String(group[name])),
    usdText(group.cost_nano_usd),
    usdText(group.saved_nano_usd),
  ].join(',');
}

/** A report as CSV: a head and one line for each group, no total. */
export function reportCsv({ by, groups }: CostReportJson): string {
  const head = [...by, ...csvColumns].join(',');
  return `${[head, ...groups.map((group) => csvRow(by, group))].join('\n')}\n`;
}

/** A report for people: the groups, a total, and what the reader should know. */
export function reportTable({
  by,
  groups,
  total,
  since,
  until,
  more,
  forgotten_rows,
}: CostReportJson): string {
  const heads = [...by, 'requests', 'errors', 'tokens in', 'tokens out', 'cached', 'cost $', 'saved $'];
  const rows = [
    ...groups.map((group) => [...by.map((name) => printable(group[name] ?? '')), ...amounts(group)]),
    [...by.map((_, index) => (index === 0 ? 'total' : '')), ...amounts(total)],
  ];
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]!.length)),
  );
  const right = (cells: readonly string[]) =>
    cells.map((cell, column) => (column < by.length ? cell : cell.padStart(widths[column]!)));
  const notes = [`${since ?? 'the beginning'} to ${until ?? 'now'}, UTC`];
  if (more) notes.push(`only the ${groups.length} dearest groups are shown; the total counts all`);
  if (forgotten_rows > 0) {
    notes.push(`${forgotten_rows} rows are older than the retention: they are in the total and in no group`);
  }
  return `${table(right(heads), rows.map(right))}\n${notes.join('\n')}\n`;
}

function amounts(sum: SumJson): string[] {
  const count = (value: number) => value.toLocaleString('en-US');
  return [
    count(sum.requests),
    count(sum.errors),
    count(sum.input_tokens),
    count(sum.output_tokens),
    count(sum.cache_read_tokens),
    usdText(sum.cost_nano_usd),
    usdText(sum.saved_nano_usd),
  ];
}

/** What a terminal shows as it is: a model's name is whatever a client sent, escape sequences too. */
export function printable(text: string): string {
  if (text === '') return '-';
  const shown = text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '?');
  return shown.length > 80 ? `${shown.slice(0, 79)}…` : shown;
}
