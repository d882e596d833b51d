import { readFileSync } from 'node:fs';
import t from 'tap';
import { parsePluginFile } from '../../../core/program/plugin-file.ts';
import { type LedgerOptions, ledger } from '../../../plugins/ledger/plugin.ts';
import type { RequestContext, SettledContext } from '../../../sdk/context.ts';
import type { AnyPlugin, RequestHooks } from '../../../sdk/plugin.ts';
import type { Services } from '../../../sdk/services.ts';
import { FakeClock, settled as idle } from '../../../sdk/testing/clock.ts';
import { recordingLog } from '../../../sdk/testing/fakes.ts';
import { MemoryLedger } from './_memory-ledger.ts';
import { price, tablePrices } from './_prices.ts';
import { attempt, models, settled, usage } from './_settled.ts';

const plugins = new Map([['ledger', ledger as AnyPlugin]]);

/** The options that a file comes to, or what is wrong with it. */
function read(text: string): { options: LedgerOptions; problems: readonly string[] } {
  const { parsed, problems } = parsePluginFile('00-ledger.yaml', text, plugins);
  return {
    options: parsed?.options as unknown as LedgerOptions,
    problems: problems.map(({ line, message }) => `${line}: ${message}`),
  };
}

async function setup(text = 'plugin: ledger\n', store = new MemoryLedger()) {
  const clock = new FakeClock();
  const log = recordingLog();
  const services = { clock, log, models, ledger: store, prices: tablePrices({ 'gpt-x': price() }) };
  const hooks: RequestHooks<undefined> = await ledger.setup(
    read(text).options,
    services as unknown as Services,
    { file: '00-ledger.yaml', policyVersion: 'p' },
  );
  return {
    store,
    clock,
    log,
    hooks,
    close: () => hooks.close?.(),
    request: async () => hooks.onRequest?.({} as RequestContext, undefined),
    settle: async (ctx: SettledContext) => hooks.settled?.(ctx, undefined),
  };
}

const numbered = (id: number) => settled({ requestId: `req_${id}` });

t.test('a file with nothing in it is enough', (t) => {
  t.strictSame(read('plugin: ledger\n'), {
    options: { retention: 400 * 86_400_000, prices: {}, record_prompts: 'none' },
    problems: [],
  });
  t.end();
});

t.test('prices are written as people write them, and a mistake names its line', (t) => {
  const { options } = read(
    'plugin: ledger\nretention: 30d\nprices: { mock/gpt: { input: $1.00, output: 2, cache_read: $0.10, cache_write_5m: $1.25, cache_write_1h: $2.00 } }\n',
  );
  t.equal(options.retention, 30 * 86_400_000);
  t.strictSame(options.prices, {
    'mock/gpt': {
      input: 1_000_000_000,
      output: 2_000_000_000,
      cache_read: 100_000_000,
      cache_write_5m: 1_250_000_000,
      cache_write_1h: 2_000_000_000,
    },
  });
  t.match(read('plugin: ledger\nretention: 30 days\n').problems, [/^2: .*duration/]);
  t.match(read('plugin: ledger\nprices:\n  mock/gpt:\n    inptu: $1\n').problems, [/^4: .*input/]);
  t.match(read('plugin: ledger\nprices:\n  mock/gpt:\n    input: -1\n').problems, [/^4: .*US dollars/]);
  t.end();
});

t.test('a row is in the ledger when settled is over', async (t) => {
  const { store, settle, close } = await setup();
  await settle(numbered(1));
  t.equal(store.all.length, 1);
  await settle(numbered(1));
  t.equal(store.all.length, 1, 'once, however often it is told');
  await close();
});

t.test("a file's prices count in place of the shipped ones, and say so", async (t) => {
  const { store, settle, close, hooks } = await setup(
    'plugin: ledger\nprices: { gpt-x: { output: $8 }, local/llama: { input: $0.5, output: $0.5 } }\n',
  );
  t.equal(
    hooks.provides?.prices?.version,
    '2026-01-01-aaaaaa-own',
    'plugins after it hold by the same prices',
  );
  await settle(numbered(1));
  const local = attempt({ target: 'local/llama', provider: 'local' });
  await settle(settled({ requestId: 'req_2', attempts: [local] }));
  t.match(store.all, [
    {
      cost_usd: { inputNanoUsd: 100_000, outputNanoUsd: 400_000, priceTableVersion: '2026-01-01-aaaaaa-own' },
    },
    { cost_usd: { inputNanoUsd: 50_000, outputNanoUsd: 25_000 } },
  ]);
  await close();
});

