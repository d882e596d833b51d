import type { EvaluatedLevel, Evaluation, Measured, Share } from './evaluation.ts';

/** A report for people: all pairs by threshold, categories at the floor, what the rules refused. */
export function evaluationTable(evaluation: Evaluation, level: EvaluatedLevel): string {
  const { measured, floor } = evaluation;
  const all = measured.filter(({ category }) => category === 'all');
  const categories = measured.filter(
    (row) => row.category !== 'all' && row.level === level && row.threshold === floor,
  );
  const refusals = evaluation.refusals.filter((row) => row.level === level);
  return [
    `Embedder ${evaluation.embedder}, floor ${floor}, guard ${level} (version ${evaluation.guardVersion}), ${evaluation.pairs} pairs.`,
    'In brackets: one-sided 95 % Clopper-Pearson bound (at least, for hits; at most, for wrong hits).',
    '',
    grid(
      ['guard', 'threshold', 'hits', 'wrong hits', 'wrong of served', 'kept by guard'],
      all.map((row) => [row.level, mark(row.threshold, floor), ...shares(row)]),
    ),
    `By category, guard ${level} at ${floor}; the worst first:`,
    '',
    grid(
      ['category', 'hits', 'wrong hits', 'wrong of served', 'kept by guard'],
      [...categories].sort(worstFirst).map((row) => [row.category, ...shares(row)]),
    ),
    ...(refusals.length === 0
      ? []
      : [
          `Refused by, guard ${level} at ${floor}:`,
          '',
          grid(
            ['rule', 'different', 'same'],
            refusals.map(({ rule, different, same }) => [rule, String(different), String(same)]),
          ),
        ]),
  ].join('\n');
}

function worstFirst(one: Measured, other: Measured): number {
  const wrong = (other.wrong.rate ?? -1) - (one.wrong.rate ?? -1);
  if (wrong !== 0) return wrong;
  return (one.hits.rate ?? 2) - (other.hits.rate ?? 2) || (one.category < other.category ? -1 : 1);
}

function mark(threshold: number, floor: number): string {
  return threshold === floor ? `${threshold} (floor)` : String(threshold);
}

function shares({ hits, wrong, wrongOfServed, kept }: Measured): string[] {
  return [hits, wrong, wrongOfServed, kept].map(shareText);
}

function shareText({ count, total, rate, bound }: Share): string {
  if (rate === null || bound === null) return '-';
  return `${percent(rate)} (${percent(bound)}) ${count}/${total}`;
}

function percent(rate: number): string {
  return `${(rate * 100).toFixed(1)}%`;
}

function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    rows.reduce((widest, row) => Math.max(widest, (row[column] ?? '').length), title.length),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd();
  return `${[line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')}\n`;
}
