import { amount } from './amount.ts';
import {
  classNames,
  type TableClasses,
  type TableLength,
  type TablePrice,
  type TableTier,
} from './table-price.ts';

/** What one model costs in the source: dollars for one token, by LiteLLM's field names. */
export type Fact = Readonly<Record<string, unknown>>;

/** A price made from facts, and what about them was not taken as it stands. */
export interface ReadFact {
  readonly price: TablePrice;
  readonly notes: readonly string[];
}

const fieldOf = {
  input: 'input_cost_per_token',
  output: 'output_cost_per_token',
  cacheRead: 'cache_read_input_token_cost',
  cacheWrite5m: 'cache_creation_input_token_cost',
  cacheWrite1h: 'cache_creation_input_token_cost_above_1hr',
  reasoning: 'output_cost_per_reasoning_token',
} as const;
type ClassName = keyof typeof fieldOf;
type Classes = Partial<Record<ClassName, number>>;

/** Tiers by the names that answers have for them, with the suffixes of the source. */
const tierSuffixes = { batch: '_batches', flex: '_flex', priority: '_priority' } as const;
const lengths = [128_000, 200_000, 272_000] as const;

/** Nano-dollars for a million tokens of dollars for one. The source has no price that is not whole then. */
function nanoPerMillion(usdPerToken: number): number {
  const exact = usdPerToken * 1e15;
  const whole = Math.round(exact);
  if (!(whole >= 0) || Math.abs(exact - whole) > 1e-6 * Math.max(1, whole)) {
    throw new Error(
      `expected a price in whole nano-dollars for a million tokens; came ${usdPerToken} a token`,
    );
  }
  return whole;
}

function classesOf(fact: Fact, suffix: string): Classes {
  const classes: Classes = {};
  for (const name of classNames) {
    const usd = fact[fieldOf[name] + suffix];
    if (typeof usd === 'number') classes[name] = nanoPerMillion(usd);
  }
  return classes;
}

/** Makes a model's price from its facts. Null where they say no price, or one that cannot be all of it. */
export function readFact(fact: Fact): ReadFact | null {
  const notes: string[] = [];
  const { input, output, ...rest } = classesOf(fact, '');
  // A price of 0 in the source means "free for now" as often as "nobody knows".
  if (!input || output === undefined || (output === 0 && fact['mode'] !== 'embedding')) return null;
  const usual = plausible({ input, output, ...rest }, notes);
  const longContext = lengthsOf(fact, '', usual);
  const tiers: Record<string, number | TableTier> = {};
  for (const [name, suffix] of Object.entries(tierSuffixes)) {
    const tier = readTier(fact, suffix, usual, longContext);
    if (tier === 'doubtful') notes.push(`${name} has no price of its output: left out`);
    else if (tier !== null) tiers[name] = tier;
  }
  Object.assign(tiers, multipliers(fact));
  const price: TablePrice = {
    ...usual,
    ...(longContext.length > 0 ? { longContext } : {}),
    ...(Object.keys(tiers).length > 0 ? { tiers } : {}),
  };
  return { price, notes };
}

/** Takes out what cannot be right, and what says nothing new. */
function plausible(classes: TableClasses, notes: string[]): TableClasses {
  let { cacheRead, cacheWrite5m, cacheWrite1h } = classes;
  if (cacheWrite5m && cacheWrite5m < classes.input) {
    // Nobody sells writes below input; at half of it this is OpenAI's price of a read.
    notes.push('cache write costs less than input: taken as cache read');
    cacheRead ??= cacheWrite5m;
    cacheWrite5m = null;
  }
  if (cacheWrite1h && !(cacheWrite1h >= (cacheWrite5m ?? 0) && cacheWrite1h <= 3 * classes.input)) {
    notes.push(`1-hour cache write at ${cacheWrite1h / classes.input} times the input: left out`);
    cacheWrite1h = null;
  }
  const reasoning = classes.reasoning === classes.output ? null : classes.reasoning;
  return withoutNulls({ ...classes, cacheRead, cacheWrite5m, cacheWrite1h, reasoning });
}

function withoutNulls(classes: TableClasses): TableClasses {
  const kept = Object.entries(classes).filter(([, price]) => price !== null && price !== undefined);
  return Object.fromEntries(kept) as unknown as TableClasses;
}

function lengthsOf(fact: Fact, suffix: string, usual: TableClasses): TableLength[] {
  return lengths.flatMap((aboveInputTokens) => {
    const { input, output, ...rest } = classesOf(fact, `_above_${aboveInputTokens / 1000}k_tokens${suffix}`);
    if (!input || !output) return [];
    const length: Record<string, number> = { aboveInputTokens, input, output };
    // A class that the source forgot grows as input does.
    for (const name of ['cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const) {
      const price = rest[name] ?? (usual[name] ? amount(usual[name], input, usual.input) : undefined);
      if (price !== undefined && usual[name]) length[name] = price;
    }
    return [length as unknown as TableLength];
  });
}

function readTier(
  fact: Fact,
  suffix: string,
  usual: TableClasses,
  usualLong: readonly TableLength[],
): number | TableTier | null | 'doubtful' {
  const classes = classesOf(fact, suffix);
  if (classes.input === undefined) return null;
  if (classes.output === undefined && usual.output > 0) return 'doubtful';
  const long = lengthsOf(fact, suffix, usual);
  const factor = Number((classes.input / usual.input).toFixed(4));
  const agrees = (prices: Classes, base: Partial<TableClasses>) =>
    classNames.every(
      (name) => prices[name] === undefined || !base[name] || prices[name] === Math.round(base[name] * factor),
    );
  const longAgree = long.every((length, index) => agrees(length as Classes, usualLong[index] ?? {}));
  if (agrees(classes, usual) && longAgree) return factor === 1 ? null : factor;
  const named = withoutNulls(classes as TableClasses);
  return long.length > 0 ? { ...named, longContext: long } : named;
}

/** Anthropic's inference in the US and its fast mode: factors of every price, together where both are asked for. */
function multipliers(fact: Fact): Record<string, number> {
  const entry = fact['provider_specific_entry'];
  if (typeof entry !== 'object' || entry === null) return {};
  const { us, fast } = entry as { readonly us?: unknown; readonly fast?: unknown };
  const result: Record<string, number> = {};
  if (typeof fast === 'number') result['fast'] = fast;
  if (typeof us === 'number') result['us'] = us;
  if (typeof fast === 'number' && typeof us === 'number') {
    result['fast+us'] = Number((fast * us).toFixed(4));
  }
  return result;
}