t.test('a model without a price is told of once', async (t) => {
  const { store, settle, log, close } = await setup();
  const unknown = [attempt({ target: 'local/llama', provider: 'local' })];
  for (const id of ['req_1', 'req_2']) await settle(settled({ requestId: id, attempts: unknown }));
  t.match(store.all, [
    { cost_usd: { priceTableVersion: 'unpriced' } },
    { cost_usd: { priceTableVersion: 'unpriced' } },
  ]);
  t.match(log.lines, [{ level: 'warn', fields: { model: 'local/llama' } }]);
  t.equal(log.lines.length, 1);
  await close();
});

t.test('while the ledger cannot be written requests are refused before they cost anything', async (t) => {
  const { store, settle, request, clock, log, close } = await setup();
  await request();
  store.down = true;
  await t.rejects(settle(numbered(1)), { code: 'store_unavailable' });
  await t.rejects(settle(numbered(2)), { code: 'store_unavailable' }, 'one that was under way');
  await t.rejects(request(), { code: 'store_unavailable', retryAfterMs: 1000 });
  await clock.advance(5_000);
  await t.rejects(request(), { code: 'store_unavailable' }, 'tries that failed change nothing');
  t.equal(log.lines.length, 1, 'and are not told again');
  store.down = false;
  await clock.advance(1_000);
  await request();
  t.strictSame(
    store.all.map(({ event_id }) => event_id),
    ['req_1', 'req_2'],
    'what could not be written is written now',
  );
  await close();
  t.equal(clock.pending, 0);
});

t.test('rows that wait are bounded, and what is lost is said', async (t) => {
  const { store, settle, log, close } = await setup();
  store.down = true;
  for (let id = 0; id < 10_003; id += 1) await settle(numbered(id)).catch(() => undefined);
  const lost = log.lines.filter(({ message }) => message.includes('lost'));
  t.match(lost, [{ level: 'error', fields: { lost: 1, waiting: 10_000 } }]);
  t.equal(lost.length, 1);
  store.down = false;
  await close();
  t.equal(store.all.length, 10_000, 'the rest is written at the end');
});

t.test('a row that the ledger refuses holds no other one up', async (t) => {
  const { store, request, log, close, settle } = await setup();
  const refusing = store.append.bind(store);
  store.append = async (rows) => {
    if (rows.some(({ event_id }) => event_id === 'req_2')) throw new RangeError('ledger row req_2: too long');
    return refusing(rows);
  };
  await t.rejects(settle(numbered(2)), RangeError);
  await request();
  t.match(log.lines, [{ level: 'error', fields: { request_id: 'req_2' } }]);
  await settle(numbered(3));
  t.equal(store.all.length, 1);
  await close();
});

t.test('one bad row among those that wait is dropped alone', async (t) => {
  const { store, request, clock, close, settle } = await setup();
  const refusing = store.append.bind(store);
  store.down = true;
  for (const id of [1, 2, 3]) await settle(numbered(id)).catch(() => undefined);
  store.append = async (rows) => {
    if (rows.some(({ event_id }) => event_id === 'req_2')) throw new RangeError('ledger row req_2: too long');
    return refusing(rows);
  };
  store.down = false;
  await clock.advance(1_000);
  await request();
  t.strictSame(
    store.all.map(({ event_id }) => event_id),
    ['req_1', 'req_3'],
  );
  await close();
});

t.test('old rows are forgotten a minute after the start and every hour, until the plugin goes', async (t) => {
  const { store, clock, log, close } = await setup('plugin: ledger\nretention: 30d\n');
  const start = clock.now();
  await clock.advance(59_000);
  t.strictSame(store.pruned, []);
  await clock.advance(1_000);
  t.strictSame(store.pruned, [start + 60_000 - 30 * 86_400_000]);
  store.down = true;
  await clock.advance(3_600_000);
  store.down = false;
  await clock.advance(3_600_000);
  t.equal(store.pruned.length, 2, 'a failure is tried again in an hour');
  t.match(
    log.lines.map(({ level }) => level),
    ['info', 'warn', 'info'],
  );
  await close();
  await idle();
  await clock.advance(7_200_000);
  t.equal(store.pruned.length, 2);
  t.equal(clock.pending, 0);
});

t.test('the README names every option and what it is without one', (t) => {
  const readme = readFileSync(new URL('../../../plugins/ledger/README.md', import.meta.url), 'utf8');
  for (const [option, fallback] of [
    ['retention', '400d'],
    ['prices', '{}'],
    ['record_prompts', 'none'],
  ] as const) {
    t.match(readme, new RegExp(`^\\| \`${option}\` +\\| \`${fallback}\``, 'm'), option);
  }
  t.end();
});

t.test('usage that was never counted is a row all the same', async (t) => {
  const { store, settle, close } = await setup();
  await settle(settled({ usage: usage({ inputTokens: -1, outputTokens: Number.NaN }) }));
  t.match(store.all, [{ usage: { total_tokens: 0 }, cost_usd: { totalNanoUsd: 0 } }]);
  await close();
});
