import { readFileSync } from 'node:fs';
import t from 'tap';
import { createPrices } from '../../../core/prices/prices.ts';
import { reasonToLeaveOut, tableName } from '../../../core/prices/selection.ts';
import { shippedPrices } from '../../../core/prices/shipped.ts';
import { type PriceSource, printTable, toTable } from '../../../core/prices/update.ts';
import type { ClassPrices, ModelPrice } from '../../../sdk/prices.ts';
import { target } from './arbitrary.ts';
import { noPriceSource, priceSource } from './source.ts';

const head = {
  data: 'somebody:prices.json',
  license: 'MIT',
  as_of: '2026-01-31T10:00:00Z',
  via: 'a copy (of it)',
};

function made(models: PriceSource['models']) {
  return toTable({ source: head, models });
}

const plain = { mode: 'chat', input_cost_per_token: 1e-6, output_cost_per_token: 2e-6 };

t.test('dollars for a token become whole nano-dollars for a million', (t) => {
  const { table, notes } = made({
    openai: {
      a: {
        ...plain,
        cache_read_input_token_cost: 8.75e-9,
        input_cost_per_token_above_200k_tokens: 2e-6,
        output_cost_per_token_above_200k_tokens: 3e-6,
        output_cost_per_reasoning_token: 2e-6,
        input_cost_per_token_flex: 5e-7,
        output_cost_per_token_flex: 1e-6,
        input_cost_per_token_priority: 1.7e-6,
        output_cost_per_token_priority: 3e-6,
      },
    },
  });
  t.strictSame(table, {
    as_of: '2026-01-31',
    source: 'somebody:prices.json, MIT, a copy',
    unit: 'nano-dollars for a million tokens',
    models: {
      openai: {
        a: {
          input: 1_000_000_000,
          output: 2_000_000_000,
          cacheRead: 8_750_000,
          longContext: [
            { aboveInputTokens: 200_000, input: 2_000_000_000, output: 3_000_000_000, cacheRead: 17_500_000 },
          ],
          tiers: { flex: 0.5, priority: { input: 1_700_000_000, output: 3_000_000_000 } },
        },
      },
    },
  });
  t.strictSame(notes, []);
  t.throws(
    () => made({ openai: { a: { ...plain, input_cost_per_token: 1.23456e-12 } } }),
    /whole nano-dollars/,
  );
  t.end();
});

t.test('what another row says already is left out', (t) => {
  const { table } = made({
    openai: {
      'm-2026-01-01': plain,
      m: plain,
      'n-2026-01-01': plain,
      'n-2026-02-02': { ...plain, input_cost_per_token: 3e-6 },
    },
    azure: { m: plain, 'eu/m': { ...plain, input_cost_per_token: 2e-6 }, 'us/m': plain },
    bedrock: {
      'x.m-v1:0': plain,
      'us.x.m-v1:0': plain,
      'eu.x.m-v1:0': { ...plain, output_cost_per_token: 3e-6 },
    },
  });
  t.strictSame(Object.keys(table.models['openai']!).toSorted(), ['m', 'n-2026-01-01', 'n-2026-02-02']);
  t.strictSame(Object.keys(table.models['azure']!), ['eu/m']);
  t.strictSame(Object.keys(table.models['bedrock']!).toSorted(), ['eu.x.m-v1:0', 'x.m-v1:0']);
  t.end();
});

t.test('what cannot be right is not taken, and said', (t) => {
  const { table, notes } = made({
    openai: {
      read: { ...plain, cache_creation_input_token_cost: 5e-7 },
      hour: {
        ...plain,
        cache_creation_input_token_cost: 1.25e-6,
        cache_creation_input_token_cost_above_1hr: 6e-6,
      },
      tier: { ...plain, input_cost_per_token_priority: 5e-5 },
      zero: { mode: 'chat', input_cost_per_token: 0, output_cost_per_token: 0 },
      half: { mode: 'chat', input_cost_per_token: 1e-6, output_cost_per_token: 0 },
      none: { mode: 'chat' },
      embed: { mode: 'embedding', input_cost_per_token: 1e-6, output_cost_per_token: 0 },
      'gpt-audio': plain,
    },
    bedrock: { 'x.m': plain, 'eu.x.m': { ...plain, input_cost_per_token: 2e-7 } },
    azure: {
      m: {
        ...plain,
        input_cost_per_token_above_272k_tokens: 2e-6,
        output_cost_per_token_above_272k_tokens: 3e-6,
      },
      'eu/m': { ...plain, input_cost_per_token: 1.1e-6 },
    },
  });
  const usual = { input: 1_000_000_000, output: 2_000_000_000 };
  t.strictSame(table.models, {
    openai: {
      read: { ...usual, cacheRead: 500_000_000 },
      hour: { ...usual, cacheWrite5m: 1_250_000_000 },
      tier: usual,
      embed: { ...usual, output: 0 },
    },
    bedrock: { 'x.m': usual },
    azure: {
      m: {
        ...usual,
        longContext: [{ aboveInputTokens: 272_000, input: 2_000_000_000, output: 3_000_000_000 }],
      },
      'eu/m': {
        ...usual,
        input: 1_100_000_000,
        longContext: [{ aboveInputTokens: 272_000, input: 2_200_000_000, output: 3_300_000_000 }],
      },
    },
  });
  t.strictSame(notes, [
    'openai read: cache write costs less than input: taken as cache read',
    'openai hour: 1-hour cache write at 6 times the input: left out',
    'openai tier: priority has no price of its output: left out',
    'openai zero: no price in the source: left out',
    'openai half: no price in the source: left out',
    'openai none: no price in the source: left out',
    'bedrock eu.x.m: costs less than half of the model: left out',
    'azure eu/m: no price of long requests: taken from the model',
  ]);
  t.end();
});

