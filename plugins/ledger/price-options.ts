import type { JsonSchema } from '../../sdk/index.ts';
import type { ModelPrice } from '../../sdk/prices.ts';

/** Prices of one model as a file names them: nano-dollars for a million tokens once the schema has read them. */
export interface PriceOptions {
  readonly input?: number;
  readonly output?: number;
  readonly cache_read?: number;
  readonly cache_write_5m?: number;
  readonly cache_write_1h?: number;
  readonly reasoning?: number;
  /** Nano-dollars for an hour of the model's work. */
  readonly gpu_usd_per_hour?: number;
}

const price = (description: string): JsonSchema => ({
  type: ['string', 'number'],
  convert: 'nano_usd',
  description: `${description}, US dollars for a million tokens.`,
});

/** Schema of `prices`. */
export const pricesSchema: JsonSchema = {
  type: 'object',
  default: {},
  description: 'Prices in place of the shipped ones, by `provider/model`, model name, or globs of either.',
  additionalProperties: {
    type: 'object',
    minProperties: 1,
    properties: {
      input: price('Uncached input'),
      output: price('Output'),
      cache_read: price('Input read from the prompt cache'),
      cache_write_5m: price('Input written to the prompt cache for five minutes'),
      cache_write_1h: price('Input written to the prompt cache for an hour'),
      reasoning: price('Reasoning, where it costs other than output'),
      gpu_usd_per_hour: {
        type: ['string', 'number'],
        convert: 'nano_usd',
        description: 'An hour of work of a model that is paid by time.',
      },
    },
  },
};

/** The prices as the service takes them. What a file leaves out stays as it is in the shipped table. */
export function priceOverrides(
  prices: Readonly<Record<string, PriceOptions>>,
): Record<string, Partial<ModelPrice>> {
  return Object.fromEntries(
    Object.entries(prices).map(([model, given]) => {
      const price: Record<string, number> = {};
      for (const [key, name] of fields) {
        const value = given[key];
        if (value !== undefined) price[name] = value;
      }
      return [model, price as Partial<ModelPrice>];
    }),
  );
}

const fields = [
  ['input', 'input'],
  ['output', 'output'],
  ['cache_read', 'cacheRead'],
  ['cache_write_5m', 'cacheWrite5m'],
  ['cache_write_1h', 'cacheWrite1h'],
  ['reasoning', 'reasoning'],
  ['gpu_usd_per_hour', 'hour'],
] as const satisfies readonly (readonly [keyof PriceOptions, keyof ModelPrice])[];
