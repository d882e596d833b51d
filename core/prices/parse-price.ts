import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import type { ClassPrices, LengthPrices, LongContextPrice, ModelPrice } from '../../sdk/prices.ts';
import { parseNanoUsd, UnitError } from '../config/units.ts';
import { didYouMean } from '../text/nearest.ts';
import { freePrice, type Overrides } from './overrides.ts';

/** What is wrong with a price that someone wrote, and where: `path` leads to it from the value that was parsed. */
export class PriceError extends Error {
  readonly path: readonly string[];
  constructor(path: readonly string[], message: string) {
    super(message);
    this.name = 'PriceError';
    this.path = path;
  }
}

/** Amounts by their names in files, dollars for a million tokens. */
const classOf = {
  input: 'input',
  output: 'output',
  cache_read: 'cacheRead',
  cache_write_5m: 'cacheWrite5m',
  cache_write_1h: 'cacheWrite1h',
  reasoning: 'reasoning',
} as const satisfies Record<string, keyof ClassPrices>;

const classKeys = Object.keys(classOf) as readonly (keyof typeof classOf)[];
const priceKeys = [...classKeys, 'gpu_usd_per_hour', 'long_context', 'tiers'];

/**
 * `prices:` of the ledger plugin: `{ mock/gpt: { input: $1.00, output: $2.00, cache_read: $0.10 } }`.
 *
 * @throws {PriceError}
 */
export function parseOverrides(raw: Json): Overrides {
  const prices = object(raw, []);
  return Object.fromEntries(
    Object.entries(prices).map(([key, price]) => [key, parsePrice(price ?? null, [key])]),
  );
}

/**
 * One price as people write it: dollars for a million tokens (`$0.075`, `1`), the hour in `gpu_usd_per_hour`.
 * What is left out is left out of the result.
 *
 * @param path where it stands, for errors.
 * @throws {PriceError}
 */
export function parsePrice(raw: Json, path: readonly string[] = []): Partial<ModelPrice> {
  const written = object(raw, path);
  refuseUnknown(written, priceKeys, path);
  const { gpu_usd_per_hour: hour, long_context: longContext, tiers } = written;
  return {
    ...parseClasses(written, path),
    ...(hour === undefined ? {} : { hour: parseAmount(hour, [...path, 'gpu_usd_per_hour']) }),
    ...(longContext === undefined
      ? {}
      : { longContext: parseLengths(longContext, [...path, 'long_context']) }),
    ...(tiers === undefined ? {} : { tiers: parseTiers(tiers, [...path, 'tiers']) }),
  };
}

/**
 * `price:` of a provider: what all of its models cost, by tokens, by time, or both.
 *
 * @throws {PriceError}
 */
export function parseProviderPrice(raw: Json, path: readonly string[] = []): ModelPrice {
  const price = parsePrice(raw, path);
  if (price.hour === undefined) requireBoth(price, path, 'gpu_usd_per_hour, or input and output');
  return { ...freePrice, ...price };
}

function parseClasses(written: JsonObject, path: readonly string[]): Partial<ClassPrices> {
  const given = classKeys.filter((key) => written[key] !== undefined);
  return Object.fromEntries(given.map((key) => [classOf[key], parseAmount(written[key]!, [...path, key])]));
}

function parseLengths(raw: Json, path: readonly string[]): LongContextPrice[] {
  const items: readonly Json[] = Array.isArray(raw) ? raw : [raw];
  const lengths = items.map((item, index): LongContextPrice => {
    const at = [...path, String(index)];
    const written = object(item, at);
    refuseUnknown(written, ['above_input_tokens', ...classKeys], at);
    const above = written['above_input_tokens'];
    if (typeof above !== 'number' || !Number.isSafeInteger(above) || above < 0) {
      throw new PriceError(
        [...at, 'above_input_tokens'],
        `expected a whole number of tokens; came ${shown(above)}`,
      );
    }
    return { aboveInputTokens: above, price: wholeClasses(written, at) };
  });
  return lengths.toSorted((a, b) => a.aboveInputTokens - b.aboveInputTokens);
}

function parseTiers(raw: Json, path: readonly string[]): Record<string, LengthPrices> {
  const parsed = Object.entries(object(raw, path)).map(([name, item]): [string, LengthPrices] => {
    const at = [...path, name];
    const written = object(item ?? null, at);
    refuseUnknown(written, [...classKeys, 'long_context'], at);
    const long = written['long_context'];
    const longContext = long === undefined ? [] : parseLengths(long, [...at, 'long_context']);
    return [name, { ...wholeClasses(written, at), longContext }];
  });
  return Object.fromEntries(parsed);
}

function wholeClasses(written: JsonObject, path: readonly string[]): ClassPrices {
  const { input, output, cacheRead, cacheWrite5m, cacheWrite1h, reasoning } = {
    ...freePrice,
    ...requireBoth(parseClasses(written, path), path, 'input and output'),
  };
  return { input, output, cacheRead, cacheWrite5m, cacheWrite1h, reasoning };
}

/** Half a price would make the other half free without anybody having said so. */
function requireBoth<Given extends Partial<ClassPrices>>(
  price: Given,
  path: readonly string[],
  expected: string,
): Given {
  if (price.input !== undefined && price.output !== undefined) return price;
  const missing = price.input === undefined ? 'input' : 'output';
  throw new PriceError(path, `expected ${expected}; ${missing} is missing, write 0 where it costs nothing`);
}

function parseAmount(value: Json, path: readonly string[]): number {
  try {
    return parseNanoUsd(value);
  } catch (error) {
    if (!(error instanceof UnitError)) throw error;
    throw new PriceError(path, error.message);
  }
}

function object(value: Json, path: readonly string[]): JsonObject {
  if (isJsonObject(value)) return value;
  throw new PriceError(path, `expected prices such as { input: $1.00, output: $2.00 }; came ${shown(value)}`);
}

function refuseUnknown(written: JsonObject, known: readonly string[], path: readonly string[]): void {
  const unknown = Object.keys(written).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const advice = didYouMean(unknown, known) || ` Known are ${known.join(', ')}.`;
  throw new PriceError([...path, unknown], `${JSON.stringify(unknown)} is no part of a price.${advice}`);
}

function shown(value: Json | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60);
}