t.test('the text has one model a line, sorted', (t) => {
  const { table } = made({
    openai: { b: plain, a: { ...plain, output_cost_per_token: 1e-6 } },
    anthropic: { c: plain },
  });
  t.equal(
    printTable(table),
    `{
  "as_of": "2026-01-31",
  "source": "somebody:prices.json, MIT, a copy",
  "unit": "nano-dollars for a million tokens",
  "models": {
    "anthropic": {
      "c": {"input":1000000000,"output":2000000000}
    },
    "openai": {
      "a": {"input":1000000000,"output":1000000000},
      "b": {"input":1000000000,"output":2000000000}
    }
  }
}
`,
  );
  t.end();
});

t.test('the shipped table is what the source makes', { skip: noPriceSource }, (t) => {
  const file = new URL('../../../core/prices/table.json', import.meta.url);
  t.equal(printTable(toTable(priceSource()).table), readFileSync(file, 'utf8'));
  t.end();
});

t.test('the shipped table is plausible and small', (t) => {
  const prices = createPrices(shippedPrices);
  let count = 0;
  for (const [kind, models] of Object.entries(shippedPrices.models)) {
    for (const name of Object.keys(models)) {
      count += 1;
      const slash = name.indexOf('/');
      const region = name.slice(0, Math.max(0, slash));
      const price = prices.of(target(kind, name.slice(slash + 1), { region }))!;
      const { input, output, cacheRead, cacheWrite5m, cacheWrite1h } = price;
      t.ok(
        input > 0 && (output >= input || output === 0 || kind === 'bedrock'),
        `${kind} ${name}: input and output`,
      );
      t.ok(cacheRead === null || cacheRead < input, `${kind} ${name}: reads cost less`);
      t.ok(cacheWrite5m === null || cacheWrite5m > input, `${kind} ${name}: writes cost more`);
      t.ok(
        cacheWrite1h === null || cacheWrite1h > cacheWrite5m!,
        `${kind} ${name}: an hour costs more still`,
      );
      for (const { price: long } of price.longContext)
        t.ok(long.input > input, `${kind} ${name}: long costs more`);
    }
  }
  t.ok(count < 400);
  t.end();
});

t.test('every model that is taken has the very prices of the source', { skip: noPriceSource }, (t) => {
  const prices = createPrices(shippedPrices);
  const fields = {
    input: 'input_cost_per_token',
    output: 'output_cost_per_token',
    cacheRead: 'cache_read_input_token_cost',
  } as const;
  const suffixes: readonly (readonly [string, (price: ModelPrice) => ClassPrices | undefined])[] = [
    ['', (price) => price],
    ['_flex', (price) => price.tiers['flex']],
    ['_batches', (price) => price.tiers['batch']],
    ['_priority', (price) => price.tiers['priority'] ?? price],
    ['_above_200k_tokens', (price) => price.longContext[0]?.price],
    ['_above_272k_tokens', (price) => price.longContext[0]?.price],
    ['_above_200k_tokens_priority', (price) => (price.tiers['priority'] ?? price).longContext[0]?.price],
    ['_above_272k_tokens_priority', (price) => (price.tiers['priority'] ?? price).longContext[0]?.price],
  ];
  const wrong: string[] = [];
  let compared = 0;
  for (const [kind, facts] of Object.entries(priceSource().models)) {
    for (const [name, fact] of Object.entries(facts)) {
      if (reasonToLeaveOut(kind, name) !== null) continue;
      const model = tableName(kind, name);
      const slash = model.indexOf('/');
      const region = model.slice(0, Math.max(0, slash));
      const price = prices.of(target(kind, model.slice(slash + 1), { region }));
      for (const [suffix, classes] of suffixes) {
        for (const [field, usd] of Object.entries(fields)) {
          const expected = fact[usd + suffix];
          if (typeof expected !== 'number') continue;
          compared += 1;
          const came = price && classes(price)?.[field as keyof typeof fields];
          if (came !== Number(`${expected}e15`.replace(/e(-?\d+)e15/, (_, e) => `e${Number(e) + 15}`))) {
            wrong.push(`${kind} ${name} ${field}${suffix}`);
          }
        }
      }
    }
  }
  // Mistakes of the source, which the update names; and a model that another endpoint sells at another price.
  t.strictSame(wrong, [
    'openai gpt-5-nano input_priority',
    'gemini gemma-3-27b-it input',
    'gemini gemma-3-27b-it output',
    'bedrock anthropic.claude-mythos-preview input',
    'bedrock anthropic.claude-mythos-preview output',
    'bedrock bedrock_mantle/openai.gpt-oss-safeguard-20b input',
    'bedrock bedrock_mantle/openai.gpt-oss-safeguard-20b output',
    'bedrock eu.anthropic.claude-3-5-haiku-20241022-v1:0 input',
    'bedrock eu.anthropic.claude-3-5-haiku-20241022-v1:0 output',
    'bedrock eu.anthropic.claude-3-5-haiku-20241022-v1:0 cacheRead',
  ]);
  t.ok(compared > 1500);
  t.end();
});
