import type { Json, JsonObject } from '../../../sdk/json.ts';
import type { Draft } from './draft.ts';
import type { SourceNode } from './source.ts';

/** LiteLLM's prices for one token, by our names for a million; an hour for a second. */
const perToken: Readonly<Record<string, readonly [name: string, factor: number]>> = {
  input_cost_per_token: ['input', 1e6],
  output_cost_per_token: ['output', 1e6],
  cache_read_input_token_cost: ['cache_read', 1e6],
  cache_creation_input_token_cost: ['cache_write_5m', 1e6],
  cache_creation_input_token_cost_above_1hr: ['cache_write_1h', 1e6],
  output_cost_per_reasoning_token: ['reasoning', 1e6],
  input_cost_per_second: ['gpu_usd_per_hour', 3600],
};

/** Prices of one target, from its parameters and its info, as the `ledger` plugin takes them. */
export function mapPrices(
  draft: Draft,
  target: string,
  ...places: readonly (SourceNode | undefined)[]
): void {
  const price: Record<string, Json> = {};
  for (const place of places) {
    for (const [key, [name, factor]] of Object.entries(perToken)) {
      const node = place?.get(key);
      if (node === undefined) continue;
      const amount = node.number === undefined ? null : dollars(node.number * factor);
      const known = price[name] ?? draft.prices[target]?.[name];
      if (amount === null || (known !== undefined && known !== amount)) {
        node.list(
          'todo',
          amount === null
            ? 'expected a price'
            : 'a target has one price here; that of the first entry counts',
        );
      } else {
        price[name] = amount;
        node.map(`policies/00-ledger.yaml prices.${name}`);
      }
    }
  }
  if (Object.keys(price).length > 0)
    draft.prices[target] = { ...draft.prices[target], ...price } as JsonObject;
}

/** Dollars with at most nine decimals, as far as money is counted here; null for what is none. */
function dollars(amount: number): string | null {
  if (!(amount >= 0 && amount < 9_000_000)) return null;
  return `$${amount.toFixed(9).replace(/\.?0+$/, '')}`;
}
