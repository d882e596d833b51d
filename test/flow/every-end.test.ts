import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import t, { type Test } from 'tap';
import { createGateway } from '../../core/gateway.ts';
import { systemClock } from '../../core/services/clock.ts';
import { silentLog } from '../../core/services/log.ts';
import { createSqliteLedger } from '../../core/stores/ledger/sqlite-ledger.ts';
import { openSqlite } from '../../core/stores/sqlite.ts';
import { chatEvents, sse } from '../../core/testing.ts';
import { type LedgerRow, ledgerJson } from '../../sdk/ledger.ts';
import { definePlugin } from '../../sdk/plugin.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../docs/reference/cost-ledger.schema.json', import.meta.url), 'utf8'),
) as object;
const valid = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);

const master = 'sk-master-0123456789';
const usage = { prompt_tokens: 40, completion_tokens: 10, total_tokens: 50 };
const counted = chatEvents(['Hel', 'lo']);

/** What the provider does with a call, by the model's name. */
const provider: Readonly<Record<string, (res: ServerResponse, stream: boolean) => void>> = {
  fine(res, stream) {
    if (stream) {
      const last = { ...(counted[0] as object), choices: [], usage };
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.end([...counted.slice(0, -1), last, '[DONE]'].map((event) => sse(event as never)).join(''));
      return;
    }
    const choices = [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }];
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices, usage }));
  },
  broken(res) {
    res.writeHead(500, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
  },
  wrong(res) {
    res.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
  },
  nonsense(res) {
    res.writeHead(200, { 'content-type': 'application/json' }).end('<html>');
  },
  silent() {},
  cut(res) {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(sse(counted[0]!), () => res.socket?.resetAndDestroy());
  },
  stalled(res) {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(sse(counted[0]!));
  },
};

/** Answers what it is asked to in place of a provider, as a cache does. */
const canned = definePlugin({
  name: 'semantic-cache',
  summary: 'Stands in for a cache.',
  schema: { type: 'object' },
  needs: [],
  onFailure: 'closed',
  setup: () => ({
    onRequest: ({ headers }) =>
      headers['x-hit'] === undefined
        ? undefined
        : {
            type: 'respond' as const,
            source: 'exact',
            model: 'fine',
            chunks: [
              { type: 'text' as const, choice: 0, text: 'Hello' },
              { type: 'finish' as const, choice: 0, reason: 'stop' as const },
            ],
          },
  }),
});

const policies = {
  '00-ledger.yaml': 'plugin: ledger\nprices: { "*": { input: $1.00, output: $2.00 } }\n',
  '10-keys.yaml': 'plugin: keys\n',
  '20-limits.yaml': 'plugin: token-limiter\n',
  '30-cache.yaml': 'plugin: semantic-cache\n',
  '40-rules.policy.ts': `import { content, deny, onRequest, policy } from 'sluice';
export const rules = policy('rules', { kind: 'guard' }, onRequest('no-poems', content(/poem/i), deny(403, 'no_poems')));
`,
  '60-fallback.yaml':
    'plugin: fallback\ntimeouts: { first_token: 1s, stall: 1s, total: 1s }\nretry: { max: 0 }\n',
};

async function start(t: Test) {
  const upstream = createServer((req, res) => {
    let text = '';
    req.on('error', () => undefined);
    req.on('data', (piece) => {
      text += piece;
    });
    req.on('end', () => {
      const { model, stream = false } = JSON.parse(text) as { model: string; stream?: boolean };
      provider[model]!(res, stream);
    });
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  t.teardown(() => {
    upstream.closeAllConnections();
    upstream.close();
  });
  const { port } = upstream.address() as AddressInfo;
  const models = Object.keys(provider).map((name) => `  ${name}: up/${name}`);
  const data = t.testdir();
  const gateway = await createGateway({
    config: {
      name: 'gateway.yaml',
      text: `auth: { master_key: ${master} }
server: { drain_timeout: 50ms }
providers: { up: { kind: openai, base_url: "http://127.0.0.1:${port}/v1", apis: [chat], api_key: sk-up } }
models:
${models.join('\n')}
  second: [up/silent, up/fine]
`,
    },
    policies,
    plugins: [canned],
    env: {},
    data,
    port: 0,
    services: { log: silentLog },
  });
  const { url } = await gateway.listen();
  const send = (path: string, body: object, headers: Record<string, string>, signal?: AbortSignal) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      ...(signal === undefined ? undefined : { signal }),
    });
  const generate = async (fields: object) => {
    const answer = await send('/key/generate', fields, { authorization: `Bearer ${master}` });
    return ((await answer.json()) as { key: string }).key;
  };
  return { gateway, data, send, generate };
}

interface End {
  /** Says which request a row is for. */
  readonly name: string;
  readonly model: string;
  readonly stream?: boolean;
  readonly text?: string;
  readonly key?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** The client leaves: before there is anything, or once it has seen a part. */
  readonly leave?: 'before' | 'after';
  readonly row: object;
  /** Rows of attempts besides. */
  readonly attempts?: number;
}

/** A name that a feature may have. */
const featureOf = (name: string) => name.replaceAll(' ', '-');

const nothing = { usage: { total_tokens: 0 }, cost_usd: { total: 0 } };
/** What was read, by the gateway's own count. */
const inputOnly = { usage: { estimated: true, output_tokens: 0 } };
const paid = {
  usage: { input_tokens: 40, output_tokens: 10, estimated: false },
  cost_usd: { total: 0.00006 },
};

