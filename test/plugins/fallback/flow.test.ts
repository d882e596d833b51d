import t from 'tap';
import { createGateway } from '../../../core/gateway.ts';
import { silentLog } from '../../../core/services/log.ts';
import { chatReply, type ScriptedReply, type TestGateway, testGateway } from '../../../core/testing.ts';

const config = `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream, vendor: x }
  far: { kind: openai, base_url: http://far.test/v1, api_key: sk-test-far, vendor: y }
  openrouter: { kind: openai, base_url: https://openrouter.ai/api/v1, api_key: sk-test-or }
models:
  test: up/model
  large: far/large
  mini: up/mini
  router: openrouter/anthropic/opus
`;
const down: ScriptedReply = { status: 500, json: { error: { message: 'down' } } };
const tooLong: ScriptedReply = {
  status: 400,
  json: { error: { message: 'too long', type: 'invalid_request_error', code: 'context_length_exceeded' } },
};

/** A gateway with the plugin; `options` are lines of its file. */
async function gatewayWith(
  options: string,
  policies: Readonly<Record<string, string>> = {},
): Promise<TestGateway> {
  return testGateway({
    config,
    policies: {
      '60-fallback.yaml': `plugin: fallback\ncost_ceiling: none\nretry: { max: 0 }\n${options}`,
      ...policies,
    },
  });
}

/** Targets that were asked for one chat, and how it ended. */
async function asked(
  { chat, upstream, trace }: TestGateway,
  replies: readonly ScriptedReply[],
  body: Readonly<Record<string, unknown>> = {},
) {
  upstream.reply(...replies);
  const response = await chat('Hi', body);
  const text = await response.text();
  const record = trace(response);
  const targets = record.attempts.map(({ target }) => target);
  return { status: response.status, text, targets, record };
}

t.test('a failed target’s place is taken by the next of the chain, and the answer is tagged', async (t) => {
  const gateway = await gatewayWith('chains: { test: [large] }');
  t.teardown(gateway.close);
  const { status, targets, record } = await asked(gateway, [down, chatReply('hello')]);
  t.equal(status, 200);
  t.strictSame(targets, ['up/model', 'far/large']);
  t.match(record, { tags: { fallback: 'cross-vendor' }, steps: [{ wrote: { chains: ['test'] } }] });
});

t.test('a larger model is asked only when the prompt was too long', async (t) => {
  const gateway = await gatewayWith('chains: { test: [{ target: large, on: [context_length] }] }');
  t.teardown(gateway.close);
  t.match(await asked(gateway, [tooLong, chatReply('hello')]), {
    status: 200,
    targets: ['up/model', 'far/large'],
  });
  t.match(await asked(gateway, [down]), { status: 502, targets: ['up/model'] });
});

t.test(
  'the chain is that of the model which policies chose, not of the one that was asked for',
  async (t) => {
    const gateway = await gatewayWith('chains: { test: [large], mini: [up/spare] }', {
      '40-cheap.policy.ts':
        "import { policy, route, use } from 'sluice';\nexport const p = policy('cheap', { kind: 'shape' }, route('all', true, use('mini')));\n",
    });
    t.teardown(gateway.close);
    t.match(await asked(gateway, [down, chatReply('hello')]), { targets: ['up/mini', 'up/spare'] });
  },
);

t.test('a client’s list is followed and not sent on', async (t) => {
  const gateway = await gatewayWith('chains: { test: [mini] }');
  t.teardown(gateway.close);
  const body = { models: ['large'], route: 'fallback', seed: 7 };
  t.match(await asked(gateway, [down, chatReply('hello')], body), { targets: ['up/model', 'far/large'] });
  for (const { json } of gateway.upstream.calls) {
    t.match(json, { seed: 7, models: undefined, route: undefined });
  }
  t.match(await asked(gateway, [down], { disable_fallbacks: true }), { targets: ['up/model'] });
  t.match(await asked(gateway, [], { models: ['nothing'] }), {
    status: 404,
    targets: [],
    text: /model_not_found/,
  });
});

t.test(
  'names of an aggregator are asked for one by one, so that nothing goes around the gateway',
  async (t) => {
    const gateway = await gatewayWith('');
    t.teardown(gateway.close);
    const body = { model: 'router', models: ['meta/llama'] };
    t.match(await asked(gateway, [down, chatReply('hello')], body), {
      targets: ['openrouter/anthropic/opus', 'openrouter/meta/llama'],
    });
    t.match(gateway.upstream.calls[1]!.json, { model: 'meta/llama', models: undefined });
  },
);

t.test('a key’s and a tenant’s models hold for lists too, wherever the file stands', async (t) => {
  const gateway = await createGateway({
    config: {
      name: 'gateway.yaml',
      text: 'auth: { master_key: sk-master-0123456789 }\nproviders: { mock: { kind: mock } }\nmodels: { cheap: mock/a, mini: mock/b, dear: mock/c }\n',
    },
    policies: {
      '10-fallback.yaml': 'plugin: fallback',
      '20-keys.yaml': 'plugin: keys\ntenants: { acme: { allowed_models: [cheap, mini] }, free: {} }',
    },
    env: {},
    data: t.testdir(),
    services: { log: silentLog },
  });
  t.teardown(() => gateway.close());
  const post = (path: string, key: string, body: object, headers: object = {}) =>
    gateway.request(
      new Request(`http://gateway.test${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
        body: JSON.stringify(body),
      }),
    );
  const keyOf = async (body: object) => {
    const response = await post('/key/generate', 'sk-master-0123456789', body);
    return ((await response.json()) as { key: string }).key;
  };
  const statusOf = async (key: string, models: readonly string[], headers: object = {}) => {
    const body = { model: 'cheap', models, messages: [{ role: 'user', content: 'Hi' }] };
    const response = await post('/v1/chat/completions', key, body, headers);
    await response.text();
    return response.status;
  };
  const any = await keyOf({});
  const few = await keyOf({ models: ['cheap', 'mini'] });
  const acme = { 'x-tenant-id': 'acme' };
  t.equal(await statusOf(any, ['dear'], { 'x-tenant-id': 'free' }), 200);
  t.equal(await statusOf(any, ['dear'], acme), 403, 'the tenant may not');
  t.equal(await statusOf(any, ['mini'], acme), 200);
  t.equal(await statusOf(few, ['dear']), 403, 'the key may not');
  t.equal(await statusOf(few, ['mini']), 200);
});

t.test('a file with an unknown name does not load', async (t) => {
  await t.rejects(gatewayWith('chains: { test: [lerge] }'), /"lerge" is no alias .* did you mean "large"\?/);
});
