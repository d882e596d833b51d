import type { CostGroup, CostReport, CostSums } from '../../api/types.ts';

/** What spend can be looked at by, in the order in which one looks deeper. */
export const dimensions = ['tenant', 'feature', 'model', 'key', 'provider'] as const;
export type Dimension = (typeof dimensions)[number];

/** The values that were chosen on the way down. */
export type Chosen = Readonly<Partial<Record<Dimension, string>>>;

export function readChosen(query: URLSearchParams): Chosen {
  const chosen: Partial<Record<Dimension, string>> = {};
  for (const name of dimensions) {
    const value = query.get(name);
    // An empty value is one too: what has no feature. It is written as a single dash, which no name is.
    if (value !== null && value !== '') chosen[name] = value === '-' ? '' : value;
  }
  return chosen;
}

/** How a value stands in the address. */
export function chosenText(value: string): string {
  return value === '' ? '-' : value;
}

/** The first thing to look at next that was not chosen yet. */
export function nextDimension(chosen: Chosen, wanted: string | null): Dimension {
  const left = dimensions.filter((name) => chosen[name] === undefined);
  return left.find((name) => name === wanted) ?? left[0] ?? 'tenant';
}

const sumNames = [
  'requests',
  'errors',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cost_nano_usd',
  'saved_nano_usd',
] as const satisfies readonly (keyof CostSums)[];

/** The groups of a report below what was chosen. */
export function within(report: CostReport, chosen: Chosen): CostGroup[] {
  const wanted = Object.entries(chosen);
  return report.groups.filter((group) =>
    wanted.every(([name, value]) => String(group[name] ?? '') === value),
  );
}

/** All groups together: whole numbers, so that the sum is the report's own. */
export function sumOf(groups: readonly CostSums[]): CostSums {
  const total: { -readonly [Name in keyof CostSums]: number } = {
    requests: 0,
    errors: 0,
    input_tokens: 0,
    output_tokens: 0,
    cache_read_tokens: 0,
    cost_nano_usd: 0,
    saved_nano_usd: 0,
  };
  for (const group of groups) for (const name of sumNames) total[name] += group[name];
  return total;
}