const ends: readonly End[] = [
  { name: 'whole answer', model: 'fine', row: { status: 200, error_code: null, ...paid } },
  { name: 'stream', model: 'fine', stream: true, row: { status: 200, error_code: null, ...paid } },
  { name: 'failure', model: 'broken', row: { status: 502, error_code: 'upstream_error', ...nothing } },
  { name: 'refusal', model: 'wrong', row: { status: 400, error_code: 'invalid_request', ...nothing } },
  { name: 'nonsense', model: 'nonsense', row: { status: 502, error_code: 'upstream_error', ...inputOnly } },
  {
    name: 'denied by a policy',
    model: 'fine',
    text: 'A poem, please',
    row: { status: 403, error_code: 'no_poems', guardrail_blocked: true, model_resolved: null, ...nothing },
  },
  {
    name: 'refused by a rate',
    model: 'fine',
    key: { rpm_limit: 0 },
    row: { status: 429, error_code: 'rate_limit_exceeded', guardrail_blocked: false, ...nothing },
  },
  {
    name: 'refused by a budget',
    model: 'fine',
    key: { max_budget: 0.000001 },
    row: { status: 402, error_code: 'budget_exceeded', ...nothing },
  },
  {
    name: 'refused by a key',
    model: 'fine',
    key: { models: ['other'] },
    row: { status: 403, error_code: 'model_not_allowed', ...nothing },
  },
  { name: 'unknown model', model: 'nobody', row: { status: 404, error_code: 'model_not_found', ...nothing } },
  {
    name: 'cache hit',
    model: 'fine',
    headers: { 'x-hit': '1' },
    row: { status: 200, cache_hit: 'exact', provider: null, ...nothing },
  },
  {
    name: 'cache hit as a stream',
    model: 'fine',
    stream: true,
    headers: { 'x-hit': '1' },
    row: { status: 200, cache_hit: 'exact', provider: null, ...nothing },
  },
  {
    name: 'left before the first byte',
    model: 'silent',
    leave: 'before',
    row: { status: 499, error_code: 'client_gone', ...inputOnly },
  },
  {
    name: 'left before the first byte of a stream',
    model: 'silent',
    stream: true,
    leave: 'before',
    row: { status: 499, error_code: 'client_gone', ...inputOnly },
  },
  {
    name: 'left in the middle',
    model: 'stalled',
    stream: true,
    leave: 'after',
    row: { status: 200, error_code: 'client_gone', usage: { estimated: true } },
  },
  {
    name: 'cut stream',
    model: 'cut',
    stream: true,
    row: { status: 200, error_code: 'stream_interrupted', usage: { estimated: true } },
  },
  {
    name: 'stalled stream',
    model: 'stalled',
    stream: true,
    row: { status: 200, error_code: 'stream_interrupted', usage: { estimated: true } },
  },
  { name: 'timeout', model: 'silent', row: { status: 504, error_code: 'upstream_timeout', ...inputOnly } },
  {
    name: 'deadline of the client',
    model: 'silent',
    headers: { 'x-sluice-timeout': '100ms' },
    row: { status: 504, error_code: 'upstream_timeout', ...inputOnly },
  },
  {
    name: 'fallback after a timeout',
    model: 'second',
    row: {
      status: 200,
      model_resolved: 'up/fine',
      fallback_used: true,
      fallback_chain: ['up/silent', 'up/fine'],
      ...paid,
    },
    attempts: 1,
  },
  {
    name: 'shutdown',
    model: 'stalled',
    stream: true,
    row: { status: 200, error_code: 'draining', usage: { estimated: true } },
  },
];

t.test('whatever its end, a request is one row, and each row is what the schema says', async (t) => {
  const { gateway, data, send, generate } = await start(t);
  /** What clients were told. */
  const told = new Map<string, number>();
  const run = async ({ name, model, stream = false, text = 'Hi', key = {}, headers = {}, leave }: End) => {
    const leaving = new AbortController();
    const credential = await generate(key);
    const body = { model, stream, max_tokens: 20, messages: [{ role: 'user', content: text }] };
    const feature = { authorization: `Bearer ${credential}`, 'x-feature-id': featureOf(name), ...headers };
    if (leave === 'before') setTimeout(() => leaving.abort(), 100);
    try {
      const answer = await send('/v1/chat/completions', body, feature, leaving.signal);
      told.set(name, answer.status);
      if (leave !== 'after') return await answer.text();
      for await (const _ of answer.body!) leaving.abort();
    } catch {
      // The client left.
    }
    return '';
  };
  const last = ends.at(-1)!;
  await Promise.all(ends.filter((end) => end !== last).map(run));
  const open = run(last);
  while (gateway.status().inFlight !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 30));
  await gateway.drain();
  await gateway.close();
  t.match(await open, /event|error/, 'the client is told that the gateway goes');

  const sqlite = openSqlite({ path: join(data, 'sluice.db'), clock: systemClock });
  const ledger = createSqliteLedger({ sqlite, clock: systemClock, log: silentLog });
  const rows: readonly LedgerRow[] = await ledger.rows({}, 1000);
  for (const { name, row, attempts = 0 } of ends) {
    const own = rows.filter(({ feature_id: feature }) => feature === featureOf(name)).map(ledgerJson);
    const requests = own.filter(({ event_id: id, request_id: request }) => id === request);
    t.equal(requests.length, 1, `${name}: one row`);
    t.match(requests[0], row, name);
    if (told.has(name)) t.equal(requests[0]?.status, told.get(name), `${name}: what the client was told`);
    t.equal(own.length, 1 + attempts, `${name}: ${attempts} of attempts`);
  }
  for (const row of rows) {
    if (!valid(ledgerJson(row))) t.fail(row.feature_id ?? '', { errors: valid.errors });
  }
  t.equal(
    rows.length,
    ends.reduce((sum, { attempts = 0 }) => sum + 1 + attempts, 0),
    'and no others',
  );
  await ledger.close?.();
});
