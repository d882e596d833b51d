import type { Cost, ModelPrice, Prices } from '../../../sdk/prices.ts';
import { totalInputTokens, type Usage } from '../../../sdk/usage.ts';

/** A price with what a test cares about, in nano-dollars for a million tokens. */
export function price(changes: Partial<ModelPrice> = {}): ModelPrice {
  return {
    input: 1_000_000_000,
    output: 4_000_000_000,
    cacheRead: 100_000_000,
    cacheWrite5m: 1_250_000_000,
    cacheWrite1h: 2_000_000_000,
    reasoning: null,
    longContext: [],
    hour: null,
    tiers: {},
    ...changes,
  };
}

/** Prices by model name, computed as the contract says: each class once, rounded up once per class. */
export function tablePrices(
  table: Readonly<Record<string, ModelPrice>>,
  version = '2026-01-01-aaaaaa',
): Prices {
  return {
    version,
    of: ({ model, id }) => table[id] ?? table[model] ?? null,
    cost(target, usage) {
      const found = table[target.id] ?? table[target.model];
      return found === undefined ? null : costOf(found, usage, version);
    },
    most: () => null,
    with: (overrides) =>
      tablePrices(
        Object.fromEntries([
          ...Object.entries(table),
          ...Object.entries(overrides).map(([name, change]) => [name, price({ ...table[name], ...change })]),
        ]),
        `${version}-own`,
      ),
  };
}

function costOf(one: ModelPrice, usage: Usage, priceTableVersion: string): Cost {
  const part = (tokens: number, nano: number | null) => Math.ceil((tokens * (nano ?? one.input)) / 1_000_000);
  const inputNanoUsd =
    part(usage.inputTokens, one.input) +
    part(usage.cacheReadTokens, one.cacheRead) +
    part(usage.cacheWrite5mTokens, one.cacheWrite5m) +
    part(usage.cacheWrite1hTokens, one.cacheWrite1h);
  const outputNanoUsd = part(usage.outputTokens, one.output);
  if (totalInputTokens(usage) < 0) throw new Error('negative');
  return { inputNanoUsd, outputNanoUsd, totalNanoUsd: inputNanoUsd + outputNanoUsd, priceTableVersion };
}
