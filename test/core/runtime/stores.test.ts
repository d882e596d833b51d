import { Redis } from 'ioredis';
import t from 'tap';
import { createStores } from '../../../core/runtime/stores.ts';
import { systemClock } from '../../../core/services/clock.ts';
import { silentLog } from '../../../core/services/log.ts';
import { redisMissing, startRedis } from '../../stores/redis.ts';
import { row } from '../stores/ledger/_rows.ts';

const config = {
  ledger: 'sqlite',
  counters: 'memory',
  cache: 'memory',
  vectors: 'lancedb',
  whenDown: 'strict',
  redisTimeoutMs: 5000,
  durability: 'process',
} as const;

t.test('a row is there once it is acknowledged, with either durability', async (t) => {
  for (const durability of ['process', 'full'] as const) {
    const dataFolder = `${t.testdir()}/${durability}`;
    const stores = createStores({
      config: { ...config, durability },
      dataFolder,
      clock: systemClock,
      log: silentLog,
    });
    await stores.ledger.append([row('req_1')]);
    t.equal((await stores.ledger.rows({}, 10)).length, 1);
    await stores.close();
  }
});

t.test('counters know what the ledger of the same stores says', async (t) => {
  const stores = createStores({ config, dataFolder: t.testdir(), clock: systemClock, log: silentLog });
  t.teardown(() => stores.close());
  await stores.ledger.append([row('req_1', { key_id: 'k1' })]);
  const ledger = { quantity: 'usd', scope: { keyId: 'k1' }, countedSinceMs: null } as const;
  const budget = { kind: 'budget', key: 'b', limit: 2 ** 40, amount: 1, resetsAtMs: null, ledger } as const;
  t.match(await stores.counters.admit('one', [budget], 1000), { states: [{ spent: 14_500_001, held: 1 }] });
  await stores.connected();
});

t.test('without a place for a ledger budgets begin at nothing', async (t) => {
  const stores = createStores({ config, dataFolder: null, clock: systemClock, log: silentLog });
  t.teardown(() => stores.close());
  const ledger = { quantity: 'usd', scope: {}, countedSinceMs: null } as const;
  const budget = { kind: 'budget', key: 'b', limit: 10, amount: 1, resetsAtMs: null, ledger } as const;
  t.match(await stores.counters.admit('one', [budget], 1000), { admitted: true });
});

t.test('it is known which servers answer, of those that are in use', { skip: redisMissing }, async (t) => {
  const redis = await startRedis();
  t.teardown(() => redis.stop());
  const servers = {
    ...config,
    counters: redis.url,
    cache: `${redis.url}/1`,
    ledger: 'postgres://u:p@127.0.0.1:1/none',
  };
  const stores = createStores({ config: servers, dataFolder: null, clock: systemClock, log: silentLog });
  t.teardown(() => stores.close());
  t.strictSame(stores.reachable(), [], 'nobody has asked for one');
  t.equal(stores.counters.status().state !== undefined, true);
  await stores.connected();
  t.strictSame(stores.reachable(), [{ store: 'counters', up: true }]);
  for (let tries = 0; tries < 2; tries += 1)
    await t.rejects(async () => stores.ledger.append([row('req_1')]), { code: 'store_unavailable' });
  t.equal(stores.cache.stats().entries, null);
  const until = async (up: boolean) => {
    for (let tries = 0; tries < 2000; tries += 1) {
      if (stores.reachable().every((one) => one.store === 'ledger' || one.up === up)) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  await until(true);
  t.strictSame(stores.reachable(), [
    { store: 'ledger', up: false },
    { store: 'counters', up: true },
    { store: 'cache', up: true },
  ]);
  await redis.kill();
  await until(false);
  t.notOk(
    stores.reachable().some(({ up }) => up),
    'none of them',
  );
});

t.test('a node of a Redis cluster is a problem of gateway.yaml', { skip: redisMissing }, async (t) => {
  const nodes = [
    await startRedis(['--cluster-enabled', 'yes']),
    await startRedis(['--cluster-enabled', 'yes']),
  ];
  t.teardown(() => Promise.all(nodes.map((node) => node.stop())));
  const probe = new Redis(nodes[0]!.url);
  await probe.cluster('MEET', '127.0.0.1', nodes[1]!.port);
  while (!String(await probe.cluster('INFO')).includes('cluster_known_nodes:2'))
    await new Promise(setImmediate);
  probe.disconnect();
  const stores = createStores({
    config: { ...config, counters: nodes[0]!.url },
    dataFolder: t.testdir(),
    clock: systemClock,
    log: silentLog,
  });
  t.teardown(() => stores.close());
  t.equal(stores.counters.status().state, 'down');
  t.match(await stores.connected().catch((error: unknown) => error), {
    problems: [{ file: 'gateway.yaml', message: /^stores\.counters: .*a node of a cluster of 2/ }],
  });
});
