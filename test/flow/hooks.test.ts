import t from 'tap';
import { chatEvents, chatReply, settled, testGateway } from '../../core/testing.ts';
import { type AnyPlugin, definePlugin, type Json, type RequestHooks } from '../../sdk/index.ts';

const anything = { type: 'object', additionalProperties: true } as const;

/** A plugin that takes its hooks from the test. */
function plugin(
  name: string,
  hooks: RequestHooks<unknown>,
  onFailure: 'open' | 'closed' = 'closed',
): AnyPlugin {
  return definePlugin<Record<string, Json>, never, unknown>({
    name,
    summary: 'Made for a test.',
    schema: anything,
    needs: [],
    onFailure,
    timeoutMs: 1000,
    setup: () => hooks,
  });
}

/** A folder with one file for each plugin, in the given order. */
const folderOf = (plugins: readonly AnyPlugin[], more = '') =>
  Object.fromEntries(
    plugins.map(({ name }, index) => [`${10 + index}-${name}.yaml`, `plugin: ${name}\n${more}`]),
  );

t.test('requests pass down the folder, once for onRequest and route and once for each attempt', async (t) => {
  const calls: string[] = [];
  const noting = (name: string) =>
    plugin(name, {
      onRequest: () => void calls.push(`${name}.onRequest`),
      route: () => void calls.push(`${name}.route`),
      beforeUpstream: (ctx) => void calls.push(`${name}.beforeUpstream ${ctx.attempt} ${ctx.target.id}`),
      settled: (ctx) => void calls.push(`${name}.settled ${ctx.trace.outcome}`),
    });
  const plugins = [noting('one'), noting('two')];
  const { chat, upstream, close } = await testGateway({
    plugins,
    policies: folderOf(plugins),
    config:
      'providers: { up: { kind: openai, base_url: http://up.test/v1 } }\nmodels: { test: [up/a, up/b] }',
  });
  t.teardown(close);
  upstream.reply({ status: 500, json: {} }, chatReply('fine'));
  await (await chat('Hi')).text();
  t.strictSame(calls, [
    'one.onRequest',
    'two.onRequest',
    'one.route',
    'two.route',
    'one.beforeUpstream 1 up/a',
    'two.beforeUpstream 1 up/a',
    'one.beforeUpstream 2 up/b',
    'two.beforeUpstream 2 up/b',
    'one.settled complete',
    'two.settled complete',
  ]);
});

t.test('a denied request is settled once, never reaches an upstream and says who refused', async (t) => {
  const outcomes: string[] = [];
  const plugins = [
    plugin('guard', {
      onRequest: () => ({
        type: 'deny',
        status: 451,
        code: 'not_here',
        message: 'Not here.',
        retryAfterMs: 1500,
      }),
      settled: (ctx) => void outcomes.push(ctx.trace.outcome),
    }),
    plugin('later', {
      onRequest() {
        t.fail('a step after a denial ran');
        return undefined;
      },
    }),
  ];
  const { chat, upstream, trace, close } = await testGateway({ plugins, policies: folderOf(plugins) });
  t.teardown(close);
  const response = await chat('Hi');
  t.equal(response.status, 451);
  t.match(await response.json(), {
    error: { code: 'not_here', message: 'Not here.', type: 'permission_error' },
  });
  t.equal(response.headers.get('x-sluice-denied-by'), 'guard');
  t.equal(response.headers.get('retry-after'), '2');
  t.strictSame(outcomes, ['denied']);
  t.equal(upstream.calls.length, 0);
  t.match(trace(response).steps, [{ name: 'guard', decision: 'deny' }]);
});

t.test('a hook may answer in place of a provider, whole and streamed', async (t) => {
  const plugins = [
    plugin('canned', {
      onRequest: () => ({
        type: 'respond',
        source: 'canned',
        model: 'house/canned',
        chunks: [
          { type: 'text', choice: 0, text: 'From the house' },
          { type: 'finish', choice: 0, reason: 'stop' },
        ],
      }),
    }),
  ];
  const { chat, upstream, trace, close } = await testGateway({ plugins, policies: folderOf(plugins) });
  t.teardown(close);
  const whole = await chat('Hi');
  t.match(await whole.json(), {
    object: 'chat.completion',
    model: 'house/canned',
    choices: [{ message: { role: 'assistant', content: 'From the house' }, finish_reason: 'stop' }],
  });
  t.equal(whole.headers.get('x-gateway-cache'), 'canned');
  const streamed = await chat('Hi', { stream: true });
  const text = await streamed.text();
  t.match(text, /From the house/);
  t.ok(text.endsWith('data: [DONE]\n\n'));
  t.equal(upstream.calls.length, 0);
  t.match(trace(streamed), { outcome: 'complete', attempts: [] });
});

