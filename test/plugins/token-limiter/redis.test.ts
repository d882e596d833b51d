import t from 'tap';
import { createRedisCounters } from '../../../core/stores/counters/redis.ts';
import type { CounterState } from '../../../sdk/counters.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { recordingLog } from '../../../sdk/testing/fakes.ts';
import { redisMissing, startRedis } from '../../stores/redis.ts';
import { budget, budgetKey, harness, identity, usage } from './harness.ts';

const mostOfHi = 286_000;

t.test('two gateways on one Redis never spend more than the budget', { skip: redisMissing }, async (t) => {
  const redis = await startRedis();
  t.teardown(redis.stop);
  const clock = new FakeClock();
  const stores = ['gateway-1', 'gateway-2'].map((owner) =>
    createRedisCounters({
      url: redis.url,
      clock,
      log: recordingLog(),
      owner,
      mode: 'strict',
      deadlineMs: 5000,
    }),
  );
  t.teardown(() => Promise.all(stores.map((store) => store.close())));
  for (const store of stores) t.ok(await store.connected(5000));
  const limit = 7 * mostOfHi;
  const gateways = await Promise.all(
    stores.map((counters) =>
      harness({ clock, counters, file: { limits: [{ by: 'model', concurrent: 50 }] } }),
    ),
  );
  const who = identity({ budget: budget(limit), requestsPerMinute: 1000 }, { budget: budget(2 * limit) });
  let peak = 0;
  const look = ([state]: readonly CounterState[]) => {
    peak = Math.max(peak, state!.spent + state!.held);
  };
  let sent = 0;
  let cost = 0;
  const ask = async (index: number) => {
    const one = gateways[index % 2]!.request({ identity: who });
    const decision = await one.start();
    look(await stores[(index + 1) % 2]!.read([budgetKey]));
    if (decision?.type !== 'continue') return one.end({ outcome: 'denied' });
    sent += 1;
    await one.attempt('cheap');
    const output = Math.min(one.body.view.maxOutputTokens!, index % 101);
    // Every third fails, every fifth is left by its client before anything came.
    const used = index % 3 === 0 ? null : usage(index % 87, index % 5 === 0 ? 0 : output);
    if (used !== null) cost += used.inputTokens * 1000 + used.outputTokens * 2000;
    await one.end(used === null ? { outcome: 'failed' } : { usage: used });
    look(await stores[index % 2]!.read([budgetKey]));
  };
  await Promise.all(Array.from({ length: 200 }, (_, index) => ask(index)));
  for (let index = 200; index < 240; index += 1) await ask(index);
  t.ok(sent >= 7, `${sent} were sent`);
  t.ok(peak <= limit, `spent and held ${peak} of ${limit} at most`);
  t.strictSame(await stores[0]!.read([budgetKey]), [{ spent: cost, held: 0 }]);
  t.ok(cost <= limit);
});
