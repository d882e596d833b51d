import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chatReply, type TestGateway, testGateway } from '../../../core/testing.ts';
import type { Json } from '../../../sdk/index.ts';

const config = (stores: string, embedder: string) => `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
  other: { kind: openai, base_url: http://other.test/v1, api_key: sk-test-upstream }
models:
  one: up/model
  two: other/model
stores: ${stores}
embedder: ${embedder}
`;
/** To the second of them all texts are the same: only namespace and guard keep them apart. */
export const embedders = [
  '{ kind: lexical }',
  '{ provider: up, model: all-alike }',
  '{ provider: up, model: all-alike-2 }',
];
const policies = { '50-cache.yaml': 'plugin: semantic-cache\nvary: [tags, feature, "header:x-lane"]' };

/** Each means the same as the others of its row. */
const prompts = [
  ['How do I reset my password?', 'How can I reset my password?', 'how do i reset my password'],
  ['Summarize the 2023 annual report', 'Please summarize the 2023 annual report'],
  ['Summarize the 2024 annual report', 'Please summarize the 2024 annual report'],
];

/** Mostly the first: requests should differ in one thing or two. */
const mostly = <T>(usual: T, ...others: T[]) =>
  fc.oneof(
    { weight: 24, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

export const request = fc.record({
  // What must be the same for one request to be answered with the answer of another.
  space: fc.record({
    tenant: mostly('a', 'b', 'a:b'),
    alias: mostly('one', 'two'),
    system: mostly<string | null>(null, 'Be brief.', 'Be brief. '),
    earlier: mostly<string | null>(null, 'Hello', 'Hello!'),
    tools: mostly<string | null>(null, 'f', 'g', 'f, other schema'),
    revision: mostly('', '7', '8'),
    temperature: mostly<number | undefined>(undefined, 0, 0.5),
    limit: mostly(64, 65),
    lane: mostly('', 'fast'),
    feature: mostly('', 'search'),
    meaning: fc.nat({ max: prompts.length - 1 }),
  }),
  wording: fc.nat({ max: 2 }),
  api: mostly('chat', 'messages', 'responses'),
  stream: fc.boolean(),
  cache: mostly('', 'refresh', 'bypass', 'only'),
  purge: mostly(false, true),
  gateway: fc.nat({ max: 1 }),
});
type Asked = ReturnType<(typeof request)['generate']>['value'];

/** A request as one of the endpoints wants it. */
function write({ api, space, wording, stream }: Asked): [path: string, body: object] {
  const { alias, system, earlier, tools, temperature, limit, meaning } = space;
  const words = prompts[meaning]!;
  const turns = [
    ...(earlier === null
      ? []
      : [
          { role: 'user', content: earlier },
          { role: 'assistant', content: 'Yes?' },
        ]),
    { role: 'user', content: words[wording % words.length] },
  ];
  const schema = { type: 'object', ...(tools?.includes('schema') && { properties: { a: {} } }) };
  const name = tools?.slice(0, 1);
  const common = { model: alias, stream, ...(temperature === undefined ? {} : { temperature }) };
  switch (api) {
    case 'messages':
      return [
        '/v1/messages',
        {
          ...common,
          max_tokens: limit,
          messages: turns,
          ...(system !== null && { system }),
          ...(tools !== null && { tools: [{ name, input_schema: schema }] }),
        },
      ];
    case 'responses':
      return [
        '/v1/responses',
        {
          ...common,
          store: false,
          max_output_tokens: limit,
          input: turns,
          ...(system !== null && { instructions: system }),
          ...(tools !== null && { tools: [{ type: 'function', name, parameters: schema, strict: false }] }),
        },
      ];
    default:
      return [
        '/v1/chat/completions',
        {
          ...common,
          max_tokens: limit,
          messages: [...(system === null ? [] : [{ role: 'system', content: system }]), ...turns],
          ...(tools !== null && { tools: [{ type: 'function', function: { name, parameters: schema } }] }),
        },
      ];
  }
}

/** What answers were made for, over all gateways that see the same stores. */
export class World {
  readonly made: { readonly space: string; readonly embedder: string; readonly purges: number }[] = [];
  readonly #purges = new Map<string, number>();
  space = '';
  tenant = '';
  exact = 0;
  semantic = 0;

  purged(tenant: string): void {
    this.#purges.set(tenant, this.purges(tenant) + 1);
  }

  purges(tenant: string): number {
    return this.#purges.get(tenant) ?? 0;
  }
}

interface Life {
  readonly stores: string;
  readonly embedder: string;
  readonly data?: string;
  /** Several gateways at once: each has vectors of its own in memory. */
  readonly gateways?: number;
}

/** Plays requests one after the other on gateways that are begun for it and end with it. */
export async function play(
  list: readonly Asked[],
  world: World,
  { stores, embedder, data, gateways = 1 }: Life,
) {
  const started: TestGateway[] = [];
  try {
    for (let count = 0; count < gateways; count += 1) {
      const gateway = await testGateway({
        config: config(stores, embedder),
        policies,
        ...(data && { data }),
      });
      started.push(gateway);
      gateway.upstream.otherwise(({ path, body }) => {
        if (path.endsWith('/embeddings')) return { json: alike(String(body)) };
        world.made.push({ space: world.space, embedder, purges: world.purges(world.tenant) });
        return chatReply(`#${world.made.length - 1}#`);
      });
    }
    for (const one of list) {
      const gateway = started[one.gateway % gateways]!;
      const { tenant, revision, lane, feature } = one.space;
      world.space = JSON.stringify(one.space);
      world.tenant = tenant;
      if (one.purge) {
        assert.equal((await gateway.post('/cache/purge', { tenant })).status, 200);
        world.purged(tenant);
      }
      const [path, body] = write(one);
      const response = await gateway.post(path, body, {
        'x-tenant-id': tenant,
        ...(revision === '' ? {} : { 'x-sluice-kb-revision': revision }),
        ...(lane === '' ? {} : { 'x-lane': lane }),
        ...(feature === '' ? {} : { 'x-feature-id': feature }),
        ...(one.cache === '' ? {} : { 'x-sluice-cache': one.cache }),
      });
      check(one, response.status, response.headers.get('x-gateway-cache'), await response.text());
    }
  } finally {
    for (const gateway of started) await gateway.close();
  }

  function check({ cache, space }: Asked, status: number, source: string | null, text: string): void {
    const number = /#(\d+)#/.exec(text)?.[1];
    if (number === undefined) {
      assert.equal(status, 504, text);
      assert.equal(cache, 'only');
      return;
    }
    const { space: madeFor, embedder: madeWith, purges } = world.made[Number(number)]!;
    assert.equal(madeFor, world.space, `${source} of another's`);
    if (source !== 'exact' && source !== 'semantic') return;
    world[source] += 1;
    // The equal request needs no embedder: whatever it was when the answer was kept.
    if (source === 'semantic') assert.equal(madeWith, embedder, 'found by what another embedder stored');
    // What is put and purged at once by two gateways is ordered by the store's own clock, which stands still here.
    if (gateways === 1) assert.equal(purges, world.purges(space.tenant), `${source} from before a purge`);
  }
}

/** One direction for all texts. */
function alike(asked: string): Json {
  const { input } = JSON.parse(asked) as { readonly input: readonly string[] };
  return {
    object: 'list',
    model: 'alike',
    data: input.map((_, index) => ({ object: 'embedding', index, embedding: [0.6, 0.8] })),
    usage: { prompt_tokens: 1, total_tokens: 1 },
  };
}

/** All embedders one after the other on what the ones before left, and the first again. */
export async function playLives(list: readonly Asked[], world: World, life: Omit<Life, 'embedder'>) {
  for (const embedder of [embedders[0]!, embedders[1]!, embedders[0]!])
    await play(list, world, { ...life, embedder });
}