t.test('changes are written into the body that goes out and into what later steps see', async (t) => {
  const seen: unknown[] = [];
  const plugins = [
    plugin('rewrite', {
      onRequest: (ctx) => ({
        type: 'continue',
        changes: {
          params: { temperature: 0, top_p: undefined },
          texts: { [ctx.view.texts[0]!.pointer]: 'masked' },
          system: { prepend: 'Be brief.' },
          maxOutputTokens: 50,
          headers: { 'x-team': 'blue', authorization: 'stolen', 'content-length': '0' },
        },
      }),
    }),
    plugin('look', {
      onRequest: (ctx) =>
        void seen.push(ctx.view.lastUser, ctx.view.params['temperature'], ctx.view.hasSystem),
    }),
  ];
  const { chat, upstream, close } = await testGateway({ plugins, policies: folderOf(plugins) });
  t.teardown(close);
  await (await chat('secret', { top_p: 0.5, max_tokens: 500, keep: 'me' })).text();
  t.strictSame(seen, ['masked', 0, true]);
  t.match(upstream.calls[0]!.json, {
    model: 'model',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'masked' },
    ],
    max_tokens: 50,
    temperature: 0,
    keep: 'me',
  });
  t.notOk('top_p' in (upstream.calls[0]!.json as object));
  t.match(upstream.calls[0]!.request.headers, { 'x-team': 'blue', authorization: 'Bearer sk-test-upstream' });
});

t.test(
  'a step that fails closed refuses with policy_error, one that fails open is passed over and tagged',
  async (t) => {
    for (const how of ['throws', 'rejects', 'hangs'] as const) {
      for (const onFailure of ['open', 'closed'] as const) {
        const hooks: RequestHooks<unknown> = {
          onRequest() {
            if (how === 'throws') throw new Error('sk-canary inside');
            return how === 'rejects'
              ? Promise.reject(new Error('sk-canary inside'))
              : new Promise(() => undefined);
          },
        };
        const plugins = [plugin('shaky', hooks, onFailure)];
        const { chat, clock, trace, close } = await testGateway({ plugins, policies: folderOf(plugins) });
        const pending = chat('Hi');
        await settled();
        if (how === 'hangs') await clock.advance(1000);
        const response = await pending;
        const text = await response.text();
        t.equal(response.status, onFailure === 'open' ? 200 : 503, `${how} ${onFailure}`);
        t.notMatch(text, /canary/);
        t.match(trace(response).steps, [{ name: 'shaky', decision: 'error' }]);
        if (onFailure === 'closed') t.equal(JSON.parse(text).error.code, 'policy_error');
        else t.match(trace(response).tags, { 'policy_error.shaky': 'onRequest' });
        await close();
      }
    }
  },
);

t.test('in shadow mode a step is recorded and changes nothing', async (t) => {
  const plugins = [
    plugin('guard', {
      onRequest: () => ({ type: 'deny', code: 'no', tags: { shadowed: 'yes' } }),
      route: () => ({ type: 'continue', target: { to: 'nowhere' } }),
    }),
  ];
  const { chat, trace, close } = await testGateway({
    plugins,
    policies: folderOf(plugins, 'mode: shadow\n'),
  });
  t.teardown(close);
  const response = await chat('Hi');
  t.equal(response.status, 200);
  await response.text();
  t.match(trace(response).steps, [
    { hook: 'onRequest', decision: 'deny', shadow: true },
    { hook: 'route', decision: 'continue', shadow: true, wrote: { target: { to: 'nowhere' } } },
  ]);
  t.strictSame(trace(response).tags, {});
});

t.test('match limits a plugin to the requests that it names', async (t) => {
  let calls = 0;
  const count = (by: number) => () => {
    calls += by;
    return undefined;
  };
  const plugins = [plugin('some', { onRequest: count(1), settled: count(10) })];
  const { chat, close } = await testGateway({
    plugins,
    policies: folderOf(plugins, "match: tenant.id = 'acme'\n"),
  });
  t.teardown(close);
  await (await chat('Hi')).text();
  t.equal(calls, 0);
  await (await chat('Hi', {}, { 'x-tenant-id': 'acme' })).text();
  t.equal(calls, 11);
});

