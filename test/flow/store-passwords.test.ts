// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references look like this

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import t, { type Test } from 'tap';
import { masterKey } from '../drills/budget.ts';
import { makeRoomyKey, rehearsalPolicies, startSteadyUpstream } from '../drills/rehearsal.ts';
import { noPostgres, startPostgres } from '../stores/postgres.ts';
import { redisMissing, startRedis } from '../stores/redis.ts';
import { type Served, serveProcess } from './serve-process.ts';

t.setTimeout(240_000);

/** Generous: the machine may be busy. */
async function until(t: Test, fits: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 60_000;
  while (!(await fits()) && performance.now() < endMs) await sleep(20);
  t.ok(await fits(), fits.toString());
}

async function ask(url: string, key: string): Promise<number> {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-feature-id': 'f' },
    body: JSON.stringify({ model: 'test', max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  await answer.text();
  return answer.status;
}

/** Asks from several sides until it is told to stop. @returns how often each status came. */
function load(url: string, key: string): () => Promise<Record<number, number>> {
  let going = true;
  const statuses: Record<number, number> = {};
  const side = async () => {
    while (going) {
      const status = await ask(url, key).catch(() => 0);
      statuses[status] = (statuses[status] ?? 0) + 1;
      await sleep(5);
    }
  };
  const sides = Promise.all(Array.from({ length: 6 }, side));
  return async () => {
    going = false;
    await sides;
    return statuses;
  };
}

const times = (served: Served, message: string) => served.log().split(message).length - 1;

t.test(
  'passwords of Redis and PostgreSQL change under load, in either order, and no request fails',
  { skip: redisMissing || noPostgres },
  async (t) => {
    const [redis, postgres, upstream] = await Promise.all([
      startRedis(),
      startPostgres(),
      startSteadyUpstream(),
    ]);
    t.teardown(() => Promise.all([redis.stop(), postgres.close(), upstream.close()]));
    const address = new URL(await postgres.database());
    const admin = new pg.Pool({ connectionString: address.href, max: 1 });
    admin.on('error', () => undefined);
    t.teardown(() => admin.end());
    const [hba] = (await admin.query('SHOW hba_file')).rows as { hba_file: string }[];
    const rules = 'host all sluice 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256';
    await admin.query(
      `COPY (SELECT regexp_split_to_table('${rules}', '\\n')) TO '${hba!.hba_file}' WITH (FORMAT text)`,
    );
    await admin.query('SELECT pg_reload_conf()');
    await admin.query("CREATE ROLE app LOGIN PASSWORD 'canary-1'");
    await admin.query(`ALTER DATABASE ${address.pathname.slice(1)} OWNER TO app`);
    const operator = new Redis(redis.url);
    t.teardown(() => operator.disconnect());
    await operator.config('SET', 'requirepass', 'canary-1');

    const dir = t.testdir();
    const secret = (name: string, value: string) => {
      writeFileSync(join(dir, `${name}.tmp`), `${value}\n`);
      renameSync(join(dir, `${name}.tmp`), join(dir, name));
    };
    secret('redis', 'canary-1');
    secret('postgres', 'canary-1');
    mkdirSync(join(dir, 'policies'));
    for (const [name, text] of Object.entries(rehearsalPolicies))
      writeFileSync(join(dir, 'policies', name), text);
    writeFileSync(join(dir, 'policies', '50-cache.yaml'), 'plugin: semantic-cache\nsemantic: false\n');
    writeFileSync(
      join(dir, 'gateway.yaml'),
      `
auth: { master_key: ${masterKey} }
secrets: { poll: 300ms }
providers: { up: { kind: openai, base_url: http://127.0.0.1:${upstream.port}/v1, api_key: x } }
models: { test: up/m }
stores:
  counters: "redis://:\${file:redis}@127.0.0.1:${redis.port}"
  cache: "redis://:\${file:redis}@127.0.0.1:${redis.port}/1"
  ledger: "postgres://app:\${file:postgres}@127.0.0.1:${postgres.port}${address.pathname}"
  redis_timeout: 10s
`,
    );
    const served = await serveProcess([
      '--policies',
      join(dir, 'policies'),
      '--config',
      join(dir, 'gateway.yaml'),
      '--data',
      join(dir, 'data'),
    ]);
    t.teardown(() => served.child.kill('SIGKILL'));
    const key = await makeRoomyKey(served.url);
    const stop = load(served.url, key);
    const inUse = (count: number, what: string) =>
      until(t, () => times(served, `the changed login of ${what} is in use`) >= count);

    // The servers first, as whoever has one password at a time does.
    await admin.query("ALTER ROLE app PASSWORD 'canary-2'");
    await operator.config('SET', 'requirepass', 'canary-2');
    const inBetween = 20;
    for (let count = 0; count < inBetween; count += 1) t.equal(await ask(served.url, key), 200);
    secret('postgres', 'canary-2');
    secret('redis', 'canary-2');
    await inUse(1, 'the database');
    await inUse(2, 'Redis');

    // The files first.
    const complaints = (what: string) => times(served, `the changed login of ${what} does not work yet`);
    const [toldOfPostgres, toldOfRedis] = [complaints('the database'), complaints('Redis')];
    secret('postgres', 'canary-3');
    secret('redis', 'canary-3');
    await until(t, () => complaints('the database') > toldOfPostgres);
    await until(t, () => complaints('Redis') >= toldOfRedis + 2);
    await admin.query("ALTER ROLE app PASSWORD 'canary-3'");
    await operator.config('SET', 'requirepass', 'canary-3');
    await inUse(2, 'the database');
    await inUse(4, 'Redis');

    const metrics = await (await fetch(`${served.url}/metrics`)).text();
    for (const store of ['ledger', 'counters', 'cache'])
      t.match(metrics, `sluice_store_up{store="${store}"} 1`);

    const statuses = await stop();
    t.strictSame(Object.keys(statuses), ['200'], JSON.stringify(statuses));

    // Everything that stands breaks: what is made anew logs in with the last.
    await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
    await operator.call('client', 'kill', 'type', 'normal', 'skipme', 'yes');
    let answered = statuses[200]! + inBetween;
    await until(t, async () => {
      const status = await ask(served.url, key);
      if (status === 200) answered += 1;
      return status === 200;
    });
    t.equal((await served.stop('SIGTERM')).code, 0);
    const rows = await admin.query(
      'SELECT count(DISTINCT request_id) AS all FROM ledger_rows WHERE status = 200 AND error_code IS NULL',
    );
    t.equal(Number(rows.rows[0].all), answered, 'every answer is in the books');
    t.notMatch(served.log(), /canary/);
  },
);
