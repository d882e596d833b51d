import { Redis } from 'ioredis';
import t, { type Test } from 'tap';
import { systemClock } from '../../../../core/services/clock.ts';
import {
  createRedisCounters,
  type RedisCounters,
  type RedisCountersOptions,
} from '../../../../core/stores/counters/redis.ts';
import { FakeClock, settled } from '../../../../sdk/testing/clock.ts';
import { redisMissing, startRedis, type TestRedis } from '../../../stores/redis.ts';
import { known, SpendingLedger } from './_ledger.ts';
import { recordingLog } from './recording-log.ts';
import { budget, concurrent, rate } from './reservations.ts';
import { until } from './until.ts';

type Stage = {
  readonly redis: TestRedis;
  readonly log: ReturnType<typeof recordingLog>;
  open(mode: 'strict' | 'degraded', more?: Partial<RedisCountersOptions>): Promise<RedisCounters>;
};

function stage(name: string, run: (t: Test, stage: Stage) => Promise<void>): void {
  t.test(name, { skip: redisMissing }, async (t) => {
    // Written at once, if not flushed: a killed process loses nothing.
    const redis = await startRedis(['--appendonly', 'yes', '--appendfsync', 'no']);
    const log = recordingLog();
    t.teardown(() => redis.stop());
    await run(t, {
      redis,
      log,
      async open(mode, more = {}) {
        const counters = createRedisCounters({
          url: redis.url.replace('//', '//:a-password@'),
          clock: systemClock,
          log,
          owner: 'me',
          mode,
          deadlineMs: 1000,
          ...more,
        });
        t.teardown(() => counters.close());
        await until(() => counters.status().state === 'up');
        return counters;
      },
    });
    t.notMatch(JSON.stringify(log.lines), /a-password/, 'credentials are not logged');
  });
}

const held = [budget('b', 100, 10), rate('r', 100, 10, 86_400_000), concurrent('c', 5)];
const states = (log: ReturnType<typeof recordingLog>) => log.lines.map(({ message }) => message);

stage('strict refuses while Redis is away, and goes on when it is back', async (t, { redis, log, open }) => {
  const counters = await open('strict');
  await counters.admit('before', held, 60_000);
  await redis.kill();
  for (let at = 0; at < 20; at += 1) {
    await t.rejects(async () => counters.admit(`away ${at}`, held, 60_000), {
      code: 'store_unavailable',
      status: 503,
      retryAfterMs: 1000,
      message: /^expected an answer from the counter store, came none: try again$/,
    });
  }
  await t.rejects(async () => counters.read(['b']), { code: 'store_unavailable' });
  await t.rejects(async () => counters.holds('b'), { code: 'store_unavailable' });
  await t.rejects(async () => counters.restore('b', 1, null), { code: 'store_unavailable' });
  t.equal(await counters.extend('before', held, 60_000), false);
  await counters.settle('before', held, [7, 7, 0]);
  t.strictSame(counters.status(), { state: 'down', waiting: 1, lost: 0 });
  await redis.restart();
  await until(() => counters.status().state === 'up');
  t.strictSame(counters.status(), { state: 'up', waiting: 0, lost: 0 });
  t.match(await counters.read(['b', 'r', 'c']), [{ spent: 7, held: 0 }, { spent: 7 }, { held: 0 }]);
  t.ok((await counters.admit('after', held, 60_000)).admitted);
  t.strictSame(states(log), [
    'Redis has none of our counters: budgets start from nothing',
    'Redis is out of reach',
    'Redis is back',
  ]);
});

stage(
  'degraded counts on by itself from what it saw, says so, and books it all afterwards',
  async (t, stage) => {
    const { redis, log, open } = stage;
    const counters = await open('degraded');
    const other = await open('strict', { owner: 'other' });
    await other.admit('theirs', [budget('b', 100, 50)], 60_000);
    t.match(await counters.admit('before', held, 60_000), { admitted: true, degraded: false });
    await redis.kill();
    t.match(await counters.admit('one', held, 60_000), { admitted: true, degraded: true });
    await until(() => counters.status().state === 'degraded');
    t.match(await counters.admit('two', [budget('b', 100, 31)], 60_000), {
      admitted: false,
      index: 0,
      states: [{ spent: 0, held: 70 }],
      degraded: true,
    });
    t.match(await counters.read(['b', 'c']), [{ held: 70 }, { held: 2 }]);
    t.match(await counters.holds('c'), [{ id: 'before' }, { id: 'one' }]);
    t.ok(await counters.extend('one', held, 120_000));
    await counters.settle('before', held, [8, 8, 0]);
    await counters.settle('one', held, [9, 9, 0]);
    await counters.settle('one', held, [9, 9, 0]);
    t.match(await counters.read(['b', 'c']), [{ spent: 17, held: 50 }, { held: 0 }]);
    await counters.admit('long', held, 60_000);
    await redis.restart();
    await until(() => [counters, other].every((node) => node.status().state === 'up'));
    t.match(await other.read(['b', 'r', 'c']), [{ spent: 17, held: 50 }, { spent: 17 }, { held: 0 }]);
    await counters.settle('long', held, [3, 3, 0]);
    t.match(await other.read(['b', 'r', 'c']), [{ spent: 20, held: 50 }, { spent: 20 }, { held: 0 }]);
    t.match(await counters.admit('after', held, 60_000), { admitted: true, degraded: false });
    t.equal(
      log.lines.filter(({ message }) => message === 'Redis is out of reach').length,
      2,
      'once for each node',
    );
  },
);

