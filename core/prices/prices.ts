import { hash } from 'node:crypto';
import type { ModelPrice, Prices } from '../../sdk/prices.ts';
import type { Target } from '../../sdk/target.ts';
import { costOf, mostOf } from './cost.ts';
import { lookUp } from './look-up.ts';
import { freePrice, type Overrides, overrideFinder, withOverride } from './overrides.ts';
import { type PriceTable, type TablePrice, toModelPrice } from './table-price.ts';

/** Kinds whose models write to a prompt cache only where the request asks for it. */
const writesWhenAsked: ReadonlySet<string> = new Set(['anthropic', 'bedrock', 'mock']);

/**
 * Prices from a table, looked up by kind and model, then by model. The mock costs nothing unless an override says so.
 *
 * @param providers prices of whole providers by their names; they stand in place of the table's.
 */
export function createPrices(
  table: PriceTable,
  providers: Readonly<Record<string, ModelPrice>> = {},
): Prices {
  const expanded = new Map<TablePrice, ModelPrice>();

  function base(target: Target): ModelPrice | null {
    if (Object.hasOwn(providers, target.provider)) return providers[target.provider]!;
    if (target.kind === 'mock') return freePrice;
    const entry = lookUp(table.models, target);
    if (!entry) return null;
    const known = expanded.get(entry);
    if (known) return known;
    const price = toModelPrice(entry);
    expanded.set(entry, price);
    return price;
  }

  return pricesFrom(base, table.as_of, contentHash([table.models, providers]));
}

function pricesFrom(base: (target: Target) => ModelPrice | null, date: string, hash: string): Prices {
  const priceTableVersion = `${date}-${hash.slice(0, 6)}`;
  // Targets of aliases live as long as the configuration. Those that clients name are made for each request and go with
  // it: a map by name would grow with every name that anybody thinks of.
  const known = new WeakMap<Target, ModelPrice | null>();

  function of(target: Target): ModelPrice | null {
    const found = known.get(target);
    if (found !== undefined) return found;
    const price = base(target);
    known.set(target, price);
    return price;
  }

  const prices: Prices = {
    version: priceTableVersion,
    of,
    cost(target, usage, serviceTier, durationMs) {
      const price = of(target);
      const amounts = price && costOf(price, usage, serviceTier, durationMs);
      return amounts && { ...amounts, priceTableVersion };
    },
    most(target, inputTokens, maxOutputTokens, terms = {}) {
      const price = of(target);
      const writes = terms.cacheWrites !== false || !writesWhenAsked.has(target.kind);
      const amounts = price && mostOf(price, inputTokens, maxOutputTokens, terms, writes);
      return amounts && { ...amounts, priceTableVersion };
    },
    with(overrides: Overrides) {
      if (Object.keys(overrides).length === 0) return prices;
      const find = overrideFinder(overrides);
      const replaced = (target: Target) => {
        const override = find(target);
        return override ? withOverride(of(target), override) : of(target);
      };
      return pricesFrom(replaced, date, contentHash([hash, overrides]));
    },
  };
  return prices;
}

/** Hash of plain data that does not depend on the order of keys. */
function contentHash(data: unknown): string {
  const text = JSON.stringify(data, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return hash('sha256', text, 'hex');
}
