import t from 'tap';
import { createPrices } from '../../../core/prices/prices.ts';
import { shippedPrices } from '../../../core/prices/shipped.ts';
import { target, usage } from './arbitrary.ts';

const shipped = createPrices(shippedPrices);
const whole = { input: 1_000_000_000, output: 2_000_000_000 };

t.test('an override replaces what it names, and what it does not name stays', (t) => {
  const prices = shipped.with({ 'claude/claude-haiku-4-5': { output: 4_000_000_000, cacheRead: 0 } });
  const haiku = target('anthropic', 'claude-haiku-4-5', { provider: 'claude' });
  t.strictSame(prices.of(haiku), { ...shipped.of(haiku), output: 4_000_000_000, cacheRead: 0 });
  const other = target('anthropic', 'claude-haiku-4-5', { provider: 'claude2' });
  t.strictSame(prices.of(other), shipped.of(other));
  const undefinedIsNothing = shipped.with({ 'claude-haiku-4-5': { input: undefined } as object });
  t.strictSame(undefinedIsNothing.of(haiku), shipped.of(haiku));
  t.end();
});

t.test('the most exact override wins, whatever their order', (t) => {
  const input = (nano: number) => ({ input: nano, output: 0 });
  const overrides = {
    '*': input(1),
    'local/*': input(2),
    'local/llama-*': input(3),
    'llama-3': input(4),
    'local/llama-3': input(5),
  };
  for (const order of [Object.entries(overrides), Object.entries(overrides).toReversed()]) {
    const prices = shipped.with(Object.fromEntries(order));
    const of = (provider: string, model: string) => prices.of(target('openai', model, { provider }))?.input;
    t.equal(of('local', 'llama-3'), 5);
    t.equal(of('other', 'llama-3'), 4);
    t.equal(of('local', 'llama-3.1'), 3);
    t.equal(of('local', 'qwen'), 2);
    t.equal(of('openai', 'gpt-4o'), 1);
    t.equal(of('openrouter', 'meta/llama'), 1, 'a glob reaches across slashes');
  }
  t.end();
});

t.test('the mock is priced by its model, whatever directives stand behind it', (t) => {
  const prices = shipped.with({ 'mock/gpt': { ...whole, cacheRead: 100_000_000 } });
  const cost = (model: string) =>
    prices.cost(target('mock', model), usage({ inputTokens: 10, cacheReadTokens: 10, outputTokens: 10 }))!;
  t.equal(cost('gpt').totalNanoUsd, 10_000 + 1000 + 20_000);
  t.equal(cost('gpt+slow-500ms+error-503').totalNanoUsd, 31_000);
  t.equal(cost('gpt-mini').totalNanoUsd, 0);
  t.equal(prices.most(target('mock', 'gpt'), 10, 10, { cacheWrites: false })!.totalNanoUsd, 30_000);
  t.end();
});

t.test('a model without a price gets one where both halves are named', (t) => {
  const model = target('openai', 'our-model');
  t.equal(shipped.of(model), null);
  t.equal(shipped.cost(model, usage({ inputTokens: 1 })), null);
  t.equal(shipped.most(model, 1, 1), null);
  t.match(shipped.with({ 'our-model': whole }).of(model), whole);
  t.equal(shipped.with({ 'our-model': { input: 1 } }).of(model), null);
  t.equal(shipped.with({ 'our-model': { cacheRead: 1 } }).of(model), null);
  t.match(shipped.with({ 'our-model': { hour: 5 } }).of(model), { input: 0, output: 0, hour: 5 });
  t.match(shipped.with({ 'our-model': { input: 0, output: 0 } }).of(model), { input: 0 }, 'free is a price');
  t.end();
});

t.test('overrides stack: the later ones see what the earlier ones made', (t) => {
  const prices = shipped.with({ 'our-model': whole }).with({ 'our-*': { output: 7 } });
  t.match(prices.of(target('openai', 'our-model')), { input: whole.input, output: 7 });
  t.equal(prices.with({}), prices);
  t.end();
});

t.test('an override stands above the price of its provider', (t) => {
  const free = shipped.with({ 'mock/gpt': {} }).of(target('mock', 'gpt'))!;
  const prices = createPrices(shippedPrices, { local: { ...free, input: 1, output: 2 } });
  const local = target('openai', 'gpt-4o', { provider: 'local' });
  t.match(prices.of(local), { input: 1, output: 2, cacheRead: null });
  t.match(prices.with({ 'gpt-4o': { output: 3 } }).of(local), { input: 1, output: 3 });
  t.end();
});

t.test('the version changes with every price, and not with the order in which they are written', (t) => {
  t.match(shipped.version, /^\d{4}-\d\d-\d\d-[0-9a-f]{6}$/);
  t.ok(shipped.version.startsWith(shippedPrices.as_of));
  t.equal(createPrices(shippedPrices).version, shipped.version);
  const version = (overrides: Parameters<typeof shipped.with>[0]) => shipped.with(overrides).version;
  const versions = [
    shipped.version,
    version({ a: whole }),
    version({ b: whole }),
    version({ a: { ...whole, input: 5 } }),
    createPrices(shippedPrices, { a: shipped.of(target('mock', 'gpt'))! }).version,
  ];
  t.equal(new Set(versions).size, versions.length);
  t.equal(
    version({ a: whole, b: { input: 1, output: 2 } }),
    version({ b: { output: 2, input: 1 }, a: whole }),
  );
  const cost = shipped.with({ '*': whole }).cost(target('openai', 'x'), usage({ inputTokens: 1 }))!;
  t.equal(cost.priceTableVersion, version({ '*': whole }));
  t.end();
});

t.test('a price that is no whole number of nano-dollars is refused', (t) => {
  for (const price of [
    { input: -1 },
    { output: 0.5 },
    { cacheRead: Number.NaN },
    { hour: Number.POSITIVE_INFINITY },
    { longContext: [{ aboveInputTokens: 5, price: { ...whole, input: -1 } }] },
    { tiers: { flex: { ...whole, output: 1.5 } } },
  ]) {
    t.throws(() => shipped.with({ 'mock/gpt': price as object }), RangeError);
  }
  t.throws(
    () => shipped.with({ 'mock/gpt': { input: -1 } }),
    /price of mock\/gpt\.input: expected a whole number from 0; came -1/,
  );
  t.end();
});