stage(
  'a Redis that hangs costs a few deadlines, then nothing, and nothing is held twice',
  async (t, stage) => {
    const { redis, open } = stage;
    const counters = await open('strict', { deadlineMs: 150 });
    redis.pause();
    const startMs = performance.now();
    for (let at = 0; at < 200; at += 1) {
      await t.rejects(async () => counters.admit(`hung ${at}`, held, 60_000), { code: 'store_unavailable' });
    }
    const tookMs = performance.now() - startMs;
    t.ok(tookMs < 200 * 150, `200 refusals took ${Math.round(tookMs)} ms: not a deadline each`);
    redis.resume();
    await until(() => counters.status().state === 'up');
    t.match(await counters.read(['b', 'r', 'c']), [{ spent: 0, held: 0 }, { spent: 0 }, { held: 0 }]);
    t.ok((await counters.admit('hung 0', held, 60_000)).admitted, 'the same id may be tried again');
    t.match(await counters.read(['b', 'c']), [{ held: 10 }, { held: 1 }]);
  },
);

stage(
  'a single late answer is settled later, and the hold that it made is let go',
  async (t, { redis, open }) => {
    const counters = await open('strict', { deadlineMs: 150 });
    await counters.admit('one', held, 60_000);
    redis.pause();
    const late = [counters.settle('one', held, [4, 4, 0]), counters.admit('two', held, 60_000)] as const;
    await late[0];
    await t.rejects(async () => late[1], { code: 'store_unavailable' });
    t.match(counters.status(), { state: 'up', waiting: 1 });
    redis.resume();
    await until(async () => counters.status().waiting === 0 && (await counters.holds('b')).length === 0);
    t.match(await counters.read(['b', 'r', 'c']), [{ spent: 4, held: 0 }, { spent: 4 }, { held: 0 }]);
  },
);

stage(
  'an admission repeated after a lost answer holds once and keeps its hold',
  async (t, { redis, open }) => {
    const clock = new FakeClock();
    const counters = await open('strict', { clock });
    redis.pause();
    const lost = t.rejects(async () => counters.admit('one', held, 60_000), { code: 'store_unavailable' });
    await settled();
    await clock.advance(1000);
    await lost;
    redis.resume();
    t.ok((await counters.admit('one', held, 60_000)).admitted);
    t.match(await counters.read(['b', 'r', 'c']), [{ held: 10 }, { spent: 10 }, { held: 1 }]);
    await clock.advance(1000);
    t.match(await counters.read(['b', 'c']), [{ held: 10 }, { held: 1 }], 'the release was withdrawn');
    t.equal(counters.status().state, 'up');
  },
);

stage('what does not fit into the backlog is counted and logged', async (t, { redis, log, open }) => {
  const counters = await open('degraded', { backlog: 3 });
  await redis.kill();
  for (let at = 0; at < 5; at += 1) await counters.settle(`${at}`, held, [1, 1, 0]);
  t.match(counters.status(), { waiting: 3, lost: 2 });
  t.match(log.lines.at(-1), { level: 'error', fields: { reason: /no room.*ledger only/, lost: 1 } });
  await counters.close();
  t.match(log.lines.at(-1), {
    level: 'error',
    fields: { settlements: 3 },
    message: /Closed before Redis was back/,
  });
});

const sinceTheEpoch = (amount: number) => [known('b', 100, amount)];

