import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chatReply, type TestGateway, testGateway } from '../../../core/testing.ts';
import { definePlugin, type Json, type RequestDecision } from '../../../sdk/index.ts';
import type {
  UpstreamCall,
  UpstreamHandler,
  UpstreamLimits,
  UpstreamRequest,
} from '../../../sdk/transport.ts';

const config = (stores: string) => `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
models: { one: up/model, 'one|x': up/model }
stores: ${stores}
`;
const policies = {
  '10-claims.yaml': 'plugin: claims',
  '50-cache.yaml': 'plugin: semantic-cache\nvary: [user, tags, feature, "header:x-lane"]',
};

/** Takes the tenant from a header, any text at all, and sends on whose request it is. */
const claims = definePlugin({
  name: 'claims',
  summary: 'Takes any text for a tenant.',
  schema: { type: 'object' },
  needs: [],
  onFailure: 'closed',
  setup: () => ({
    onRequest({ headers, identity }): RequestDecision {
      const { 'x-any-tenant': tenant = '', 'x-space': space = '' } = headers;
      const id = JSON.parse(Buffer.from(tenant, 'base64').toString()) as string;
      return {
        type: 'continue',
        changes: { identity: { tenant: { ...identity.tenant, id } }, headers: { 'x-space': space } },
      };
    },
  }),
});

/** Names that could be taken for one another, for a part of a key, for a member of an object or for a query. */
const tenants = [
  ...[
    'a',
    'b',
    'a|b',
    'a:b',
    'a\u0000',
    'a\u0000b',
    'a\nb',
    'A',
    ' a',
    'a"]',
    "a' OR '1'='1",
    '*',
    '__proto__',
  ],
  ...['caf\u00e9', 'cafe\u0301', '\ud800', '\ud801', '\ufffd', 'x'.repeat(200), `${'x'.repeat(199)}y`],
  // Longer than what a store takes for a name, and none at all.
  ...['x'.repeat(5000), `${'x'.repeat(4999)}y`, ''],
];
const prompts = [
  ['How do I reset my password?', 'How can I reset my password?', 'HOW DO I RESET MY PASSWORD?'],
  ['Where is the caf\u00e9?', 'Where is the cafe\u0301?', 'where is the caf\u00e9'],
];

const mostly = <T>(usual: T, ...others: T[]) =>
  fc.oneof(
    { weight: 30, arbitrary: fc.constant(usual) },
    { weight: 2, arbitrary: fc.constantFrom(...others) },
  );

/** What must be the same for one request to get the answer of another. Not all endpoints can say all of it. */
const space = fc.record({
  tenant: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('a', 'b') },
    { weight: 1, arbitrary: fc.constantFrom(...tenants) },
  ),
  alias: mostly('one', 'one|x', 'up/model'),
  meaning: mostly(0, 1),
  user: mostly('', 'u1', 'u2'),
  lane: mostly('', 'fast', 'slow', 'fast,slow'),
  revision: mostly('', '7', '07', '7|8', '7,8'),
  system: mostly<string | null>(null, 'Be brief.', 'Be brief', 'caf\u00e9', 'cafe\u0301', '\u0000'),
  earlier: mostly(0, 1, 2),
  image: mostly('', 'https://img.test/1.png', 'https://img.test/2.png', 'data:image/png;base64,aGk='),
  temperature: mostly<number | undefined>(undefined, 0, 1, 0.5),
  limit: mostly(64, 65),
  stop: mostly<readonly string[] | undefined>(undefined, ['END'], ['END', 'STOP'], ['END,STOP']),
  // Only where the endpoint is chat, and the last three with tools.
  seed: mostly<number | undefined>(undefined, 1, 2),
  format: mostly<Json>(null, { type: 'json_object' }, schemaOf('a'), schemaOf('b')),
  metadata: mostly<Json>(null, { a: '1' }, { a: '2' }, { a: '1', b: '' }),
  unknown: mostly<Json>(null, { some: ['thing', 1] }, { some: ['thing', 1.5] }, { some: ['thing,1'] }),
  tools: mostly('', 'f', 'fg', 'gf'),
  choice: mostly<Json>(null, 'auto', 'none', 'required', { type: 'function', function: { name: 'f' } }),
});
type Space = ReturnType<(typeof space)['generate']>['value'];

function schemaOf(name: string): Json {
  return { type: 'json_schema', json_schema: { name, strict: true, schema: { type: 'object' } } };
}

const asked = fc.record({
  type: fc.constant('ask' as const),
  api: mostly('chat', 'messages', 'responses'),
  space,
  /** Ways to say the same. */
  wording: fc.nat({ max: 2 }),
  stream: fc.boolean(),
  backwards: fc.boolean(),
  spaced: fc.boolean(),
  /** 64 as 64.0, 1 as 1e0. */
  numbers: fc.boolean(),
  one: fc.boolean(),
  userIn: fc.constantFrom('header', 'body'),
  cache: mostly('', 'refresh', 'bypass', 'only', ' ONLY '),
  junk: fc.boolean(),
});
type Asked = ReturnType<(typeof asked)['generate']>['value'];

