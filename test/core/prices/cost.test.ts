import fc from 'fast-check';
import t from 'tap';
import { amount, wholeCount } from '../../../core/prices/amount.ts';
import { costOf } from '../../../core/prices/cost.ts';
import { createPrices } from '../../../core/prices/prices.ts';
import { shippedPrices } from '../../../core/prices/shipped.ts';
import type { ModelPrice } from '../../../sdk/prices.ts';
import { totalInputTokens, type Usage } from '../../../sdk/usage.ts';
import { anyPrice, target, tokens, usage, usageWithin } from './arbitrary.ts';

const prices = createPrices(shippedPrices);
const runs = { numRuns: 5000 };

t.test('each token class counts once at its own price', (t) => {
  const cost = prices.cost(
    target('anthropic', 'claude-sonnet-4-6'),
    usage({
      inputTokens: 17,
      cacheReadTokens: 1111,
      cacheWrite5mTokens: 418,
      cacheWrite1hTokens: 2056,
      outputTokens: 100,
      reasoningTokens: 33,
    }),
  );
  // $3, $0.30, $3.75, $6 and $15 for a million.
  const inputNanoUsd = 17 * 3000 + 1111 * 300 + 418 * 3750 + 2056 * 6000;
  t.strictSame(cost, {
    inputNanoUsd,
    outputNanoUsd: 100 * 15_000,
    totalNanoUsd: inputNanoUsd + 1_500_000,
    priceTableVersion: prices.version,
  });
  t.end();
});

t.test('classes without a price of their own count as the one behind them', (t) => {
  const price = (more: Partial<ModelPrice>): ModelPrice => ({
    input: 1_000_000,
    output: 2_000_000,
    cacheRead: null,
    cacheWrite5m: null,
    cacheWrite1h: null,
    reasoning: null,
    longContext: [],
    tiers: {},
    hour: null,
    ...more,
  });
  const each = usage({
    inputTokens: 1,
    cacheReadTokens: 10,
    cacheWrite5mTokens: 100,
    cacheWrite1hTokens: 1000,
    outputTokens: 10,
    reasoningTokens: 4,
  });
  t.match(costOf(price({}), each), { inputNanoUsd: 1111, outputNanoUsd: 20 });
  t.match(costOf(price({ cacheWrite5m: 2_000_000 }), each), { inputNanoUsd: 2211 });
  t.match(costOf(price({ cacheRead: 0, cacheWrite1h: 3_000_000 }), each), { inputNanoUsd: 3101 });
  t.match(costOf(price({ reasoning: 5_000_000 }), each), { outputNanoUsd: 6 * 2 + 4 * 5 });
  t.match(costOf(price({ reasoning: 0 }), { ...each, reasoningTokens: 11 }), { outputNanoUsd: 0 });
  t.end();
});

t.test('a long input prices the whole request, its cached tokens counted', (t) => {
  const pro = target('gemini', 'gemini-2.5-pro');
  const cost = (inputTokens: number, cacheReadTokens: number) =>
    prices.cost(pro, usage({ inputTokens, cacheReadTokens, outputTokens: 10 }))!.totalNanoUsd;
  t.equal(cost(100_000, 100_000), 100_000 * 1250 + 100_000 * 125 + 10 * 10_000);
  t.equal(cost(100_000, 100_001), 100_000 * 2500 + 100_001 * 250 + 10 * 15_000);
  t.end();
});

t.test('the tier that the answer names is what is paid', (t) => {
  const used = usage({ inputTokens: 1000, outputTokens: 1000 });
  const cost = (model: string, tier?: string) =>
    prices.cost(target('openai', model), used, tier)!.totalNanoUsd;
  t.equal(cost('gpt-5'), 11_250_000);
  t.equal(cost('gpt-5', 'flex'), 5_625_000);
  t.equal(cost('gpt-5', 'priority'), 22_500_000);
  for (const tier of ['default', 'standard', 'auto', 'scale', '', 'toString'])
    t.equal(cost('gpt-5', tier), 11_250_000);
  t.equal(cost('gpt-4o-mini', 'priority'), 250_000 + 1_000_000, 'a tier that is no round factor');
  t.end();
});

t.test('amounts are exact and rounded up', (t) => {
  const micro = target('bedrock', 'amazon.nova-micro-v1:0');
  t.equal(prices.cost(micro, usage({ inputTokens: 1, outputTokens: 1 }))!.totalNanoUsd, 35 + 140);
  const odd = target('bedrock', 'us.amazon.nova-2-lite-v1:0');
  t.equal(prices.cost(odd, usage({ cacheReadTokens: 1 }))!.totalNanoUsd, 83, '82.5 nano-dollars');
  // 60,000,001 dollars and a bit: a product far beyond 2^53.
  t.equal(amount(1_000_000_001, 6_000_000_001, 1_000_000), 6_000_000_007_001);
  fc.assert(
    fc.property(
      fc.maxSafeNat(),
      fc.oneof(fc.maxSafeNat(), fc.nat(100_000_000_000)),
      fc.constantFrom(1_000_000, 3_600_000, 7),
      (count, price, unit) => {
        const exact = (BigInt(count) * BigInt(price) + BigInt(unit) - 1n) / BigInt(unit);
        const safe = exact > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(exact);
        return amount(count, price, unit) === safe && amount(count % 10_000_000, price, unit) <= safe;
      },
    ),
    runs,
  );
  t.end();
});