stage('budgets that Redis lost, or never had, are restored before they are used', async (t, stage) => {
  const { redis, log, open } = stage;
  const ledger = new SpendingLedger();
  const restoreFrom = ledger.source(systemClock, log);
  ledger.spent.set('b', 20);
  const counters = await open('strict', { restoreFrom });
  const other = await open('strict', { restoreFrom, owner: 'other' });
  t.match(await counters.admit('one', sinceTheEpoch(10), 60_000), { states: [{ spent: 20, held: 10 }] });
  t.match(await other.admit('theirs', sinceTheEpoch(0), 60_000), { states: [{ spent: 20, held: 10 }] });
  await other.ensure([...sinceTheEpoch(0), known('read', 10, 0)]);
  t.strictSame(
    ledger.asked.flat().map(({ keyId }) => keyId),
    ['b', 'read'],
    'once for all gateways',
  );
  const operator = new Redis(redis.url);
  t.teardown(() => operator.disconnect());
  await operator.flushall();
  await t.rejects(async () => counters.admit('two', sinceTheEpoch(10), 60_000), {
    cause: { message: /it has none of our counters/ },
  });
  await counters.settle('one', sinceTheEpoch(10), [10]);
  ledger.spent.set('b', 30);
  await until(() => counters.status().state === 'up');
  ledger.down = true;
  await t.rejects(async () => counters.admit('three', sinceTheEpoch(1), 60_000), {
    code: 'store_unavailable',
    message: /what was spent of this budget/,
  });
  t.match(await counters.admit('unlimited', [concurrent('c', 5)], 60_000), { admitted: true });
  ledger.down = false;
  t.match(await counters.admit('four', sinceTheEpoch(70), 60_000), {
    admitted: true,
    states: [{ spent: 30, held: 70 }],
  });
  t.match(await counters.admit('five', sinceTheEpoch(1), 60_000), { admitted: false });
  t.match(states(log), [
    'Redis has none of our counters: budgets are restored from the ledger',
    'Redis is out of reach',
    'Redis has none of our counters: budgets are restored from the ledger',
    'Redis is back',
    'budgets could not be restored from the ledger',
  ]);
});

stage('a gateway that did not see Redis lose its data admits nothing on what is left', async (t, stage) => {
  const { redis, log, open } = stage;
  const ledger = new SpendingLedger();
  const restoreFrom = ledger.source(systemClock, log);
  const [seeing, blind] = [await open('strict', { restoreFrom }), await open('strict', { restoreFrom })];
  const window = Date.now() + 3_600_000;
  const late = (amount: number) => [known('w', 100, amount, window, { countedSinceMs: 0 })];
  await blind.admit('one', late(90), 60_000);
  const operator = new Redis(redis.url);
  t.teardown(() => operator.disconnect());
  await operator.flushall();
  await t.rejects(async () => seeing.admit('two', late(1), 60_000), { code: 'store_unavailable' });
  await until(() => seeing.status().state === 'up');
  await t.rejects(async () => blind.admit('three', late(1), 60_000), { code: 'store_unavailable' });
  await until(() => blind.status().state === 'up');
  t.ok((await blind.admit('four', late(1), 60_000)).admitted);
});

stage('a node that decides by itself asks the ledger about budgets that it never saw', async (t, stage) => {
  const { redis, log, open } = stage;
  const ledger = new SpendingLedger();
  ledger.spent.set('b', 95);
  const counters = await open('degraded', { restoreFrom: ledger.source(systemClock, log) });
  await redis.kill();
  t.match(await counters.admit('one', sinceTheEpoch(10), 60_000), { admitted: false, degraded: true });
  t.match(await counters.admit('two', sinceTheEpoch(5), 60_000), { admitted: true, degraded: true });
  ledger.down = true;
  t.match(await counters.admit('three', [known('never seen', 10, 1)], 60_000), {
    admitted: true,
    degraded: true,
  });
});

stage('scripts that fail on one key are no outage', async (t, { redis, log, open }) => {
  const operator = new Redis(redis.url);
  await operator.set('{sluice}:c:odd', 'not a counter');
  operator.disconnect();
  const counters = await open('strict');
  for (let at = 0; at < 5; at += 1) {
    await t.rejects(async () => counters.admit(`${at}`, [budget('odd', 10, 1)], 1000), {
      cause: { message: /WRONGTYPE/ },
    });
  }
  t.ok((await counters.admit('fine', held, 1000)).admitted);
  await counters.settle('odd', [budget('odd', 10, 1)], [1]);
  await until(() => counters.status().lost === 1);
  t.equal(counters.status().state, 'up');
  t.equal(log.lines.filter(({ level }) => level === 'error').length, 1, 'logged once a minute');
});

t.test('a Redis that is away at the start is waited for', { skip: redisMissing }, async (t) => {
  const redis = await startRedis();
  t.teardown(() => redis.stop());
  await redis.kill();
  const log = recordingLog();
  const { url } = redis;
  const counters = createRedisCounters({ url, clock: systemClock, log, owner: 'me', mode: 'strict' });
  t.teardown(() => counters.close());
  await t.rejects(async () => counters.admit('one', held, 1000), { cause: { message: /ECONNREFUSED/ } });
  t.equal(await counters.connected(50), false);
  await redis.restart();
  t.equal(await counters.connected(5000), true);
  t.ok((await counters.admit('two', held, 1000)).admitted);
});