/** Any of them may come while others are under way. */
export const actions = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: asked },
    // The same words of two tenants at once, and once more.
    { weight: 3, arbitrary: fc.record({ type: fc.constant('twins' as const), ask: asked }) },
    { weight: 8, arbitrary: fc.record({ type: fc.constant('answer' as const), which: fc.nat() }) },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('purge' as const), of: fc.constantFrom('a', 'b', 'all') }),
    },
  ),
  { minLength: 30, maxLength: 40 },
);
export type Action = ReturnType<(typeof actions)['generate']>['value'][number];

/** Leaves out what the endpoint cannot say. */
function sayable({ api, space: all }: Asked): Space {
  if (api === 'chat') return all.tools === '' ? { ...all, choice: null } : all;
  const less = {
    ...all,
    seed: undefined,
    format: null,
    metadata: null,
    unknown: null,
    tools: '',
    choice: null,
  };
  return api === 'messages' ? less : { ...less, stop: undefined };
}

/** The body as text, in one of many ways to write it. */
function write(one: Asked, said: Space): [path: string, text: string] {
  const { api, stream, wording, userIn } = one;
  const { alias, meaning, system, image, temperature, limit, stop, user } = said;
  const text = prompts[meaning]![wording % 3]!;
  const earlier = Array.from({ length: said.earlier }, (_, at) => [
    { role: 'user', content: `Question ${at}` },
    { role: 'assistant', content: 'Yes?' },
  ]).flat();
  const common = {
    model: alias,
    ...(stream && { stream }),
    ...(temperature !== undefined && { temperature }),
  };
  const named = user !== '' && userIn === 'body';
  let path: string;
  let body: Record<string, unknown>;
  if (api === 'messages') {
    const source = image.startsWith('data:')
      ? { type: 'base64', media_type: 'image/png', data: 'aGk=' }
      : { type: 'url', url: image };
    const content =
      image === ''
        ? text
        : [
            { type: 'image', source },
            { type: 'text', text },
          ];
    path = '/v1/messages';
    body = {
      ...common,
      max_tokens: limit,
      messages: [...earlier, { role: 'user', content }],
      ...(system !== null && { system }),
      ...(stop && { stop_sequences: stop }),
      ...(named && { metadata: { user_id: user } }),
    };
  } else if (api === 'responses') {
    const content =
      image === ''
        ? text
        : [
            { type: 'input_image', image_url: image, detail: 'auto' },
            { type: 'input_text', text },
          ];
    path = '/v1/responses';
    body = {
      ...common,
      store: false,
      max_output_tokens: limit,
      input: [...earlier, { role: 'user', content }],
      ...(system !== null && { instructions: system }),
      ...(named && { user }),
    };
  } else {
    const content =
      image === ''
        ? text
        : [
            { type: 'image_url', image_url: { url: image } },
            { type: 'text', text },
          ];
    const { seed, format, metadata, unknown, tools, choice } = said;
    path = '/v1/chat/completions';
    body = {
      ...common,
      max_tokens: limit,
      messages: [
        ...(system === null ? [] : [{ role: 'system', content: system }]),
        ...earlier,
        { role: 'user', content },
      ],
      ...(stop && { stop: stop.length === 1 && one.one ? stop[0] : stop }),
      ...(one.one && { n: 1 }),
      ...(seed !== undefined && { seed }),
      ...(format !== null && { response_format: format }),
      ...(metadata !== null && { metadata }),
      ...(unknown !== null && { unknown }),
      ...(tools !== '' && {
        tools: [...tools].map((name) => ({ type: 'function', function: { name, parameters: {} } })),
      }),
      ...(choice !== null && { tool_choice: choice }),
      ...(named && { user }),
    };
  }
  const ordered = one.backwards ? backwards(body) : body;
  let written = JSON.stringify(ordered, null, one.spaced ? 2 : 0);
  if (one.numbers)
    written = written.replace(`: ${limit}`, `: ${limit}.0`).replace(`:${limit}`, `:${limit}.0`);
  return [path, written];
}

function backwards(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(backwards);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, backwards(member)]),
  );
}

/** Holds calls of providers back until they are to be answered. */
class HeldCalls {
  readonly #waiting: (() => void)[] = [];

  constructor(upstream: TestGateway['upstream']) {
    const send = upstream.send.bind(upstream);
    upstream.send = (request: UpstreamRequest, limits: UpstreamLimits, handler: UpstreamHandler) => {
      let call: UpstreamCall | null = null;
      let aborted = false;
      this.#waiting.push(() => {
        if (!aborted) call = send(request, limits, handler);
      });
      return {
        abort: () => {
          aborted = true;
          call?.abort();
        },
        pause: () => call?.pause(),
        resume: () => call?.resume(),
      };
    };
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Answers one of them. */
  answer(which: number): void {
    const [one] = this.#waiting.splice(which % this.#waiting.length, 1);
    one?.();
  }
}

