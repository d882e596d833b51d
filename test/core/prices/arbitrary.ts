import fc from 'fast-check';
import type { ClassPrices, LengthPrices, ModelPrice } from '../../../sdk/prices.ts';
import type { Target } from '../../../sdk/target.ts';
import type { Usage } from '../../../sdk/usage.ts';

/** A target; only kind, model and region matter to prices, and the names to overrides. */
export function target(kind: string, model: string, more: Partial<Target> = {}): Target {
  const provider = more.provider ?? kind;
  return {
    id: `${provider}/${model}`,
    provider,
    kind,
    model,
    vendor: '',
    tier: 'standard',
    region: '',
    weight: 1,
    ...more,
  };
}

/** Usage with nothing in it but what is named. */
export function usage(more: Partial<Usage>): Usage {
  return {
    inputTokens: 0,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    estimated: false,
    ...more,
  };
}

/** Prices as they are and as nobody would make them: with fractions of a nano-dollar a token, free, monstrous. */
const amount = fc.oneof(
  fc.integer({ min: 0, max: 20_000 }).map((cents) => cents * 10_000_000),
  fc.integer({ min: 0, max: 3_000_001 }),
  fc.integer({ min: 0, max: 2_000_000_000_000 }),
  fc.constantFrom(0, 1, 999_999, 1_000_000, 1_000_001, 8_750_000, 37_500_000),
);
const perhaps = fc.option(amount, { nil: null });

const classes: fc.Arbitrary<ClassPrices> = fc.record({
  input: amount,
  output: amount,
  cacheRead: perhaps,
  cacheWrite5m: perhaps,
  cacheWrite1h: perhaps,
  reasoning: perhaps,
});

const lengthPrices: fc.Arbitrary<LengthPrices> = fc
  .tuple(
    classes,
    fc.uniqueArray(
      fc.record({ aboveInputTokens: fc.constantFrom(0, 1, 10, 200_000, 272_000), price: classes }),
      {
        maxLength: 2,
        selector: ({ aboveInputTokens }) => aboveInputTokens,
      },
    ),
  )
  .map(([prices, longContext]) => ({
    ...prices,
    longContext: longContext.toSorted((a, b) => a.aboveInputTokens - b.aboveInputTokens),
  }));

/** Any price at all, long ones cheaper than short ones included. */
export const anyPrice: fc.Arbitrary<ModelPrice> = fc
  .tuple(lengthPrices, fc.dictionary(fc.constantFrom('flex', 'priority'), lengthPrices), perhaps)
  .map(([prices, tiers, hour]) => ({ ...prices, tiers, hour }));

/** Counts of tokens, many of them at the edges of the lengths above. */
export const tokens = fc.oneof(
  fc.integer({ min: 0, max: 12 }),
  fc.integer({ min: 199_990, max: 200_010 }),
  fc.integer({ min: 0, max: 3_000_000 }),
);

/** Usage of at most so many tokens, cut into classes anywhere. */
export function usageWithin(input: number, output: number): fc.Arbitrary<Usage> {
  const cut = fc.double({ min: 0, max: 1, noNaN: true });
  return fc.tuple(cut, cut, cut, cut, cut, cut).map(([all, read, write, hour, out, reasoning]) => {
    const total = Math.round(input * all);
    const cacheReadTokens = Math.floor(total * read);
    const cacheWrite5mTokens = Math.floor((total - cacheReadTokens) * write);
    const cacheWrite1hTokens = Math.floor((total - cacheReadTokens - cacheWrite5mTokens) * hour);
    const outputTokens = Math.round(output * out);
    return {
      inputTokens: total - cacheReadTokens - cacheWrite5mTokens - cacheWrite1hTokens,
      cacheReadTokens,
      cacheWrite5mTokens,
      cacheWrite1hTokens,
      outputTokens,
      reasoningTokens: Math.round(outputTokens * reasoning),
      estimated: false,
    };
  });
}
