import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import t from 'tap';
import { costReport } from '../../../core/reports/cost-report.ts';
import { chatEvents, type ScriptedReply, type TestGateway, testGateway } from '../../../core/testing.ts';
import { ledger } from '../../../plugins/ledger/plugin.ts';
import { type LedgerRow, ledgerJson } from '../../../sdk/ledger.ts';
import { type AnyPlugin, definePlugin } from '../../../sdk/plugin.ts';
import { MemoryLedger } from './_memory-ledger.ts';
import { price, tablePrices } from './_prices.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../../docs/reference/cost-ledger.schema.json', import.meta.url), 'utf8'),
) as object;
const valid = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);

const rates = { large: price({ input: 2_500_000_001, output: 9_999_999_999 }), small: price() };

/** Who asks is said by a header, as the plugin of keys would find out. */
const whoAsks = definePlugin({
  name: 'who-asks',
  summary: 'Takes the key from a header.',
  schema: { type: 'object' },
  needs: [],
  onFailure: 'closed',
  setup: () => ({
    onRequest: ({ headers }) => ({
      type: 'continue',
      changes: { identity: { key: { id: headers['x-key'] ?? 'none', name: '', scopes: [] } } },
    }),
  }),
});

/** Answers or refuses what the test asks it to. */
const cacheOrDeny = definePlugin({
  name: 'semantic-cache',
  summary: 'Stands in for a cache and a guard.',
  schema: { type: 'object' },
  needs: [],
  onFailure: 'closed',
  setup: () => ({
    onRequest({ headers }) {
      if (headers['x-deny'] !== undefined) return { type: 'deny', code: 'no_secrets', status: 403 };
      if (headers['x-hit'] === undefined) return undefined;
      const usage = {
        inputTokens: 1_000,
        cacheReadTokens: 0,
        cacheWrite5mTokens: 0,
        cacheWrite1hTokens: 0,
        outputTokens: 10,
        reasoningTokens: 0,
        estimated: false,
      };
      return {
        type: 'respond',
        source: 'exact',
        model: 'small',
        chunks: [
          { type: 'text', choice: 0, text: 'Hi' },
          { type: 'finish', choice: 0, reason: 'stop' },
          { type: 'usage', usage },
        ],
      };
    },
  }),
});

const config = `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
  spare: { kind: openai, base_url: http://spare.test/v1, api_key: sk-test-spare, region: eu }
models:
  smart: up/large
  cheap: up/small
  both: [up/large, spare/small]
`;

async function start(): Promise<TestGateway & { store: MemoryLedger }> {
  const store = new MemoryLedger();
  // The plugin itself, on a ledger and prices of the test's own.
  const onFakes = {
    ...ledger,
    needs: ['clock', 'log', 'models'],
    setup: (options: never, services: object, info: never) =>
      (ledger as AnyPlugin).setup(
        options,
        { ...services, ledger: store, prices: tablePrices(rates) } as never,
        info,
      ),
  } as unknown as AnyPlugin;
  const gateway = await testGateway({
    config,
    plugins: [onFakes, whoAsks, cacheOrDeny] as AnyPlugin[],
    policies: {
      '00-ledger.yaml': 'plugin: ledger\n',
      '10-who.yaml': 'plugin: who-asks\n',
      '20-cache.yaml': 'plugin: semantic-cache\n',
    },
  });
  return { ...gateway, store };
}

function counted(prompt: number, cached: number, completion: number): ScriptedReply {
  return {
    json: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_767_225_600,
      model: 'scripted',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
      usage: {
        prompt_tokens: prompt,
        completion_tokens: completion,
        total_tokens: prompt + completion,
        prompt_tokens_details: { cached_tokens: cached },
      },
    },
  };
}

t.test(
  '100 requests over three keys and two models: the report is their sum, to the nano-dollar',
  async (t) => {
    const { chat, upstream, store, close } = await start();
    t.teardown(close);
    const expected = new Map<string, { costNanoUsd: number; inputTokens: number; requests: number }>();
    let totalNanoUsd = 0;
    for (let index = 0; index < 100; index += 1) {
      const [model, rate] =
        index % 2 === 0 ? (['smart', rates.large] as const) : (['cheap', rates.small] as const);
      const key = `key_${1 + (index % 3)}`;
      const [prompt, cached, completion] = [1_001 + index * 37, (index % 4) * 111, 13 + index * 3];
      upstream.reply(counted(prompt, cached, completion));
      const answer = await chat('Hello', { model }, { 'x-key': key });
      await answer.text();
      const part = (tokens: number, nano: number) => Math.ceil((tokens * nano) / 1_000_000);
      const cost =
        part(prompt - cached, rate.input) + part(cached, rate.cacheRead!) + part(completion, rate.output);
      const name = `${key} ${model}`;
      const sum = expected.get(name) ?? { costNanoUsd: 0, inputTokens: 0, requests: 0 };
      expected.set(name, {
        costNanoUsd: sum.costNanoUsd + cost,
        inputTokens: sum.inputTokens + prompt,
        requests: sum.requests + 1,
      });
      totalNanoUsd += cost;
    }
    const report = await costReport(store, {
      by: ['key', 'alias'],
      sinceMs: null,
      untilMs: null,
      limit: 100,
    });
    t.equal(report.groups.length, 6);
    for (const { by, costNanoUsd, inputTokens, requests } of report.groups) {
      t.strictSame({ costNanoUsd, inputTokens, requests }, expected.get(by.join(' ')), by.join(' '));
    }
    t.match(report.total, { costNanoUsd: totalNanoUsd, requests: 100, rows: 100, errors: 0 });
  },
);

