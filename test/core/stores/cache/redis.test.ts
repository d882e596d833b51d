import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import t from 'tap';
import { systemClock } from '../../../../core/services/clock.ts';
import { createIds } from '../../../../core/services/ids.ts';
import { createRedisCache, type RedisCacheOptions } from '../../../../core/stores/cache/redis.ts';
import { redisMissing, startRedis } from '../../../stores/redis.ts';
import { recordingLog } from '../counters/recording-log.ts';
import { until } from '../counters/until.ts';
import { cacheConformance, entry, textOf } from './_conformance.ts';

if (redisMissing !== false) {
  t.plan(0, redisMissing);
} else {
  const redis = await startRedis();
  t.teardown(() => redis.stop());
  let prefixes = 0;
  const open = async (more: Partial<RedisCacheOptions> = {}) => {
    prefixes += 1;
    const cache = createRedisCache({
      url: redis.url,
      clock: systemClock,
      log: recordingLog(),
      ids: createIds(),
      prefix: `test${prefixes}`,
      deadlineMs: 5000,
      ...more,
    });
    if (!(await cache.connected(5000))) throw new Error('expected a connection to Redis');
    return cache;
  };

  cacheConformance(
    t,
    'redis',
    async () => {
      const cache = await open();
      return { cache, advance: (ms) => pause(ms), close: () => cache.close() };
    },
    40,
  );

  t.test('what one gateway purges no other finds', async (t) => {
    const [one, two] = [await open({ prefix: 'pair' }), await open({ prefix: 'pair' })];
    await one.put(entry('a', 'x', { tags: ['kb1'] }));
    t.equal(await textOf(two, 'a'), 'x');
    await two.purge({ tag: 'kb1' });
    t.equal(await textOf(one, 'a'), null);
    t.equal(await one.put(entry('a', 'y', { tags: ['kb1'], ageMs: 5000 })), false, 'nor what it works on');
    await Promise.all([one.close(), two.close()]);
  });

  t.test('a generation that Redis forgot is a miss, never a purge undone', async (t) => {
    const cache = await open({ prefix: 'forgets' });
    const operator = new Redis(redis.url);
    await cache.put(entry('a', 'x', { tags: ['kb1'] }));
    await cache.purge({ tag: 'kb1' });
    const generations = await operator.keys('{forgets:cache}:g:*');
    await operator.del(...generations);
    t.equal(await textOf(cache, 'a'), null);
    operator.disconnect();
    await cache.close();
  });

  t.test('every key has a time to live, and large values are packed', async (t) => {
    const cache = await open({ prefix: 'ttl' });
    const operator = new Redis(redis.url);
    await cache.put(entry('a', 'x'.repeat(100_000), { tags: ['kb1', 'kb2'] }));
    await cache.purge({ tenant: 'other' });
    const keys = await operator.keys('{ttl:cache}:*');
    t.equal(keys.length, 8);
    for (const key of keys) t.ok((await operator.pttl(key)) > 0, key);
    t.ok((await operator.hstrlen('{ttl:cache}:e:a', 'v')) < 1000);
    await operator.script('FLUSH');
    t.equal((await textOf(cache, 'a'))?.length, 100_000, 'scripts are sent again');
    operator.disconnect();
    await cache.close();
  });

  t.test('a damaged entry is a miss', async (t) => {
    const log = recordingLog();
    const cache = await open({ prefix: 'damaged', log });
    const operator = new Redis(redis.url);
    await cache.put(entry('a', 'x'.repeat(100_000)));
    await operator.hset('{damaged:cache}:e:a', 'v', 'not packed at all');
    t.equal(await cache.get('a'), null);
    await operator.set('{damaged:cache}:e:b', 'no hash');
    t.equal(await cache.get('b'), null);
    t.match(cache.stats(), { state: 'up', failures: 2 });
    t.equal(log.lines.length, 1);
    operator.disconnect();
    await cache.close();
  });

  t.test('a Redis that is away is a cache that misses, and says so', async (t) => {
    const own = await startRedis();
    t.teardown(() => own.stop());
    const log = recordingLog();
    const cache = await open({ url: own.url.replace('//', '//:a-password@'), log });
    t.teardown(() => cache.close());
    await cache.put(entry('a'));
    await own.kill();
    await until(() => cache.stats().state === 'down');
    t.equal(await cache.get('a'), null);
    t.equal(await cache.put(entry('b')), false);
    await t.rejects(async () => cache.delete('a'), { code: 'store_unavailable' });
    await t.rejects(async () => cache.purge({ tenant: 'acme' }), { code: 'store_unavailable' });
    t.match(cache.stats(), { failures: 4, misses: 1, refused: 1 });
    await own.restart();
    await until(() => cache.stats().state === 'up');
    t.equal(await cache.put(entry('b')), true);
    t.match(log.lines[0], { fields: { store: 'cache', meanwhile: 'the cache misses' } });
    t.notMatch(JSON.stringify(log.lines), /a-password/);
  });

  t.test('a Redis that hangs costs a few deadlines, then nothing', async (t) => {
    const own = await startRedis();
    t.teardown(() => own.stop());
    const cache = await open({ url: own.url, deadlineMs: 60 });
    t.teardown(() => cache.close());
    own.pause();
    for (let at = 0; at < 100; at += 1) t.equal(await cache.get(`${at}`), null);
    t.equal(cache.stats().state, 'down');
    own.resume();
    await until(() => cache.stats().state === 'up');
  });

  t.test('bad prefixes and addresses are refused', async (t) => {
    t.throws(
      () => createRedisCache({ url: 'x', clock: systemClock, log: recordingLog(), ids: createIds() }),
      {
        message: /expected redis:\/\/host:port for the cache/,
      },
    );
    await t.rejects(open({ prefix: 'a{b' }), RangeError);
  });
}
