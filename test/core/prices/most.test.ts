import fc from 'fast-check';
import t from 'tap';
import { costOf, mostOf } from '../../../core/prices/cost.ts';
import { createPrices } from '../../../core/prices/prices.ts';
import { shippedPrices } from '../../../core/prices/shipped.ts';
import type { ModelPrice } from '../../../sdk/prices.ts';
import { anyPrice, target, tokens, usage, usageWithin } from './arbitrary.ts';

const runs = { numRuns: 5000 };
const tier = fc.constantFrom(undefined, 'default', 'flex', 'priority', 'unheard-of');

const situation = fc
  .record({ price: anyPrice, input: tokens, output: tokens, asked: tier, durationMs: fc.nat(600_000) })
  .chain((limits) => usageWithin(limits.input, limits.output).map((used) => ({ ...limits, used })));

t.test('no usage within the limits costs more than the most, whatever the price', (t) => {
  fc.assert(
    fc.property(situation, fc.double({ min: 0, max: 1, noNaN: true }), (given, share) => {
      const { price, input, output, asked, durationMs, used } = given;
      const most = mostOf(price, input, output, { serviceTier: asked, durationMs } as object, true);
      // The provider may serve at the usual tier what was asked for at another.
      for (const served of [asked, undefined, 'default']) {
        const cost = costOf(price, used, served, durationMs * share);
        if (!most || !cost) throw new Error('there is a price, so there is a cost');
        if (cost.inputNanoUsd > most.inputNanoUsd) return false;
        if (cost.outputNanoUsd > most.outputNanoUsd) return false;
        if (cost.totalNanoUsd > most.totalNanoUsd) return false;
      }
      return true;
    }),
    runs,
  );
  t.end();
});

t.test('without cache writes no usage without them costs more', (t) => {
  fc.assert(
    fc.property(situation, ({ price, input, output, used }) => {
      const most = mostOf(price, input, output, { durationMs: 0 }, false)!;
      const { inputTokens, cacheWrite5mTokens, cacheWrite1hTokens } = used;
      const unwritten = {
        ...used,
        inputTokens: inputTokens + cacheWrite5mTokens + cacheWrite1hTokens,
        cacheWrite5mTokens: 0,
        cacheWrite1hTokens: 0,
      };
      return costOf(price, unwritten, undefined, 0)!.totalNanoUsd <= most.totalNanoUsd;
    }),
    runs,
  );
  t.end();
});

t.test('the most is no more than some usage can cost, but for what rounding may add', (t) => {
  fc.assert(
    fc.property(anyPrice, tokens, tokens, (price, input, output) => {
      const flat: ModelPrice = { ...price, longContext: [], tiers: {}, hour: null };
      const most = mostOf(flat, input, output, {}, true)!;
      const dearest = Math.max(
        ...(['inputTokens', 'cacheReadTokens', 'cacheWrite5mTokens', 'cacheWrite1hTokens'] as const).flatMap(
          (name) =>
            [0, output].map(
              (reasoningTokens) =>
                costOf(flat, usage({ [name]: input, outputTokens: output, reasoningTokens }))!.totalNanoUsd,
            ),
        ),
      );
      return most.totalNanoUsd - dearest <= 4;
    }),
    runs,
  );
  t.end();
});

t.test('the most grows with both limits', (t) => {
  fc.assert(
    fc.property(anyPrice, tokens, tokens, fc.nat(1000), (price, input, output, more) => {
      const most = (a: number, b: number) => mostOf(price, a, b, { durationMs: 5 }, true)!.totalNanoUsd;
      return most(input, output) <= Math.min(most(input + more, output), most(input, output + more));
    }),
    runs,
  );
  t.end();
});

t.test('every price of the table keeps the promise', (t) => {
  const prices = createPrices(shippedPrices);
  for (const [kind, models] of Object.entries(shippedPrices.models)) {
    for (const name of Object.keys(models)) {
      const slash = name.indexOf('/');
      const model = target(kind, name.slice(slash + 1), { region: name.slice(0, Math.max(0, slash)) });
      const price = prices.of(model)!;
      const tiers = [undefined, ...Object.keys(price.tiers)];
      fc.assert(
        fc.property(
          fc.constantFrom(...tiers),
          tokens.chain((input) =>
            tokens.chain((output) => fc.tuple(fc.constant([input, output]), usageWithin(input, output))),
          ),
          (serviceTier, [[input, output], used]) => {
            const terms = serviceTier === undefined ? {} : { serviceTier };
            const most = prices.most(model, input!, output!, terms)!.totalNanoUsd;
            return (
              prices.cost(model, used, serviceTier)!.totalNanoUsd <= most &&
              prices.cost(model, used)!.totalNanoUsd <= most
            );
          },
        ),
        { numRuns: 50 },
      );
    }
  }
  t.end();
});

t.test('the most of a request is its input at the dearest class and its whole output', (t) => {
  const prices = createPrices(shippedPrices);
  const sonnet = target('anthropic', 'claude-sonnet-4-5');
  const cents = (...[input, output, terms]: [number, number, object?]) => {
    const { inputNanoUsd, outputNanoUsd } = prices.most(sonnet, input, output, terms)!;
    return [inputNanoUsd / 1e7, outputNanoUsd / 1e7];
  };
  // $6 for a write of an hour, $15 for output; above 200,000 tokens $12 and $22.50.
  t.strictSame(cents(100_000, 1_000), [60, 1.5]);
  t.strictSame(cents(200_000, 1_000), [120, 1.5]);
  t.strictSame(cents(200_001, 1_000), [240.0012, 2.25]);
  t.strictSame(cents(100_000, 1_000, { cacheWrites: false }), [30, 1.5]);

  const opus = target('anthropic', 'claude-opus-5');
  t.equal(prices.most(opus, 0, 1_000_000)!.totalNanoUsd, 25e9);
  t.equal(prices.most(opus, 0, 1_000_000, { serviceTier: 'fast' })!.totalNanoUsd, 50e9);
  const gpt = target('openai', 'gpt-5');
  t.equal(
    prices.most(gpt, 0, 1_000_000, { serviceTier: 'flex' })!.totalNanoUsd,
    10e9,
    'a cheaper tier may not be served',
  );
  const sol = target('openai', 'gpt-5.6-sol');
  t.equal(
    prices.most(sol, 100_000, 0, { cacheWrites: false })!.totalNanoUsd,
    625e6,
    'OpenAI writes its cache without being asked',
  );
  t.end();
});
