import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { noPostgres, startPostgres } from '../stores/postgres.ts';
import { redisMissing, startRedis } from '../stores/redis.ts';
import { type Served, serveProcess } from './serve-process.ts';

// Processes start slowly where many tests run at once.
t.setTimeout(120_000);

const master = 'sk-master-0123456789';

/** $1 a million tokens: a token is a thousand nano-dollars. */
const policies = {
  '00-ledger.yaml': 'plugin: ledger\nprices: { mock/gpt: { input: $1.00, output: $1.00 } }\n',
  '10-keys.yaml':
    'plugin: keys\ntenants: { acme: { max_budget: $0.0003, budget_duration: 1mo }, roomy: { daily_token_cap: 300 } }\n',
  '20-limits.yaml':
    'plugin: token-limiter\nlimits: [{ by: feature, per: day, usd: $0.0005 }]\ninput_bound: estimate\n',
};

interface Answer {
  readonly status: number;
  readonly code: string | null;
  /** Cost in nano-dollars; 0 where it was refused. */
  readonly costNanoUsd: number;
}

function client(served: Served) {
  const post = (path: string, key: string, body: object, headers: object = {}) =>
    fetch(served.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
      body: JSON.stringify(body),
    });
  return {
    async key(fields: object): Promise<string> {
      const made = (await (await post('/key/generate', master, fields)).json()) as { key: string };
      return made.key;
    },
    async info(key: string): Promise<Readonly<Record<string, unknown>>> {
      const answer = await fetch(`${served.url}/key/info?key=${key}`, {
        headers: { authorization: `Bearer ${master}` },
      });
      return ((await answer.json()) as { info: Record<string, unknown> }).info;
    },
    /** @param feature its own count under `limits`, by default that of the key. */
    async ask(key: string, stream: boolean, feature = key.slice(-8)): Promise<Answer> {
      const more = stream ? { stream: true, stream_options: { include_usage: true } } : {};
      const body = { model: 'mock', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 60, ...more };
      const answer = await post('/v1/chat/completions', key, body, {
        'x-feature-id': feature,
      });
      const text = await answer.text();
      const tokens = /"total_tokens":\s*(\d+)/.exec(text)?.[1];
      const code = /"code":\s*"(\w+)"/.exec(text)?.[1] ?? null;
      return { status: answer.status, code, costNanoUsd: 1000 * Number(tokens ?? 0) };
    },
  };
}

/** Asks again until the answer is wanted: gateways follow each other's keys, and Redis, by themselves. */
async function eventually<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  for (let count = 0; count < 2000; count += 1) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    await sleep(10);
  }
  throw new Error('expected another answer within 2,000 requests');
}

/** Asks until it is refused. @returns what was spent, and the refusal. */
async function exhaust(ask: () => Promise<Answer>): Promise<{ spent: number; refused: Answer }> {
  let spent = 0;
  for (let count = 0; count < 100; count += 1) {
    const answer = await ask();
    if (answer.status !== 200) return { spent, refused: answer };
    spent += answer.costNanoUsd;
  }
  throw new Error('expected a refusal within 100 requests');
}

/** A folder of this run alone: whoever runs the same tests at the same time has others. */
function folderOf(t: Test, config: string, program: Readonly<Record<string, string>> = policies): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-restart-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }));
  mkdirSync(join(dir, 'policies'));
  writeFileSync(join(dir, 'gateway.yaml'), config);
  for (const [name, text] of Object.entries(program)) writeFileSync(join(dir, 'policies', name), text);
  return dir;
}

async function serve(t: Test, dir: string): Promise<Served> {
  const served = await serveProcess(
    ['--policies', `${dir}/policies`, '--config', `${dir}/gateway.yaml`, '--data', `${dir}/data`],
    { SLUICE_MASTER_KEY: master },
  );
  t.teardown(() => served.child.kill('SIGKILL'));
  return served;
}

const config = (stores: string) =>
  `auth: { master_key: "${master}" }\nproviders: { mock: { kind: mock } }\nmodels: { mock: mock/gpt }\n${stores}`;

