import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { chatReply, testGateway } from '../../../core/testing.ts';
import { redisMissing, startRedis } from '../../stores/redis.ts';

const config = (stores: string) => `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
  other: { kind: openai, base_url: http://other.test/v1, api_key: sk-test-upstream }
models:
  one: up/model
  two: other/model
stores: ${stores}
`;
const policies = { '50-cache.yaml': 'plugin: semantic-cache' };

/** Each means the same as the others of its row. */
const prompts = [
  ['How do I reset my password?', 'How can I reset my password?', 'how do i reset my password'],
  ['Summarize the 2023 annual report', 'Please summarize the 2023 annual report'],
  ['Summarize the 2024 annual report', 'Please summarize the 2024 annual report'],
];
const tool = (name: string) => ({ type: 'function', function: { name, parameters: { type: 'object' } } });

/** Mostly the first: requests should differ in one thing or two. */
const mostly = <T>(usual: T, ...others: T[]) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const request = fc.record({
  // What must be the same for one request to be answered with the answer of another.
  space: fc.record({
    tenant: mostly('a', 'b', 'a:b'),
    alias: mostly('one', 'two'),
    system: mostly<string | null>(null, 'Be brief.', 'Be brief. '),
    earlier: mostly<string | null>(null, 'Hello', 'Hello!'),
    tools: mostly<string | null>(null, 'f', 'g'),
    revision: mostly('', '7', '8'),
    temperature: mostly<number | undefined>(undefined, 0, 0.5),
    meaning: fc.nat({ max: prompts.length - 1 }),
  }),
  wording: fc.nat({ max: 2 }),
  stream: fc.boolean(),
  cache: mostly('', 'refresh', 'bypass', 'only'),
  purge: mostly(false, false, true),
});
type Asked = ReturnType<(typeof request)['generate']>['value'];

/** @returns how many requests the cache answered. */
async function play(list: readonly Asked[], stores: string, data?: string): Promise<number> {
  const gateway = await testGateway({ config: config(stores), policies, ...(data && { data }) });
  /** The space that each answer was made for. */
  const madeFor: string[] = [];
  let space = '';
  let hits = 0;
  gateway.upstream.otherwise(() => {
    madeFor.push(space);
    return chatReply(`#${madeFor.length - 1}#`);
  });
  try {
    for (const { space: wanted, wording, stream, cache, purge } of list) {
      space = JSON.stringify(wanted);
      const { tenant, alias, system, earlier, tools, revision, temperature, meaning } = wanted;
      if (purge) await gateway.post('/cache/purge', { tenant });
      const words = prompts[meaning]!;
      const response = await gateway.post(
        '/v1/chat/completions',
        {
          model: alias,
          messages: [
            ...(system === null ? [] : [{ role: 'system', content: system }]),
            ...(earlier === null
              ? []
              : [
                  { role: 'user', content: earlier },
                  { role: 'assistant', content: 'Yes?' },
                ]),
            { role: 'user', content: words[wording % words.length] },
          ],
          ...(tools === null ? {} : { tools: [tool(tools)] }),
          ...(temperature === undefined ? {} : { temperature }),
          stream,
        },
        {
          'x-tenant-id': tenant,
          ...(revision === '' ? {} : { 'x-sluice-kb-revision': revision }),
          ...(cache === '' ? {} : { 'x-sluice-cache': cache }),
        },
      );
      const text = await response.text();
      const number = /#(\d+)#/.exec(text)?.[1];
      if (number === undefined) {
        assert.equal(response.status, 404, text);
        assert.equal(cache, 'only');
        continue;
      }
      assert.equal(madeFor[Number(number)], space, `${response.headers.get('x-gateway-cache')} of another's`);
      if (/^(exact|semantic)$/.test(response.headers.get('x-gateway-cache') ?? '')) hits += 1;
    }
  } finally {
    await gateway.close();
  }
  return hits;
}

t.test('no request is ever answered with the answer of another space, in memory', async (t) => {
  let hits = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 20, maxLength: 60 }), async (list) => {
      hits += await play([...list, ...list], '{ vectors: memory }');
    }),
    { numRuns: 15 },
  );
  t.ok(hits > 100, `${hits} hits`);
});

t.test('nor with Redis', { skip: redisMissing }, async (t) => {
  const redis = await startRedis();
  t.teardown(() => redis.stop());
  const list = fc.sample(request, { seed: 1, numRuns: 80 });
  t.ok((await play([...list, ...list], `{ vectors: memory, cache: '${redis.url}' }`)) > 10);
});

t.test('nor with LanceDB, over a restart', async (t) => {
  const data = t.testdir();
  const list = fc.sample(request, { seed: 2, numRuns: 60 });
  t.ok((await play([...list, ...list], '{}', data)) > 10);
  // Answers of the first life are no answers of the second's test: their numbers mean another space there.
  const others = list.map((one) => ({
    ...one,
    space: { ...one.space, tenant: `second-${one.space.tenant}` },
  }));
  t.ok((await play([...others, ...others], '{}', data)) > 10);
});