t.test('counts that are none cost nothing, and never give money back', (t) => {
  t.strictSame([-1, Number.NaN, -0, 1.2, 7, Number.NEGATIVE_INFINITY].map(wholeCount), [0, 0, 0, 2, 7, 0]);
  t.equal(wholeCount(Number.POSITIVE_INFINITY), Number.MAX_SAFE_INTEGER);
  const strange = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, -5, 1e300));
  const anything: fc.Arbitrary<Usage> = fc.record({
    inputTokens: strange,
    cacheReadTokens: strange,
    cacheWrite5mTokens: strange,
    cacheWrite1hTokens: strange,
    outputTokens: strange,
    reasoningTokens: strange,
    estimated: fc.boolean(),
  });
  fc.assert(
    fc.property(anyPrice, anything, strange, (price, used, durationMs) => {
      const cost = costOf(price, used, 'flex', durationMs)!;
      return [cost.inputNanoUsd, cost.outputNanoUsd, cost.totalNanoUsd].every(
        (nano) => Number.isSafeInteger(nano) && nano >= 0,
      );
    }),
    runs,
  );
  t.end();
});

const counted = [
  'inputTokens',
  'cacheReadTokens',
  'cacheWrite5mTokens',
  'cacheWrite1hTokens',
  'outputTokens',
] as const;
const anyUsage = fc.tuple(tokens, tokens).chain(([input, output]) => usageWithin(input, output));

t.test('more tokens of a class never cost less within a length', (t) => {
  fc.assert(
    fc.property(anyPrice, anyUsage, fc.constantFrom(...counted), fc.nat(1000), (price, used, name, more) => {
      const flat = { ...price, longContext: [], hour: null };
      const larger = { ...used, [name]: used[name] + more };
      return costOf(flat, used)!.totalNanoUsd <= costOf(flat, larger)!.totalNanoUsd;
    }),
    runs,
  );
  t.end();
});

t.test('the shipped prices never fall when a request grows', (t) => {
  for (const [kind, model] of [
    ['anthropic', 'claude-sonnet-4-5'],
    ['openai', 'gpt-5.6-sol'],
    ['gemini', 'gemini-3-pro-preview'],
  ] as const) {
    fc.assert(
      fc.property(anyUsage, fc.constantFrom(...counted), fc.nat(100_000), (used, name, more) => {
        const larger = { ...used, [name]: used[name] + more };
        return (
          prices.cost(target(kind, model), used)!.totalNanoUsd <=
          prices.cost(target(kind, model), larger)!.totalNanoUsd
        );
      }),
      { numRuns: 2000 },
    );
  }
  t.end();
});

t.test('two answers cost what one of their sum does, but for rounding', (t) => {
  fc.assert(
    fc.property(anyPrice, anyUsage, anyUsage, (price, a, b) => {
      const flat = { ...price, longContext: [], hour: null };
      const both = usage({
        ...Object.fromEntries(
          [...counted, 'reasoningTokens' as const].map((name) => [name, a[name] + b[name]]),
        ),
      });
      const apart = costOf(flat, a)!.totalNanoUsd + costOf(flat, b)!.totalNanoUsd;
      const together = costOf(flat, both)!.totalNanoUsd;
      return together <= apart && apart <= together + 6;
    }),
    runs,
  );
  t.end();
});

t.test('a cost lies between that of the cheapest and of the dearest class', (t) => {
  fc.assert(
    fc.property(anyPrice, anyUsage, (price, used) => {
      const flat = { ...price, longContext: [], hour: null };
      const perWrite = flat.cacheWrite5m ?? flat.input;
      const classes = [flat.input, flat.cacheRead ?? flat.input, perWrite, flat.cacheWrite1h ?? perWrite];
      const total = BigInt(totalInputTokens(used));
      const cost = BigInt(costOf(flat, used)!.inputNanoUsd) * 1_000_000n;
      return (
        cost >= total * BigInt(Math.min(...classes)) &&
        cost <= total * BigInt(Math.max(...classes)) + 4_000_000n
      );
    }),
    runs,
  );
  t.end();
});

t.test('a provider that is paid by time costs by time', (t) => {
  const hourly = createPrices(shippedPrices, {
    local: {
      input: 0,
      output: 0,
      cacheRead: null,
      cacheWrite5m: null,
      cacheWrite1h: null,
      reasoning: null,
      longContext: [],
      tiers: {},
      hour: 1_500_000_000,
    },
  });
  const local = target('openai', 'gpt-4o', { provider: 'local' });
  const used = usage({ inputTokens: 1000, outputTokens: 1000 });
  t.match(hourly.cost(local, used, undefined, 2400), {
    inputNanoUsd: 0,
    outputNanoUsd: 1_000_000,
    totalNanoUsd: 1_000_000,
  });
  t.equal(hourly.cost(local, used, undefined, 0.1)!.totalNanoUsd, 417, 'a millisecond that has begun counts');
  t.equal(hourly.cost(local, used), null, 'without a duration nobody can say');
  t.equal(hourly.most(local, 10, 10), null);
  t.equal(hourly.most(local, 10, 10, { durationMs: 3_600_000 })!.totalNanoUsd, 1_500_000_000);
  t.equal(hourly.cost(target('openai', 'gpt-4o'), used)!.totalNanoUsd, 12_500_000, 'other providers are not');
  t.end();
});
