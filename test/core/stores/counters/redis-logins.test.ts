import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import t, { type Test } from 'tap';
import { systemClock } from '../../../../core/services/clock.ts';
import { createIds } from '../../../../core/services/ids.ts';
import { createRedisCache } from '../../../../core/stores/cache/redis.ts';
import { createRedisCounters } from '../../../../core/stores/counters/redis.ts';
import { recordingLog } from '../../../../sdk/testing/fakes.ts';
import { redisMissing, startRedis } from '../../../stores/redis.ts';
import { budget } from './reservations.ts';

t.setTimeout(120_000);

interface Bench {
  /** Asks Redis as its operator, whose own login nothing here changes. */
  readonly operator: Redis;
  urlOf(password: string, user?: string): string;
  renew(url: string): Promise<boolean>;
  /** Admits until told to stop. @returns how often, and what failed. */
  admitAll(): { stop(): Promise<{ admitted: number; failures: unknown[] }> };
  admit(): Promise<unknown>;
  said(part: string): number;
  readonly text: () => string;
  /** Ends every connection but the operator's, as a restart of a proxy does. */
  cut(): Promise<unknown>;
  until(fits: () => boolean | Promise<boolean>): Promise<void>;
}

async function bench(
  t: Test,
  first: [string, string?],
  newer?: (one: Bench) => Promise<unknown>,
): Promise<Bench> {
  const redis = await startRedis();
  const operator = new Redis(redis.url);
  t.teardown(async () => {
    operator.disconnect();
    await redis.stop();
  });
  await operator.call('acl', 'setuser', 'operator', 'on', '>operator', '~*', '&*', '+@all');
  await operator.auth('operator', 'operator');
  // Its own reconnects too.
  Object.assign(operator.options, { username: 'operator', password: 'operator' });
  await operator.config('SET', 'requirepass', 'canary-1');
  await operator.call('acl', 'setuser', 'app', 'on', '>canary-1', '~*', '&*', '+@all');
  const urlOf = (password: string, user = '') => `redis://${user}:${password}@127.0.0.1:${redis.port}`;
  const log = recordingLog();
  let count = 0;
  const newerLogin = newer === undefined ? undefined : async () => void (await newer(one));
  const counters = createRedisCounters({
    url: urlOf(...first),
    clock: systemClock,
    log,
    owner: 'me',
    mode: 'strict',
    // A busy machine is no fault of a login.
    deadlineMs: 10_000,
    newerLogin,
  });
  const cache = createRedisCache({
    url: urlOf(...first),
    clock: systemClock,
    log,
    ids: createIds(),
    deadlineMs: 10_000,
    newerLogin,
  });
  t.teardown(() => Promise.all([counters.close(), cache.close()]));
  const admit = async () => {
    count += 1;
    const wanted = [budget('b', 1e9, 1)];
    await counters.admit(`call${count}`, wanted, 1000);
    await counters.settle(`call${count}`, wanted, [1]);
    if (!(await cache.put({ key: 'k', value: Buffer.from('v'), meta: null, tenant: null, ttlMs: 60_000 })))
      throw new Error('the cache did not take it');
  };
  const one: Bench = {
    operator,
    urlOf,
    renew: async (url) => (await Promise.all([counters.renew(url), cache.renew(url)])).every(Boolean),
    admit,
    admitAll() {
      let going = true;
      let admitted = 0;
      const failures: unknown[] = [];
      const done = (async () => {
        while (going) {
          await admit().then(
            () => {
              admitted += 1;
            },
            (error: unknown) => failures.push(error),
          );
          await sleep(1);
        }
        return { admitted, failures };
      })();
      return {
        stop() {
          going = false;
          return done;
        },
      };
    },
    said: (part) => log.lines.filter(({ message }) => message.includes(part)).length,
    text: () => JSON.stringify(log.lines),
    cut: () => operator.call('client', 'kill', 'type', 'normal', 'skipme', 'yes'),
    async until(fits) {
      const endMs = performance.now() + 30_000;
      while (!(await fits()) && performance.now() < endMs) await sleep(5);
      t.ok(await fits(), fits.toString());
    },
  };
  t.ok(await counters.connected(20_000));
  t.ok(await cache.connected(20_000));
  return one;
}

