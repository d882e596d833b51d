import t from 'tap';
import {
  PriceError,
  parseOverrides,
  parsePrice,
  parseProviderPrice,
} from '../../../core/prices/parse-price.ts';
import { createPrices } from '../../../core/prices/prices.ts';
import { shippedPrices } from '../../../core/prices/shipped.ts';
import type { Json } from '../../../sdk/json.ts';
import { target } from './arbitrary.ts';

t.test('prices are read as people write them, dollars for a million tokens', (t) => {
  t.strictSame(
    parseOverrides({
      'mock/gpt': {
        input: '$1.00',
        output: '$2.00',
        cache_read: '$0.10',
        cache_write_5m: '$1.25',
        cache_write_1h: 2,
      },
      'gpt-4o-mini': { input: '$0.075' },
    }),
    {
      'mock/gpt': {
        input: 1_000_000_000,
        output: 2_000_000_000,
        cacheRead: 100_000_000,
        cacheWrite5m: 1_250_000_000,
        cacheWrite1h: 2_000_000_000,
      },
      'gpt-4o-mini': { input: 75_000_000 },
    },
  );
  t.strictSame(parsePrice({ reasoning: 0.5, gpu_usd_per_hour: 1.5 }), {
    reasoning: 500_000_000,
    hour: 1_500_000_000,
  });
  t.end();
});

t.test('long inputs and service tiers have prices of their own', (t) => {
  const none = { cacheRead: null, cacheWrite5m: null, cacheWrite1h: null, reasoning: null };
  t.strictSame(
    parsePrice({
      long_context: [
        { above_input_tokens: 400_000, input: 3, output: 3 },
        { above_input_tokens: 200_000, input: 2, output: 2, cache_read: 1 },
      ],
      tiers: {
        flex: { input: 0.5, output: 0.5, long_context: { above_input_tokens: 9, input: 1, output: 1 } },
      },
    }),
    {
      longContext: [
        { aboveInputTokens: 200_000, price: { ...none, input: 2e9, output: 2e9, cacheRead: 1e9 } },
        { aboveInputTokens: 400_000, price: { ...none, input: 3e9, output: 3e9 } },
      ],
      tiers: {
        flex: {
          ...none,
          input: 5e8,
          output: 5e8,
          longContext: [{ aboveInputTokens: 9, price: { ...none, input: 1e9, output: 1e9 } }],
        },
      },
    },
  );
  t.end();
});

t.test('a provider has a price by time, by tokens, or both', (t) => {
  t.match(parseProviderPrice({ gpu_usd_per_hour: 1.5 }), { input: 0, output: 0, hour: 1_500_000_000 });
  t.match(parseProviderPrice({ input: '$0.20', output: 0 }), { input: 200_000_000, output: 0, hour: null });
  const prices = createPrices(shippedPrices, { local: parseProviderPrice({ gpu_usd_per_hour: '$3.60' }) });
  const local = target('openai', 'llama', { provider: 'local' });
  t.equal(prices.most(local, 100, 100, { durationMs: 1000 })!.totalNanoUsd, 1_000_000);
  t.end();
});

t.test('what is no price is refused with what was expected, what came, and where', (t) => {
  const fault = (run: () => unknown): readonly [string, string] => {
    try {
      run();
    } catch (error) {
      t.ok(error instanceof PriceError);
      return [(error as PriceError).path.join('.'), (error as PriceError).message];
    }
    return ['', 'no error'];
  };
  const cases: readonly (readonly [Json, string, string])[] = [
    [
      { 'mock/gpt': { input: 'free' } },
      'mock/gpt.input',
      'expected an amount in US dollars, such as $20 or 0.25; came "free"',
    ],
    [{ a: { input: -1 } }, 'a.input', 'expected an amount in US dollars, such as $20 or 0.25; came -1'],
    [
      { a: { cache_reads: 1 } },
      'a.cache_reads',
      '"cache_reads" is no part of a price. Did you mean "cache_read"?',
    ],
    [{ a: '$1' }, 'a', 'expected prices such as { input: $1.00, output: $2.00 }; came "$1"'],
    [
      { a: { long_context: { above_input_tokens: 'long', input: 1, output: 1 } } },
      'a.long_context.0.above_input_tokens',
      'expected a whole number of tokens; came "long"',
    ],
    [
      { a: { tiers: { flex: { input: 1 } } } },
      'a.tiers.flex',
      'expected input and output; output is missing, write 0 where it costs nothing',
    ],
    ['none', '', 'expected prices such as { input: $1.00, output: $2.00 }; came "none"'],
  ];
  for (const [raw, path, message] of cases)
    t.strictSame(
      fault(() => parseOverrides(raw)),
      [path, message],
    );
  t.strictSame(
    fault(() => parseProviderPrice({ input: 1 }, ['providers', 'local', 'price'])),
    [
      'providers.local.price',
      'expected gpu_usd_per_hour, or input and output; output is missing, write 0 where it costs nothing',
    ],
  );
  t.match(fault(() => parsePrice({ wholly_else: 1 }))[1], /Known are input, output, cache_read/);
  t.end();
});
