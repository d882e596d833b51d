import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Served, serveProcess } from '../flow/serve-process.ts';
import { noPostgres, startPostgres } from '../stores/postgres.ts';
import { redisMissing, startRedis } from '../stores/redis.ts';
import { bookedNanoUsd, bookedRequests, idle, masterKey } from './budget.ts';
import { makeRoomyKey, RoundRobin, rehearsalPolicies, SteadyLoad, startSteadyUpstream } from './rehearsal.ts';
import { Peaks, RedisSampler } from './samples.ts';

t.setTimeout(180_000);

function folderOf(t: Test, config: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-rehearsal-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }));
  mkdirSync(join(dir, 'policies'));
  writeFileSync(join(dir, 'gateway.yaml'), config);
  for (const [name, text] of Object.entries(rehearsalPolicies))
    writeFileSync(join(dir, 'policies', name), text);
  return dir;
}

t.test(
  'two gateways are restarted one after the other under load: nothing is lost, all is booked, to the nano-dollar',
  { skip: redisMissing || noPostgres },
  async (t) => {
    const [redis, postgres, upstream] = await Promise.all([
      startRedis(),
      startPostgres(),
      startSteadyUpstream(),
    ]);
    t.teardown(() => Promise.all([redis.stop(), postgres.close(), upstream.close()]));
    const dir = folderOf(
      t,
      `server: { drain_delay: 3s, drain_timeout: 60s }
auth: { master_key: ${masterKey} }
providers: { up: { kind: openai, base_url: "http://127.0.0.1:${upstream.port}/v1", apis: [chat], api_key: x } }
models: { m: up/m }
stores: { counters: "${redis.url}", ledger: "${await postgres.database()}" }
`,
    );
    const serve = async (port = '0'): Promise<Served> => {
      const served = await serveProcess(
        [
          '--policies',
          `${dir}/policies`,
          '--config',
          `${dir}/gateway.yaml`,
          '--data',
          `${dir}/data`,
          '--port',
          port,
        ],
        { SLUICE_MASTER_KEY: masterKey },
      );
      t.teardown(() => served.child.kill('SIGKILL'));
      return served;
    };
    const gateways = await Promise.all([serve(), serve()]);
    const urls = gateways.map(({ url }) => url);
    const key = await makeRoomyKey(urls[0]!);
    const known = async (url: string) => {
      const headers = { authorization: `Bearer ${key}` };
      while ((await fetch(`${url}/v1/models`, { headers })).status !== 200);
    };
    for (const url of urls) await known(url);

    const balancer = new RoundRobin(urls);
    const load = new SteadyLoad(balancer, key, 6);
    t.teardown(() => load.stop().then(() => balancer.stop()));
    await load.more(50);
    for (const [at, url] of urls.entries()) {
      const end = await gateways[at]!.stop('SIGTERM');
      t.strictSame(end, { code: 0, signal: null }, gateways[at]!.log());
      t.equal(balancer.ready, 1, 'the other one serves');
      gateways[at] = await serve(new URL(url).port);
      t.equal(gateways[at].url, url);
      while (balancer.ready < 2 && load.lost.length === 0) await load.more(5);
      await load.more(50);
    }
    await load.stop();
    await balancer.stop();

    t.strictSame(load.lost, [], 'no request failed');
    t.strictSame(
      load.seen.filter(({ status, whole }) => status !== 200 || !whole),
      [],
      'every answer was whole',
    );
    for (const url of urls) await idle(url);
    const rows = await bookedRequests(urls[0]!);
    t.equal(rows.size, load.seen.length, 'a row for each request');
    t.ok(
      load.seen.every(({ id }) => rows.get(id) === 1),
      'and no more than one',
    );
    t.equal(upstream.given.answers, load.seen.length, 'each request was asked once');
    t.equal(await bookedNanoUsd(urls[0]!), upstream.given.nanoUsd, 'the ledger has what it cost');
    const sampler = new RedisSampler(redis.url, new Peaks());
    t.teardown(() => sampler.close());
    const samples = await sampler.read();
    t.same(samples.map(({ scope }) => scope).sort(), ['feature', 'global', 'key', 'tenant']);
    for (const { scope, spent, held } of samples) {
      t.equal(held, 0, `nothing is left held of ${scope}`);
      t.equal(spent, upstream.given.nanoUsd, `${scope} has what it cost`);
    }
    t.comment(`${load.seen.length} requests`);
  },
);
