import type { ClassPrices, LengthPrices, LongContextPrice, ModelPrice } from '../../sdk/prices.ts';
import { amount } from './amount.ts';

/** Prices in `table.json`: classes that there are, in nano-dollars for a million tokens. */
export type TableClasses = Pick<ClassPrices, 'input' | 'output'> & Partial<ClassPrices>;

/** Prices of one length of input in `table.json`. */
export type TableLength = TableClasses & { readonly aboveInputTokens: number };

/** A service tier that is no plain factor: what it does not name costs what it usually does. */
export type TableTier = Partial<ClassPrices> & { readonly longContext?: readonly TableLength[] };

/** One model in `table.json`. A tier that is a number is a factor of every price. */
export type TablePrice = TableClasses & {
  readonly longContext?: readonly TableLength[];
  readonly tiers?: Readonly<Record<string, number | TableTier>>;
};

/** `table.json`: prices by provider kind and model. */
export interface PriceTable {
  /** Date of the source, `2026-01-31`. */
  readonly as_of: string;
  readonly source: string;
  readonly unit: string;
  readonly models: Readonly<Record<string, Readonly<Record<string, TablePrice>>>>;
}

export const classNames = [
  'input',
  'output',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'reasoning',
] as const satisfies readonly (keyof ClassPrices)[];

/** A table's entry with everything that it leaves out filled in. */
export function toModelPrice(entry: TablePrice): ModelPrice {
  const usual: LengthPrices = {
    ...classesOf(entry),
    longContext: lengthsOf(entry.longContext ?? []),
  };
  const tiers = Object.entries(entry.tiers ?? {}).map(([name, tier]): [string, LengthPrices] => [
    name,
    typeof tier === 'number' ? scaled(usual, tier) : tierPrices(usual, tier),
  ]);
  return { ...usual, tiers: Object.fromEntries(tiers), hour: null };
}

function classesOf(entry: TableClasses): ClassPrices {
  const { input, output } = entry;
  return {
    input,
    output,
    cacheRead: entry.cacheRead ?? null,
    cacheWrite5m: entry.cacheWrite5m ?? null,
    cacheWrite1h: entry.cacheWrite1h ?? null,
    reasoning: entry.reasoning ?? null,
  };
}

function lengthsOf(lengths: readonly TableLength[]): LongContextPrice[] {
  return lengths
    .map((length) => ({ aboveInputTokens: length.aboveInputTokens, price: classesOf(length) }))
    .toSorted((a, b) => a.aboveInputTokens - b.aboveInputTokens);
}

function scaled(usual: LengthPrices, factor: number): LengthPrices {
  return {
    ...mapClasses(usual, (price) => Math.round(price * factor)),
    longContext: usual.longContext.map(({ aboveInputTokens, price }) => ({
      aboveInputTokens,
      price: mapClasses(price, (long) => Math.round(long * factor)),
    })),
  };
}

function tierPrices(usual: LengthPrices, tier: TableTier): LengthPrices {
  const classes = mapClasses(usual, (price, name) => tier[name] ?? price);
  if (tier.longContext) return { ...classes, longContext: lengthsOf(tier.longContext) };
  // Nobody says what a long request costs there: it is dearer than a short one by as much as it usually is.
  const longContext = usual.longContext.map(({ aboveInputTokens, price }) => ({
    aboveInputTokens,
    price: mapClasses(price, (long, name) => {
      const short = usual[name] ?? 0;
      return short === 0 ? long : amount(long, classes[name] ?? short, short);
    }),
  }));
  return { ...classes, longContext };
}

function mapClasses(
  prices: ClassPrices,
  change: (price: number, name: keyof ClassPrices) => number,
): ClassPrices {
  const changed = (name: keyof ClassPrices) => {
    const price = prices[name];
    return price === null ? null : change(price, name);
  };
  return {
    input: change(prices.input, 'input'),
    output: change(prices.output, 'output'),
    cacheRead: changed('cacheRead'),
    cacheWrite5m: changed('cacheWrite5m'),
    cacheWrite1h: changed('cacheWrite1h'),
    reasoning: changed('reasoning'),
  };
}