t.test('passwords of Redis', { skip: redisMissing }, async (t) => {
  t.test('Redis changes first: nothing fails, and a new connection has the new password', async (t) => {
    const one = await bench(t, ['canary-1']);
    const load = one.admitAll();
    await one.operator.config('SET', 'requirepass', 'canary-2');
    t.equal(await one.renew(one.urlOf('canary-2')), true);
    t.equal(one.said('is in use'), 2);
    const { admitted, failures } = await load.stop();
    t.strictSame(failures, []);
    t.ok(admitted > 0);
    await one.cut();
    await one.until(() => one.said('Redis is back') === 2);
    await one.admit();
    t.notMatch(one.text(), /canary/);
  });

  t.test('the secret changes first: the one before goes on until Redis knows the new one', async (t) => {
    const one = await bench(t, ['canary-1']);
    const load = one.admitAll();
    t.equal(await one.renew(one.urlOf('canary-2')), true);
    t.equal(one.said('does not work yet'), 2);
    await one.operator.config('SET', 'requirepass', 'canary-2');
    await one.until(() => one.said('is in use') === 2);
    const { failures } = await load.stop();
    t.strictSame(failures, []);
    t.equal(one.said('does not work yet'), 2, 'which is said once by each');
    t.equal(one.said('out of reach'), 0);
  });

  t.test('a connection that breaks while both are known finds the one that works', async (t) => {
    const one = await bench(t, ['canary-1']);
    await one.renew(one.urlOf('canary-2'));
    await one.cut();
    await one.until(() => one.said('Redis is back') === 2);
    await one.admit();
    await one.operator.config('SET', 'requirepass', 'canary-2');
    await one.cut();
    await one.until(() => one.said('is in use') === 2);
    await one.until(() =>
      one.admit().then(
        () => true,
        () => false,
      ),
    );
  });

  t.test('a connection that is refused asks for the newer password', async (t) => {
    let known = 'canary-1';
    const one = await bench(t, ['canary-1', 'app'], (bench) => bench.renew(bench.urlOf(known, 'app')));
    await one.operator.call('acl', 'setuser', 'app', 'resetpass', '>canary-2');
    known = 'canary-2';
    await one.cut();
    await one.until(() => one.said('is in use') === 2);
    await one.until(() =>
      one.admit().then(
        () => true,
        () => false,
      ),
    );
  });

  t.test('a user with two passwords, and another user, are taken over without a gap', async (t) => {
    const one = await bench(t, ['canary-1', 'app']);
    const load = one.admitAll();
    await one.operator.call('acl', 'setuser', 'app', '>canary-2');
    await one.renew(one.urlOf('canary-2', 'app'));
    await one.operator.call('acl', 'setuser', 'app', '<canary-1');
    await one.operator.call('acl', 'setuser', 'later', 'on', '>canary-3', '~*', '&*', '+@all');
    await one.renew(one.urlOf('canary-3', 'later'));
    await one.operator.call('acl', 'deluser', 'app');
    const { failures } = await load.stop();
    t.strictSame(failures, [], 'nobody is logged in as the one that went');
    t.match(String(await one.operator.call('client', 'list')), /user=later/);
  });

  t.test('another place is not taken over, and the same address changes nothing', async (t) => {
    const one = await bench(t, ['canary-1']);
    t.equal(await one.renew('redis://:canary-2@127.0.0.1:1'), false);
    t.equal(await one.renew('memory'), false);
    t.equal(await one.renew(one.urlOf('canary-1')), true);
    await one.admit();
    t.equal(one.said('login'), 0);
  });
});
