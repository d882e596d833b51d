import t, { type Test } from 'tap';
import { chatReply, settled, testGateway } from '../../core/testing.ts';
import { redisMissing, startRedis, type TestRedis } from '../stores/redis.ts';

const asked = 'How do I reset my password?';
const again = 'How can I reset my password?';
const quiet = 'plugin: semantic-cache\nshadow: { share: 0 }';
const checked = 'plugin: semantic-cache\nshadow: { share: 1, judge: string, target: 0.1 }';

interface Stores {
  readonly cache: string;
  readonly data?: string;
}

async function start(t: Test, { cache, data }: Stores, policy: string, answers = 'Answer') {
  const config = `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
models:
  test: up/model
stores: { cache: '${cache}'${data === undefined ? ', vectors: memory' : ''} }
`;
  const started = await testGateway({
    config,
    policies: { '50-cache.yaml': policy },
    ...(data === undefined ? undefined : { data }),
  });
  t.teardown(started.close);
  let count = 0;
  started.upstream.otherwise(() => {
    count += 1;
    return chatReply(`${answers} ${count}`);
  });
  const ask = async (text: string, headers = {}) => {
    const response = await started.chat(text, {}, headers);
    const body = (await response.json()) as { choices?: { message: { content: string } }[] };
    return {
      id: response.headers.get('x-request-id'),
      cache: response.headers.get('x-gateway-cache'),
      reason: response.headers.get('x-gateway-cache-reason'),
      text: body.choices?.[0]?.message.content,
    };
  };
  /** Asks until the cache says so: what is written to a store is written off the path. */
  const until = async (text: string, cache: string, headers = {}) => {
    let got = await ask(text, headers);
    for (let time = 0; time < 500 && got.cache !== cache; time += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      got = await ask(text, headers);
    }
    return got;
  };
  /** A store that is just being opened may need more than one look. */
  const stats = async () => {
    for (;;) {
      const { semantic, semantic_complete: complete } = (await (
        await started.get('/cache/stats')
      ).json()) as { semantic: Record<string, unknown>[]; semantic_complete: boolean };
      if (complete) return { semantic };
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { ...started, ask, until, stats };
}

/** Has a group stopped: every answer differs from the one before. */
async function stop({ ask, stats }: Awaited<ReturnType<typeof start>>) {
  await ask(asked);
  for (let time = 0; time < 200; time += 1) {
    await ask(`${again}${'!'.repeat(time + 1)}`);
    await settled();
    if ((await stats()).semantic[0]?.['state'] === 'stopped') return;
  }
  throw new Error('nothing stopped it');
}

const onlyCache = { 'x-sluice-cache': 'only' };

t.test('what was stopped is stopped after a restart, and what was counted is counted', async (t) => {
  const data = t.testdir();
  const first = await start(t, { cache: 'memory', data }, checked);
  await stop(first);
  const [before] = (await first.stats()).semantic;
  t.match(before, { state: 'stopped', tenant: 'default', alias: 'test' });
  await first.close();
  const second = await start(t, { cache: 'memory', data }, checked);
  const { semantic } = await second.stats();
  t.match(semantic, [
    { state: 'stopped', checked_ever: before!['checked_ever'], wrong_ever: before!['wrong_ever'] },
  ]);
  // The entries are read when they are first looked for.
  for (let time = 0; time < 500; time += 1) {
    const { cache, reason } = await second.ask(again, onlyCache);
    t.not(cache, 'semantic');
    if (reason === 'stopped') break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  t.match(await second.ask(`${again}?`), { cache: 'miss', reason: 'stopped' });
});

t.test('a purge of everything forgets answers, not what is known of wrong ones', async (t) => {
  const data = t.testdir();
  const first = await start(t, { cache: 'memory', data }, checked);
  await stop(first);
  t.equal((await first.post('/cache/purge', { all: true })).status, 200);
  await first.close();
  const second = await start(t, { cache: 'memory', data }, checked);
  t.match((await second.stats()).semantic, [{ state: 'stopped' }]);
});

t.test('gateways that share a Redis', { skip: redisMissing }, async (t) => {
  const redis: TestRedis = await startRedis();
  t.teardown(() => redis.stop());
  const cache = redis.url;

  await t.test('a purge on one reaches the vectors in the memory of the other at once', async (t) => {
    const one = await start(t, { cache: `${cache}/1` }, quiet, 'One');
    const other = await start(t, { cache: `${cache}/1` }, quiet, 'Other');
    const filters: [object, Record<string, string>][] = [
      [{ tenant: 'a' }, { 'x-tenant-id': 'a' }],
      [{ tag: 'alias:test' }, { 'x-tenant-id': 'b' }],
      [{ revision: '7' }, { 'x-tenant-id': 'c', 'x-sluice-kb-revision': '7' }],
      [{ all: true }, { 'x-tenant-id': 'd' }],
    ];
    for (const [filter, headers] of filters) {
      const name = JSON.stringify(filter);
      await other.ask(asked, headers);
      t.match(await other.until(again, 'semantic', headers), { cache: 'semantic' }, name);
      t.equal((await one.post('/cache/purge', filter)).status, 200, name);
      t.match(await other.ask(again, { ...headers, ...onlyCache }), { cache: 'miss' }, name);
      t.match(await other.ask(`${again} `, { ...headers, ...onlyCache }), { cache: 'miss' }, name);
      // And it is kept again from then on.
      await other.ask(asked, headers);
      t.match(await other.until(`${again}!`, 'semantic', headers), { cache: 'semantic' }, name);
    }
  });

  await t.test('feedback at one evicts what the other answered, everywhere', async (t) => {
    const one = await start(t, { cache: `${cache}/2` }, quiet, 'One');
    const other = await start(t, { cache: `${cache}/2` }, quiet, 'Other');
    await other.ask(asked);
    const hit = await other.until(again, 'semantic');
    const wrong = { request_id: hit.id, wrong: true };
    let told = await one.post('/cache/feedback', wrong);
    for (let time = 0; time < 500 && told.status === 404; time += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      told = await one.post('/cache/feedback', wrong);
    }
    t.equal(told.status, 200);
    t.equal((await one.post('/cache/feedback', wrong)).status, 404, 'once');
    t.match(await other.ask(`${again} `, onlyCache), { cache: 'miss' });
    t.match(await other.ask(asked, onlyCache), { cache: 'miss' });
    t.match((await one.stats()).semantic, [{ wrong_ever: 1 }]);
  });

  await t.test('an answer that took the place of another is served, the other is not', async (t) => {
    const one = await start(t, { cache: `${cache}/3` }, quiet, 'One');
    const other = await start(t, { cache: `${cache}/3` }, quiet, 'Other');
    await other.ask(asked);
    await other.until(again, 'semantic');
    // Test gateways count their request ids: both have the same.
    await one.clock.advance(1000);
    await one.ask(asked, { 'x-sluice-cache': 'refresh' });
    await one.until(again, 'semantic');
    const { cache: found, text } = await other.ask(`${again} `);
    t.not(found, 'semantic', 'its own copy is an old one');
    t.not(text, 'Other 1');
  });

  await t.test('what one finds out about wrong answers the other heeds within two seconds', async (t) => {
    const one = await start(t, { cache: `${cache}/4` }, checked, 'One');
    const other = await start(t, { cache: `${cache}/4` }, quiet, 'Other');
    await other.ask(asked);
    t.match(await other.until(again, 'semantic'), { cache: 'semantic' });
    await stop(one);
    await other.clock.advance(2001);
    let got = await other.ask(`${again} `);
    // What was found out is written off the path.
    for (let time = 0; time < 500 && got.reason !== 'stopped'; time += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      await other.clock.advance(2001);
      got = await other.ask(`${again} `, onlyCache);
    }
    t.equal(got.reason, 'stopped');
    t.match((await other.stats()).semantic, [{ state: 'stopped' }]);
  });

  await t.test('while Redis is away nothing is served by meaning, and afterwards it is again', async (t) => {
    const one = await start(t, { cache: `${cache}/5` }, quiet, 'One');
    await one.ask(asked);
    t.match(await one.until(again, 'semantic'), { cache: 'semantic' });
    await redis.kill();
    const away = await one.ask(again);
    t.equal(away.cache, 'miss');
    t.equal((await one.post('/cache/purge', { tenant: 'default' })).status, 503);
    await redis.restart();
  });
});