t.test('beforeUpstream may skip a target', async (t) => {
  const plugins = [
    plugin('picky', {
      beforeUpstream: (ctx) => (ctx.target.id === 'up/a' ? { type: 'skip', reason: 'not today' } : undefined),
    }),
  ];
  const { chat, upstream, close } = await testGateway({
    plugins,
    policies: folderOf(plugins),
    config:
      'providers: { up: { kind: openai, base_url: http://up.test/v1 } }\nmodels: { test: [up/a, up/b], only: up/a }',
  });
  t.teardown(close);
  const response = await chat('Hi');
  await response.text();
  t.equal(response.headers.get('x-gateway-model-resolved'), 'up/b');
  t.equal(upstream.calls.length, 1);
  const none = await chat('Hi', { model: 'only' });
  t.equal(none.status, 503);
  t.match(await none.json(), { error: { code: 'no_healthy_target' } });
});

t.test('settled runs exactly once whatever way a request ends', async (t) => {
  const outcomes: string[] = [];
  const plugins = [plugin('books', { settled: (ctx) => void outcomes.push(ctx.trace.outcome) }, 'open')];
  const { chat, post, upstream, gateway, close } = await testGateway({
    plugins,
    policies: folderOf(plugins),
  });
  const message = { model: 'test', stream: true, messages: [{ role: 'user', content: 'Hi' }] };

  await (await chat('Hi')).text();
  t.strictSame(outcomes.splice(0), ['complete']);

  upstream.reply({ sse: chatEvents(['Hi']) });
  await (await post('/v1/chat/completions', message)).text();
  t.strictSame(outcomes.splice(0), ['complete']);

  await (await chat('Hi', { model: 'nothing' })).text();
  t.strictSame(outcomes.splice(0), ['failed']);

  upstream.reply({ sse: chatEvents(['Hi']).slice(0, 1), failure: { kind: 'cut', message: '' } });
  await (await post('/v1/chat/completions', message)).text();
  t.strictSame(outcomes.splice(0), ['interrupted']);

  const leave = new AbortController();
  upstream.reply({ hang: true });
  const gone = post('/v1/chat/completions', message, {}, leave.signal);
  await settled();
  leave.abort();
  await settled();
  gone.catch(() => undefined);
  t.strictSame(outcomes.splice(0), ['client_gone']);

  const open = upstream.open();
  const last = post('/v1/chat/completions', message);
  open.head();
  open.event(chatEvents(['Hi'])[0]!);
  const response = await last;
  await gateway.close();
  const text = await response.text();
  t.match(text, /"code":"draining"/);
  t.notMatch(text, /\[DONE\]/);
  t.strictSame(outcomes.splice(0), ['shutdown']);
  t.ok(open.aborted);
  await close().catch(() => undefined);
});

t.test('a request that never became one is refused with its request id', async (t) => {
  const { post, get, close } = await testGateway();
  t.teardown(close);
  const cases: [string, unknown, number, object][] = [
    ['no JSON', '{"model": "test",', 400, { code: 'invalid_request' }],
    ['no object', '[1]', 400, { code: 'invalid_request' }],
    ['no model', { messages: [{ role: 'user', content: 'x' }] }, 400, { param: 'model' }],
    ['messages of a wrong type', { model: 'test', messages: 'x' }, 400, { param: 'messages' }],
    [
      'a stream flag of a wrong type',
      { model: 'test', stream: 'yes', messages: [{ role: 'user', content: 'x' }] },
      400,
      { param: 'stream' },
    ],
  ];
  for (const [name, body, status, error] of cases) {
    const response = await post('/v1/chat/completions', body);
    t.equal(response.status, status, name);
    t.match(response.headers.get('x-request-id'), /^req_/);
    t.match(await response.json(), { error: { type: 'invalid_request_error', ...error } });
  }
  t.equal((await get('/v1/nothing')).status, 404);
  const wrong = await get('/v1/chat/completions');
  t.equal(wrong.status, 405);
  t.equal(wrong.headers.get('allow'), 'POST');
});
