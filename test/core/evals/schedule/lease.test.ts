import t from 'tap';
import { takeLease } from '../../../../core/evals/schedule/lease.ts';
import { createRedisCounters } from '../../../../core/stores/counters/redis.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { countingIds, recordingLog } from '../../../../sdk/testing/fakes.ts';
import { redisMissing, startRedis } from '../../../stores/redis.ts';

t.test(
  'of gateways that share a Redis one gets the lease of a stretch',
  { skip: redisMissing },
  async (t) => {
    const redis = await startRedis();
    t.teardown(redis.stop);
    const clock = new FakeClock();
    const ids = countingIds();
    const gateways = await Promise.all(
      ['one', 'two', 'three'].map(async (owner) => {
        const counters = createRedisCounters({
          url: redis.url,
          clock,
          log: recordingLog(),
          owner,
          mode: 'strict',
          deadlineMs: 5000,
        });
        t.teardown(() => counters.close());
        t.ok(await counters.connected(5000));
        return { clock, ids, counters: () => counters };
      }),
    );
    const slot = { suite: 'evals/support.yaml', startMs: clock.now(), everyMs: 3_600_000 };
    const taken = await Promise.all(gateways.map((services) => takeLease(slot, services)));
    const leases = taken.filter((lease) => typeof lease !== 'string');
    t.equal(leases.length, 1);
    t.strictSame(
      taken.filter((lease) => typeof lease === 'string'),
      ['under way', 'under way'],
    );
    await leases[0]!.end(false);
    const again = await takeLease(slot, gateways[1]!);
    t.not(typeof again, 'string', 'what was given back can be taken');
    if (typeof again !== 'string') await again.end(true);
    for (const services of gateways) t.equal(await takeLease(slot, services), 'done');
    const next = await takeLease({ ...slot, startMs: slot.startMs + slot.everyMs }, gateways[2]!);
    t.not(typeof next, 'string');
    if (typeof next !== 'string') await next.end(true);
  },
);
