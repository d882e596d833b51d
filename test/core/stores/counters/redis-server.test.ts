import { Redis } from 'ioredis';
import t from 'tap';
import { systemClock } from '../../../../core/services/clock.ts';
import { createRedisCounters, type RedisCounters } from '../../../../core/stores/counters/redis.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { redisMissing, startRedis, type TestRedis } from '../../../stores/redis.ts';
import { recordingLog } from './recording-log.ts';
import { budget, concurrent, rate } from './reservations.ts';

const five = [
  budget('b1', 1e6, 1),
  budget('b2', 1e6, 1),
  rate('r1', 1e6, 1),
  rate('r2', 1e6, 1),
  concurrent('c', 1e6),
];

async function connect(redis: TestRedis, prefix: string, clock = systemClock): Promise<RedisCounters> {
  const { url } = redis;
  const counters = createRedisCounters({
    url,
    clock,
    log: recordingLog(),
    owner: 'me',
    mode: 'strict',
    prefix,
  });
  if (!(await counters.connected(5000))) throw new Error('expected a connection to Redis');
  return counters;
}

/** Calls of a command by clients, not by scripts. */
async function watch(redis: Redis, run: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  const monitor = await redis.monitor();
  monitor.on('monitor', (_time: string, args: string[], source: string) => {
    if (source !== 'lua' && args[0] !== 'end') seen.push(args[0]!.toLowerCase());
  });
  await run();
  await redis.call('echo', 'end');
  monitor.disconnect();
  return seen.filter((name) => name !== 'echo');
}

t.test('a real Redis', { skip: redisMissing }, async (t) => {
  const redis = await startRedis();
  const probe = new Redis(redis.url);
  t.teardown(async () => {
    probe.disconnect();
    await redis.stop();
  });

  t.test('an admission is one command whatever the number of scopes, and so is a settlement', async (t) => {
    const counters = await connect(redis, 'trips');
    t.teardown(() => counters.close());
    await counters.admit('first', five, 1000);
    await counters.settle('first', five, [1, 1, 1, 1, 0]);
    const seen = await watch(probe, async () => {
      await counters.admit('one', five, 1000);
      await counters.extend('one', five, 2000);
      await counters.settle('one', five, [1, 1, 1, 1, 0]);
    });
    t.strictSame(seen, ['evalsha', 'evalsha', 'evalsha']);
  });

  t.test('scripts that the server forgot are sent again', async (t) => {
    const counters = await connect(redis, 'flushed');
    t.teardown(() => counters.close());
    await counters.admit('one', five, 1000);
    await probe.script('FLUSH');
    const answers = await Promise.all(['two', 'three', 'four'].map((id) => counters.admit(id, five, 1000)));
    t.ok(answers.every(({ admitted }) => admitted));
    t.match(await counters.read(['b1', 'c']), [{ held: 4 }, { held: 4 }]);
  });

  t.test('nodes whose clocks differ by years agree on holds and rates', async (t) => {
    const nodes = await Promise.all(
      [0, Date.UTC(2050, 0, 1)].map((startMs) => connect(redis, 'clocks', new FakeClock(startMs))),
    );
    t.teardown(() => Promise.all(nodes.map((node) => node.close())));
    const [past, future] = nodes as [RedisCounters, RedisCounters];
    const held = [
      rate('r', 10, 10, 86_400_000),
      concurrent('c', 1),
      budget('b', 10, 10, Date.UTC(1999, 0, 1)),
    ];
    t.ok((await past.admit('one', held, 60_000)).admitted);
    for (const scope of held) t.notOk((await future.admit('two', [scope], 60_000)).admitted);
    const [hold] = await future.holds('c');
    t.ok(Math.abs(hold!.expiresAtMs - Date.now() - 60_000) < 5000, 'told in the time of Redis');
  });

  t.test('every key is forgotten some time after it is over, a budget without a window never', async (t) => {
    const counters = await connect(redis, 'ttl');
    t.teardown(() => counters.close());
    const inAnHour = Date.now() + 3_600_000;
    const held = [
      budget('window', 10, 1, inAnHour),
      budget('over', 10, 1, 1000),
      budget('never', 10, 1),
      rate('r', 10, 1, 60_000),
      concurrent('c', 2),
    ];
    await counters.admit('one', held, 600_000);
    await counters.admit('dead', held, 600_000);
    await counters.settle('one', held, [1, 1, 1, 1, 0]);
    const minutes = async (key: string) => Math.ceil((await probe.pttl(`{ttl}:${key}`)) / 60_000);
    t.equal(await minutes('c:window'), 120);
    t.equal(await minutes('h:window'), 120, 'holds are not forgotten before their counter');
    t.equal(await minutes('c:over'), 70, 'an hour after the hold, whatever the window says');
    t.equal(await minutes('c:c'), 70);
    t.equal(await minutes('h:c'), 70);
    t.equal(await probe.pttl('{ttl}:c:never'), -1);
    t.equal(await probe.pttl('{ttl}:h:never'), -1);
    t.ok((await minutes('c:r')) <= 2);
    t.equal(await minutes('r:one'), 10);
    t.equal(await minutes('r:dead'), 20);
    await counters.extend('dead', held, 7_200_000);
    t.equal(await minutes('c:c'), 180);
    t.equal(await minutes('h:c'), 180);
    t.equal(await minutes('c:window'), 180);
    await counters.admit('two', [budget('window', 10, 1)], 1000);
    t.equal(await probe.pttl('{ttl}:c:window'), -1, 'a window that became a budget for ever');
    t.equal(await probe.pttl('{ttl}:h:window'), -1);
  });

  t.test('bad prefixes are refused', async (t) => {
    const clock = new FakeClock();
    const options = { url: redis.url, clock, log: recordingLog(), owner: 'me', mode: 'strict' } as const;
    t.throws(() => createRedisCounters({ ...options, prefix: 'a{b' }), {
      message: /expected a prefix.*came "a{b"/,
    });
  });
});

