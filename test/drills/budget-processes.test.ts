import t from 'tap';
import { noPostgres, startPostgres } from '../stores/postgres.ts';
import { redisMissing, startRedis } from '../stores/redis.ts';
import { checkBooks, tally } from './books.ts';
import { administer, crowd, drillConfig, idle, makeKey, type Seen } from './budget.ts';
import { folderOf, serve } from './processes.ts';
import { Peaks, RedisSampler } from './samples.ts';
import { startUnrulyUpstream } from './unruly-upstream.ts';

t.setTimeout(120_000);

const requestsAtOnce = 200;

/** Asks until an answer is as wanted. */
async function until(ask: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (performance.now() < endMs) {
    if (await ask()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`expected ${what} within 20 s`);
}

for (const killed of [false, true]) {
  t.test(
    `200 requests at once at two gateways that share a Redis and a PostgreSQL${killed ? ', one of them killed among them' : ''}`,
    { skip: redisMissing || noPostgres },
    async (t) => {
      const seed = killed ? 5 : 4;
      const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
      t.teardown(() => Promise.all([redis.stop(), postgres.close()]));
      const upstream = await startUnrulyUpstream(seed, 0.4);
      t.teardown(() => upstream.close());
      const peaks = new Peaks();
      const sampler = new RedisSampler(redis.url, peaks);
      t.teardown(() => sampler.close());
      const stores = `stores: { redis_timeout: 5s, counters: "${redis.url}", ledger: "${await postgres.database()}" }\n`;
      const dir = folderOf(t, drillConfig(upstream.port, stores));
      const first = await serve(t, dir);
      const second = await serve(t, dir);
      const urls = [first.url, second.url];
      const key = await makeKey(first.url);
      const headers = { authorization: `Bearer ${key}` };
      await until(
        async () => (await fetch(`${second.url}/v1/models`, { headers })).status === 200,
        'the second gateway to know the key',
      );
      sampler.start();
      // Cold processes on a busy machine do not reach Redis in time; here they are to be at work.
      await until(async () => {
        const warm = await Promise.all(
          urls.map((url) => crowd({ urls: [url], key, requests: 1, seed, leave: 0 })),
        );
        return warm.every(([one]) => one!.code !== 'store_unavailable');
      }, 'both gateways to reach their stores');
      let ended = 0;
      let death: Promise<unknown> | null = null;
      const onSeen = ({ status }: Seen) => {
        if (status === 200) ended += 1;
        if (killed && ended === 3) death ??= second.stop('SIGKILL');
      };
      const seen = await crowd({ urls, key, requests: requestsAtOnce, seed, leave: 0.2, onSeen });
      await death;
      const left = killed ? [first.url] : urls;
      for (const url of left) await idle(url);
      await sampler.stop();
      t.same(peaks.broken, [], 'spent and held were never above a limit');
      t.ok(peaks.looks > 50, `looked ${peaks.looks} times`);
      if (killed) {
        t.not(death, null, 'the second gateway was killed');
        // Whoever asks next, once the time to live of its holds is over, finds everything as the ledger has it.
        await until(async () => {
          const { holds } = (
            (await administer(first.url, `/key/info?key=${key}`)) as { info: { holds: unknown[] | null } }
          ).info;
          return holds?.length === 0;
        }, 'the holds of the dead gateway to be released');
        seen.push(...(await crowd({ urls: left, key, requests: 10, seed, leave: 0 })));
        await idle(first.url);
      }
      // Settlements that Redis did not take in time are tried again.
      await until(
        async () => (await sampler.read()).every(({ held }) => held === 0),
        'every hold to be settled',
      ).catch((error: Error) => t.fail(error.message));
      await checkBooks(t, first.url, await sampler.read(), seen);
      const faults = seen.filter(({ code }) => code === 'internal_error' || code === 'policy_error');
      t.same(faults, [], `no request fails by the gateway's own fault`);
      if (faults.length > 0) t.comment(first.log(), second.log());
      t.comment(tally(seen), Object.fromEntries(peaks.worst));
    },
  );
}