t.test('every end of a request is one row, and each is what the schema says', async (t) => {
  const { chat, post, upstream, store, close, log } = await start();
  t.teardown(close);
  const ends: [string, () => Promise<unknown>, object][] = [
    [
      'success',
      async () => {
        upstream.reply(counted(100, 0, 10));
        return (await chat('Hi', { model: 'cheap' })).text();
      },
      { status: 200, error_code: null },
    ],
    [
      'stream without usage',
      async () => {
        upstream.reply({ sse: chatEvents(['Hello']) });
        return (await chat('Hi', { model: 'cheap', stream: true })).text();
      },
      { status: 200, error_code: null, usage: { estimated: true } },
    ],
    [
      'error',
      async () => {
        upstream.reply({ status: 500, json: {} });
        return (await chat('Hi', { model: 'cheap' })).text();
      },
      { provider: 'up', usage: { total_tokens: 0 }, cost_usd: { totalNanoUsd: 0 } },
    ],
    [
      'fallback',
      async () => {
        upstream.reply({ status: 503, json: {} }, counted(100, 0, 10));
        return (await chat('Hi', { model: 'both' })).text();
      },
      {
        status: 200,
        provider: 'spare',
        region: 'eu',
        fallback_used: true,
        fallback_chain: ['up/large', 'spare/small'],
      },
    ],
    [
      'unknown model',
      async () => (await chat('Hi', { model: 'nobody/knows' })).text(),
      { status: 404, error_code: 'model_not_found', provider: null, guardrail_blocked: false },
    ],
    [
      'denied',
      async () => (await chat('Hi', { model: 'cheap' }, { 'x-deny': '1' })).text(),
      { status: 403, error_code: 'no_secrets', guardrail_blocked: true, provider: null },
    ],
    [
      'cache hit',
      async () => (await chat('Hi', { model: 'cheap' }, { 'x-hit': '1' })).text(),
      {
        status: 200,
        cache_hit: 'exact',
        provider: null,
        cost_usd: { totalNanoUsd: 0, savedNanoUsd: 1_040_000 },
      },
    ],
    [
      'cut stream',
      async () => {
        upstream.reply({ sse: chatEvents(['Hello']).slice(0, 1), failure: { kind: 'cut', message: 'gone' } });
        return (await chat('Hi', { model: 'cheap', stream: true })).text();
      },
      { status: 200, error_code: 'stream_interrupted', usage: { estimated: true } },
    ],
    [
      'client gone',
      async () => {
        const stream = upstream.open();
        const leave = new AbortController();
        const asked = post(
          '/v1/chat/completions',
          { model: 'cheap', stream: true, messages: [{ role: 'user', content: 'Hi' }] },
          {},
          leave.signal,
        );
        stream.head(200, { 'content-type': 'text/event-stream' });
        stream.event(chatEvents(['Hello'])[0]!);
        const body = (await asked).body!.getReader();
        await body.read();
        leave.abort();
      },
      { status: 200, error_code: 'client_gone', usage: { estimated: true } },
    ],
    [
      'embedding',
      async () => {
        upstream.reply({
          json: {
            object: 'list',
            model: 'small',
            data: [{ object: 'embedding', index: 0, embedding: [0.5] }],
            usage: { prompt_tokens: 9, total_tokens: 9 },
          },
        });
        return (await post('/v1/embeddings', { model: 'cheap', input: 'Hi' })).text();
      },
      { status: 200, usage: { embedding_tokens: 9, output_tokens: 0 }, cost_usd: { totalNanoUsd: 9_000 } },
    ],
  ];
  for (const [name, run, expected] of ends) {
    const before = store.all.length;
    await run();
    await new Promise((resolve) => setImmediate(resolve));
    const rows: readonly LedgerRow[] = store.all.slice(before);
    t.equal(rows.length, 1, name);
    t.match(rows[0], expected, name);
    t.ok(valid(ledgerJson(rows[0]!)), `${name}: ${JSON.stringify(valid.errors)}`);
    t.equal(rows[0]?.event_id, rows[0]?.request_id, name);
  }
  t.strictSame(
    log.lines.filter(({ level }) => level === 'error'),
    [],
  );
});

t.test('a ledger that cannot be written stops requests before they cost anything', async (t) => {
  const { chat, upstream, store, close, clock } = await start();
  t.teardown(close);
  store.down = true;
  await (await chat('Hi', { model: 'cheap' })).text();
  const refused = await chat('Hi', { model: 'cheap' });
  t.equal(refused.status, 503);
  await refused.text();
  t.equal(upstream.calls.length, 1, 'nobody was asked');
  store.down = false;
  await clock.advance(1_000);
  t.equal((await chat('Hi', { model: 'cheap' })).status, 200);
  t.equal(store.all.length, 3, 'the answered, the refused and the new one: none is lost');
});
