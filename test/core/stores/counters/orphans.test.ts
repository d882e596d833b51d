import { Redis } from 'ioredis';
import t, { type Test } from 'tap';
import { systemClock } from '../../../../core/services/clock.ts';
import { createRedisCounters } from '../../../../core/stores/counters/redis.ts';
import { redisMissing, startRedis } from '../../../stores/redis.ts';
import { known, SpendingLedger } from './_ledger.ts';
import { recordingLog } from './recording-log.ts';
import { budget, concurrent } from './reservations.ts';

const ttlMs = 60_000;
const startMs = 1_800_000_000_000;

/** Two gateways on one Redis whose time stands still, and the ledger that they share. */
async function stage(t: Test) {
  const redis = await startRedis();
  t.teardown(() => redis.stop());
  const client = new Redis(redis.url);
  t.teardown(() => client.disconnect());
  const setNow = (nowMs: number) => client.set('{sluice}:now', String(nowMs));
  await setNow(startMs);
  const ledger = new SpendingLedger();
  const log = recordingLog();
  const gateways = ['dead', 'alive'].map((owner) =>
    createRedisCounters({
      url: redis.url,
      clock: systemClock,
      log,
      owner,
      mode: 'strict',
      deadlineMs: 5000,
      nowLua: `tonumber(redis.call('GET', '{sluice}:now'))`,
      restoreFrom: ledger.source(systemClock, log),
    }),
  );
  t.teardown(() => Promise.all(gateways.map((gateway) => gateway.close())));
  await Promise.all(gateways.map((gateway) => gateway.connected(5000)));
  return { ledger, setNow, dead: gateways[0]!, alive: gateways[1]! };
}

// A gateway writes the row of a request and then settles its hold. What if it dies in between?
for (const [name, sinceMs] of [
  ['older than the store', 0],
  ['younger than the store', 4_000_000_000_000],
] as const) {
  t.test(
    `what a gateway booked on the ledger and not on the counters is found when its hold expires: window ${name}`,
    { skip: redisMissing },
    async (t) => {
      const { ledger, setNow, dead, alive } = await stage(t);
      const held = (amount: number) => [known('k1', 100, amount, sinceMs, { countedSinceMs: 0 })];
      t.match(await alive.admit('earlier', held(20), ttlMs), { admitted: true });
      await alive.settle('earlier', held(20), [20]);
      t.match(await dead.admit('lost', held(60), ttlMs), { admitted: true });
      ledger.spent.set('k1', 75);
      const before = ledger.asked.length;
      await setNow(startMs + ttlMs);
      t.match(await alive.admit('next', held(30), ttlMs), {
        admitted: false,
        states: [{ spent: 75, held: 0 }],
      });
      t.match(await alive.admit('fits', held(25), ttlMs), {
        admitted: true,
        states: [{ spent: 75, held: 25 }],
      });
      t.equal(ledger.asked.length, before + 1, 'the ledger is asked once');
    },
  );
}

t.test('a ledger that is down then lets nothing pass', { skip: redisMissing }, async (t) => {
  const { ledger, setNow, dead, alive } = await stage(t);
  const held = [known('k1', 100, 60)];
  await dead.admit('lost', held, ttlMs);
  await setNow(startMs + ttlMs);
  t.same(await alive.read(['k1']), [{ spent: 0, held: 0 }], 'whoever looks first releases it');
  ledger.down = true;
  await t.rejects(Promise.resolve(alive.admit('next', held, ttlMs)), { code: 'store_unavailable' });
  ledger.down = false;
  ledger.spent.set('k1', 60);
  await alive.ensure(held);
  t.same(await alive.read(['k1']), [{ spent: 60, held: 0 }], 'whoever only reads can have it restored');
});

t.test('what no ledger knows goes on', { skip: redisMissing }, async (t) => {
  const { ledger, setNow, dead, alive } = await stage(t);
  const held = [budget('rule', 100, 60), concurrent('parallel', 1)];
  t.match(await dead.admit('lost', held, ttlMs), { admitted: true });
  await setNow(startMs + ttlMs);
  t.match(await alive.admit('next', held, ttlMs), { admitted: true });
  t.equal(ledger.asked.length, 0);
});
