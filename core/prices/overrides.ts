import type { ModelPrice } from '../../sdk/prices.ts';
import type { Target } from '../../sdk/target.ts';
import { globMatcher } from '../policy/glob.ts';

/** Prices that replace others, by `provider/model`, `model`, or a glob of either. */
export type Overrides = Readonly<Record<string, Partial<ModelPrice>>>;

/**
 * Finds the one override that a target has: the most exact.
 *
 * @throws RangeError for a price that is no whole number of nano-dollars, 0 or more.
 */
export function overrideFinder(overrides: Overrides): (target: Target) => Partial<ModelPrice> | undefined {
  for (const [key, override] of Object.entries(overrides)) checkPrices(key, override);
  const exact = new Map(Object.entries(overrides));
  const globs = Object.keys(overrides)
    .filter((key) => key.includes('*'))
    // The more characters a glob names, the more exact it is.
    .toSorted((a, b) => literals(b) - literals(a) || (a < b ? -1 : 1))
    .map((key) => ({ matches: globMatcher(key), price: overrides[key]! }));

  return (target) => {
    const { id, model } = plain(target);
    const named = exact.get(target.id) ?? exact.get(id) ?? exact.get(target.model) ?? exact.get(model);
    return named ?? globs.find(({ matches }) => matches(target.id) || matches(target.model))?.price;
  };
}

function literals(glob: string): number {
  return glob.replaceAll('*', '').length;
}

/** The mock's models carry directives behind a `+`; they are the same model. */
function plain({ id, model, kind }: Target): Pick<Target, 'id' | 'model'> {
  if (kind !== 'mock') return { id, model };
  return { id: id.split('+', 1)[0]!, model: model.split('+', 1)[0]! };
}

function checkPrices(path: string, price: object): void {
  for (const [name, value] of Object.entries(price)) {
    if (typeof value === 'object' && value !== null) checkPrices(`${path}.${name}`, value);
    else if (value !== null && value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
      throw new RangeError(`price of ${path}.${name}: expected a whole number from 0; came ${String(value)}`);
    }
  }
}

/** A price with some of it replaced; null where too little is known to make one. */
export function withOverride(price: ModelPrice | null, override: Partial<ModelPrice>): ModelPrice | null {
  const { longContext, ...rest } = override;
  const merged = { ...(price ?? freePrice), ...given(rest) };
  // Half a price would make the other half free.
  const halved = override.input === undefined || override.output === undefined;
  if (!price && halved && typeof override.hour !== 'number') return null;
  if (!longContext) return merged;
  return {
    ...merged,
    longContext: longContext.toSorted((a, b) => a.aboveInputTokens - b.aboveInputTokens),
  };
}

/** What is set to undefined is not said at all. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** What costs nothing. */
export const freePrice: ModelPrice = Object.freeze({
  input: 0,
  output: 0,
  cacheRead: null,
  cacheWrite5m: null,
  cacheWrite1h: null,
  reasoning: null,
  longContext: Object.freeze([]),
  tiers: Object.freeze({}),
  hour: null,
});
