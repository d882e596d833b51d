import fc from 'fast-check';
import t from 'tap';
import { testGateway } from '../../../core/testing.ts';
import { redisMissing, startRedis } from '../../stores/redis.ts';
import { actions, attack, Found } from './_attacks.ts';

t.test('whatever is asked at once, nobody gets the answer of another, in memory', async (t) => {
  const all = { exact: 0, semantic: 0, joined: 0 };
  await fc.assert(
    fc.asyncProperty(actions, async (list) => {
      const found = new Found();
      await attack(list, found, { stores: '{ vectors: memory }' });
      for (const name of ['exact', 'semantic', 'joined'] as const) all[name] += found[name];
    }),
    { numRuns: 8 },
  );
  // Else it shows nothing.
  t.ok(all.exact > 8 && all.semantic > 4 && all.joined > 1, JSON.stringify(all));
});

t.test('nor with LanceDB', async (t) => {
  const found = new Found();
  const list = fc.sample(actions, { seed: 3, numRuns: 3 }).flat();
  const data = t.testdir();
  await attack(list, found, { stores: '{}', data });
  await attack(list, found, { stores: '{}', data });
  t.ok(found.exact > 2 && found.semantic > 2, `${found.exact} ${found.semantic}`);
});

t.test('nor with Redis and several gateways', { skip: redisMissing }, async (t) => {
  const redis = await startRedis();
  t.teardown(() => redis.stop());
  const found = new Found();
  const list = fc.sample(actions, { seed: 4, numRuns: 2 }).flat();
  const stores = (database: number) => `{ vectors: memory, cache: '${redis.url}/${database}' }`;
  await attack([...list, ...list], found, { stores: stores(1) });
  await attack([...list, ...list], new Found(), { stores: stores(2), gateways: 2 });
  t.ok(found.exact > 5, `${found.exact} ${found.semantic}`);
});

t.test('what a parser cannot tell apart is never taken for the same', async (t) => {
  const { post, close } = await testGateway({
    config:
      'providers: { up: { kind: openai, base_url: "http://upstream.test/v1", api_key: sk-test } }\nmodels: { test: up/m }\nstores: { vectors: memory }',
    policies: { '50-cache.yaml': 'plugin: semantic-cache' },
  });
  t.teardown(close);
  const ask = async (more: string, messages = '[{"role":"user","content":"Who are you?"}]') => {
    const response = await post('/v1/chat/completions', `{"model":"test","messages":${messages}${more}}`);
    await response.text();
    return `${response.headers.get('x-gateway-cache')} ${response.headers.get('x-gateway-cache-reason')}`;
  };
  t.equal(await ask(''), 'miss no-entry');
  t.equal(await ask(''), 'exact same-request');
  for (const [one, two] of [
    [',"x":1e400', ',"x":1e500'],
    [',"x":9007199254740993', ',"x":9007199254740992'],
    [',"x":-1e999', ',"x":-1e998'],
  ] as const) {
    await ask(one);
    t.equal(await ask(two), 'bypass large-number', two);
  }
  for (const more of [',"x":"null"', ',"x":[]', ',"x":{}', ',"x":[[]]', ',"__proto__":{"seed":1}']) {
    t.equal(await ask(more), 'miss no-entry', more);
  }
  // Of members that come twice the last one counts, for the provider too: it gets no other.
  t.equal(await ask(',"messages":[{"role":"user","content":"Who is she?"}]'), 'miss no-entry');
  t.equal(await ask('', '[{"role":"user","content":"Who is she?"}]'), 'exact same-request');
});