t.test(
  'the one node of a cluster takes all keys of a call, since they are in one slot',
  { skip: redisMissing },
  async (t) => {
    const redis = await startRedis(['--cluster-enabled', 'yes']);
    t.teardown(() => redis.stop());
    const probe = new Redis(redis.url);
    await probe.cluster('ADDSLOTSRANGE', 0, 16383);
    while (!String(await probe.cluster('INFO')).includes('cluster_state:ok')) await new Promise(setImmediate);
    probe.disconnect();
    const counters = await connect(redis, 'sluice');
    t.teardown(() => counters.close());
    t.ok((await counters.admit('one', five, 1000)).admitted);
    await counters.extend('one', five, 2000);
    t.match(await counters.holds('b1'), [{ id: 'one', owner: 'me' }]);
    await counters.settle('one', five, [1, 1, 1, 1, 0]);
    await counters.restore('b1', 5, null);
    t.match(await counters.read(['b1', 'b2']), [{ spent: 5 }, { spent: 1 }]);
  },
);

t.test(
  'a node of a larger cluster is refused at once, with what to name',
  { skip: redisMissing },
  async (t) => {
    const nodes = [
      await startRedis(['--cluster-enabled', 'yes']),
      await startRedis(['--cluster-enabled', 'yes']),
    ];
    t.teardown(() => Promise.all(nodes.map((node) => node.stop())));
    const probe = new Redis(nodes[0]!.url);
    await probe.cluster('ADDSLOTSRANGE', 0, 16383);
    await probe.cluster('MEET', '127.0.0.1', nodes[1]!.port);
    while (!String(await probe.cluster('INFO')).includes('cluster_known_nodes:2'))
      await new Promise(setImmediate);
    probe.disconnect();
    const { url } = nodes[0]!;
    const options = { url, clock: systemClock, log: recordingLog(), owner: 'me', mode: 'strict' } as const;
    const counters = createRedisCounters(options);
    t.teardown(() => counters.close());
    await t.rejects(counters.connected(60_000), {
      message: /^stores\.counters: expected the address of one Redis; came a node of a cluster of 2/,
    });
    await t.rejects(async () => counters.admit('one', five, 1000), { code: 'store_unavailable' });
  },
);