/** All answers that were made, over all gateways that see the same stores, and how they were found again. */
export class Found {
  readonly made: { readonly space: string; readonly purges: number }[] = [];
  readonly #purged = new Map<string, number>();
  exact = 0;
  semantic = 0;
  joined = 0;

  purges(tenant: string): number {
    return (this.#purged.get(tenant) ?? 0) + (this.#purged.get('all') ?? 0);
  }

  purged(of: string): void {
    this.#purged.set(of, (this.#purged.get(of) ?? 0) + 1);
  }
}

export interface Attack {
  readonly stores: string;
  readonly data?: string;
  /** Several gateways at once, each asked in turn. */
  readonly gateways?: number;
}

/**
 * Plays actions on gateways that are begun for it. Every answer says whose request it was made for; whoever gets it must be
 * of the same space, and have asked before what was purged meanwhile.
 */
export async function attack(list: readonly Action[], found: Found, { stores, data, gateways = 1 }: Attack) {
  const { made } = found;
  const started: (TestGateway & { readonly held: HeldCalls })[] = [];
  const pending: Promise<void>[] = [];
  let count = 0;

  async function ask(one: Asked, gateway: TestGateway): Promise<void> {
    const said = sayable(one);
    const name = JSON.stringify(said);
    const { tenant, user, lane, revision } = said;
    const before = found.purges(tenant);
    const [path, body] = write(one, said);
    const response = await gateway.post(path, body, {
      'x-any-tenant': encoded(JSON.stringify(tenant)),
      'x-space': encoded(name),
      ...(user !== '' && one.userIn === 'header' && { 'x-user-id': user }),
      ...(lane !== '' && { 'x-lane': lane }),
      ...(revision !== '' && { 'X-Sluice-KB-Revision': revision }),
      ...(one.cache !== '' && { 'x-sluice-cache': one.cache }),
      // Nothing that a client says about a cache or a tenant makes it another's.
      ...(one.junk && {
        'x-tenant-id': 'b',
        'x-gateway-cache': 'exact',
        'cache-control': 'only-if-cached',
        etag: 'x',
      }),
    });
    const text = await response.text();
    const number = /#(\d+)#/.exec(text)?.[1];
    if (number === undefined) {
      assert.equal(response.status, 504, text);
      assert.match(one.cache, /only/i);
      return;
    }
    const source = response.headers.get('x-gateway-cache');
    const answer = made[Number(number)]!;
    assert.equal(answer.space, name, `${source} of another's`);
    if (source !== 'exact' && source !== 'semantic') return;
    found[source] += 1;
    if (response.headers.get('x-gateway-cache-reason') === 'single-flight') found.joined += 1;
    assert.ok(answer.purges >= before || gateways > 1, `${source} from before a purge`);
  }

  function begin(one: Asked, gateway: TestGateway): void {
    const answered = ask(one, gateway);
    // Looked at in the end; a failure must not go unheard before.
    answered.catch(() => undefined);
    pending.push(answered);
  }

  try {
    for (let index = 0; index < gateways; index += 1) {
      const gateway = await testGateway({
        config: config(stores),
        policies,
        plugins: [claims],
        ...(data && { data }),
      });
      gateway.upstream.otherwise(({ headers }) => {
        const name = Buffer.from(String(headers['x-space']), 'base64').toString();
        made.push({ space: name, purges: found.purges((JSON.parse(name) as Space).tenant) });
        return chatReply(`#${made.length - 1}#`);
      });
      started.push({ ...gateway, held: new HeldCalls(gateway.upstream) });
    }
    for (const action of list) {
      count += 1;
      const gateway = started[count % gateways]!;
      if (action.type === 'ask') {
        begin(action, gateway);
      } else if (action.type === 'twins') {
        for (const tenant of ['a', 'b', 'a', 'b', 'a'])
          begin({ ...action.ask, space: { ...action.ask.space, tenant } }, gateway);
      } else if (action.type === 'answer') {
        if (gateway.held.size > 0) gateway.held.answer(action.which);
      } else {
        const { of } = action;
        const response = await gateway.post('/cache/purge', of === 'all' ? { all: true } : { tenant: of });
        assert.equal(response.status, 200);
        found.purged(of);
      }
      await turns();
    }
  } finally {
    // What is under way must end before the gateways do.
    const all = Promise.allSettled(pending);
    let over = false;
    void all.then(() => {
      over = true;
    });
    while (!over) {
      for (const { held } of started) while (held.size > 0) held.answer(0);
      await turns();
    }
    for (const gateway of started) await gateway.close();
  }
  await Promise.all(pending);
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