for (const stream of [false, true]) {
  t.test(
    `budgets that were spent stay spent over kill -9: SQLite and memory, ${stream ? 'streams' : 'plain answers'}`,
    async (t) => {
      const dir = folderOf(t, config(''));
      const before = await serve(t, dir);
      const first = client(before);
      const key = await first.key({ max_budget: 0.0004, budget_duration: '30d' });
      const half = await first.key({ max_budget: 0.0004 });
      const tenantKey = await first.key({ tenant_id: 'acme' });
      const featureKey = await first.key({});
      const capped = await first.key({ tenant_id: 'roomy' });
      const { spent } = await exhaust(() => first.ask(key, stream));
      const once = await first.ask(half, stream);
      await exhaust(() => first.ask(tenantKey, stream));
      await exhaust(() => first.ask(featureKey, stream, 'chat'));
      await exhaust(() => first.ask(capped, stream));
      t.equal((await before.stop('SIGKILL')).signal, 'SIGKILL');

      const after = client(await serve(t, dir));
      t.match(await after.ask(key, stream), { status: 402, code: 'budget_exceeded' }, 'the key');
      t.match(await after.ask(tenantKey, stream), { status: 402, code: 'budget_exceeded' }, 'the tenant');
      t.match(await after.ask(featureKey, stream, 'chat'), { status: 402 }, 'an entry of limits');
      t.match(
        await after.ask(capped, stream),
        { status: 429, code: 'token_cap_exceeded' },
        'tokens of a day',
      );
      t.match(await after.ask(featureKey, stream, 'other'), { status: 200 }, 'what was not spent can be');
      const info = await after.info(key);
      t.equal(Math.round(Number(info['spend']) * 1e9), spent, 'what the ledger says');
      t.match(info, { total_spend: info['spend'], held: 0, holds: [], budget_reset_at: /T/ });
      const rest = await exhaust(() => after.ask(half, stream));
      t.ok(once.costNanoUsd > 0 && once.costNanoUsd + rest.spent <= 400_000, 'never more than the budget');
    },
  );
}

t.test('a reload of everything counts nothing twice', async (t) => {
  const dir = folderOf(t, config(''));
  const served = await serve(t, dir);
  const { key, ask, info } = client(served);
  const own = await key({ max_budget: 0.0004 });
  const { costNanoUsd } = await ask(own, false);
  for (let count = 0; count < 3; count += 1) {
    const answer = await fetch(`${served.url}/policies/reload`, {
      method: 'POST',
      headers: { authorization: `Bearer ${master}` },
    });
    t.equal(answer.status, 200);
  }
  const rest = await exhaust(() => ask(own, false));
  t.ok(costNanoUsd + rest.spent > 400_000 - 150_000, 'what was left could be spent');
  t.equal(Math.round(Number((await info(own))['spend']) * 1e9), costNanoUsd + rest.spent);
});

t.test(
  'a Redis that lost everything gets budgets back from PostgreSQL, for both gateways',
  { skip: redisMissing || noPostgres },
  async (t) => {
    const [redis, postgres] = [await startRedis(), await startPostgres()];
    t.teardown(() => Promise.all([redis.stop(), postgres.close()]));
    const stores = `stores: { redis_timeout: 5s, counters: "${redis.url}", ledger: "${await postgres.database()}" }\n`;
    const dir = folderOf(t, config(stores));
    const gateways = [client(await serve(t, dir)), client(await serve(t, dir))] as const;
    const key = await gateways[0].key({ max_budget: 0.0004, budget_duration: '1mo' });
    await eventually(
      () => gateways[1].ask(key, false),
      ({ status }) => status !== 401,
    );
    const { spent } = await exhaust(() => gateways[0].ask(key, false));
    t.ok(spent > 200_000);
    await redis.restart();
    for (const gateway of gateways) {
      const answer = await eventually(
        () => gateway.ask(key, false),
        ({ code }) => code !== 'store_unavailable',
      );
      t.match(answer, { status: 402, code: 'budget_exceeded' });
    }
  },
);

t.test('holds of requests under way are shown with their request, and gone after them', async (t) => {
  const open = Promise.withResolvers<void>();
  const upstream = createServer((_, response) => {
    void open.promise.then(() => response.writeHead(500).end());
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  t.teardown(() => upstream.close());
  const address = upstream.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const dir = folderOf(
    t,
    `auth: { master_key: "${master}" }\nproviders: { up: { kind: openai, base_url: "http://127.0.0.1:${port}/v1", api_key: x } }\nmodels: { mock: up/m }\n`,
    { ...policies, '00-ledger.yaml': 'plugin: ledger\nprices: { up/m: { input: $1.00, output: $1.00 } }\n' },
  );
  const { key, ask, info } = client(await serve(t, dir));
  const own = await key({ max_budget: 1 });
  const pending = ask(own, false);
  const shown = await eventually(
    () => info(own),
    ({ holds }) => (holds as unknown[]).length > 0,
  );
  t.match(shown, {
    spend: 0,
    holds: [{ request_id: /^req_[^|]+$/, owner: /./, usd: Number, expires_at: /^\d{4}-.*Z$/ }],
  });
  t.equal(shown['held'], (shown['holds'] as { usd: number }[])[0]!.usd);
  open.resolve();
  t.equal((await pending).status, 502);
  t.match(await info(own), { spend: 0, held: 0, holds: [] });
});
