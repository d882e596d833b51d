import t, { type Test } from 'tap';
import {
  chatEvents,
  chatReply,
  type ScriptedReply,
  settled,
  type TestGatewayOptions,
  testGateway,
} from '../../core/testing.ts';
import { definePlugin, type RequestDecision } from '../../sdk/index.ts';

const offering = (name: string, text: string) =>
  definePlugin({
    name,
    summary: 'Offers an answer for when no target gives one.',
    schema: { type: 'object' },
    needs: [],
    onFailure: 'open',
    setup: () => ({
      onRequest: (): RequestDecision => ({
        type: 'continue',
        otherwise: {
          type: 'respond',
          source: name,
          reason: 'better than nothing',
          responseHeaders: { 'x-offered': name },
          chunks: [
            { type: 'text', choice: 0, text },
            { type: 'finish', choice: 0, reason: 'stop' },
          ],
        },
      }),
    }),
  });
const denying = definePlugin({
  name: 'denying',
  summary: 'Refuses.',
  schema: { type: 'object' },
  needs: [],
  onFailure: 'open',
  setup: () => ({ beforeUpstream: () => ({ type: 'deny' as const, code: 'upstream_error', status: 502 }) }),
});
let { promise: released, resolve: release } = Promise.withResolvers<undefined>();
/** Lets all go that hang. */
function releaseAll() {
  release(undefined);
  ({ promise: released, resolve: release } = Promise.withResolvers<undefined>());
}
/** Hangs at the hook that its name says. */
const hanging = (hook: 'onRequest' | 'beforeUpstream') =>
  definePlugin({
    name: `hanging-${hook.toLowerCase()}`,
    summary: 'Hangs.',
    schema: { type: 'object' },
    needs: [],
    onFailure: 'open',
    timeoutMs: 3_600_000,
    setup: () => ({ [hook]: () => released }),
  });
/** What the judge makes of an answer; it asks by the signal of the request. */
let judged: 'allow' | 'deny' | 'hang' = 'allow';
let signals: boolean[] = [];
const judging = definePlugin({
  name: 'judging',
  summary: 'Judges whole answers.',
  schema: { type: 'object' },
  needs: [],
  onFailure: 'closed',
  timeoutMs: 3_600_000,
  streamMode: 'whole',
  setup: () => ({
    afterResponse: ({ signal, cached }) => {
      signals.push(cached && !signal.aborted);
      if (judged === 'hang') return released;
      return judged === 'deny' ? { type: 'deny' as const, code: 'content_filter' } : undefined;
    },
  }),
});
const noHedges = definePlugin({
  name: 'no-hedges',
  summary: 'Refuses hedges.',
  schema: { type: 'object' },
  needs: [],
  onFailure: 'open',
  setup: () => ({
    beforeUpstream: ({ hedge }) =>
      hedge ? { type: 'deny' as const, code: 'rate_limit_exceeded' } : undefined,
  }),
});
const plugins = [
  ...[offering('first', 'secret one'), offering('second', 'secret two')],
  ...[denying, noHedges, hanging('onRequest'), hanging('beforeUpstream'), judging],
];

async function start(t: Test, options: TestGatewayOptions = {}) {
  const started = await testGateway({
    plugins,
    policies: { '10-first.yaml': 'plugin: first', '20-second.yaml': 'plugin: second' },
    ...options,
  });
  t.teardown(started.close);
  return started;
}
const down = { failure: { kind: 'connect', message: 'refused' } } as const;

t.test('where no target answers the first offer does, whole and streamed', async (t) => {
  const { chat, upstream, trace } = await start(t);
  upstream.otherwise(() => down);
  const response = await chat('Hi');
  t.equal(response.status, 200);
  t.equal(response.headers.get('x-offered'), 'first');
  t.match(await response.json(), {
    choices: [{ message: { content: 'secret one' }, finish_reason: 'stop' }],
  });
  const record = trace(response);
  t.match(record, { outcome: 'complete', status: 200, source: 'first', errorCode: null });
  t.match(record.attempts, [{ failure: 'connect' }]);
  const steps = record.steps.filter(({ decision }) => decision === 'respond');
  t.match(steps, [{ name: 'first', reason: 'otherwise, after upstream_error: better than nothing' }]);
  t.notMatch(JSON.stringify(record), /secret/, 'records hold no content');
  const streamed = await (await chat('Hi', { stream: true })).text();
  t.match(streamed, /secret one/);
  t.match(streamed, /data: \[DONE\]/);
});

t.test('where a target answers, or refuses the request, no offer is taken', async (t) => {
  const { chat, upstream } = await start(t);
  t.equal((await chat('Hi')).headers.get('x-offered'), null);
  const refusals: [number, string, number?][] = [
    [400, 'no'],
    [404, 'no such model'],
    [413, 'too large'],
    [422, 'no', 400],
    [400, 'This model has a maximum context length of 8 tokens'],
    [400, 'The response was filtered by the content management policy'],
    [403, 'Your input was flagged by moderation', 400],
  ];
  for (const [status, message, shown = status] of refusals) {
    upstream.otherwise(() => ({ status, json: { error: { message, type: 'x' } } }));
    const refused = await chat('Hi');
    t.match(refused, { ok: false }, message);
    t.equal(refused.status >= 400 && refused.status < 500, true, `${shown}`);
    t.equal(refused.headers.get('x-offered'), null);
  }
});

t.test('whatever keeps the targets from answering, the offer is taken', async (t) => {
  const error = { error: { message: 'no', type: 'x' } };
  const outages: Record<string, ScriptedReply> = {
    'no connection': down,
    'a connection that broke': { failure: { kind: 'cut', message: 'reset' } },
    'a time limit': { failure: { kind: 'timeout', message: 'slow' } },
    '500': { status: 500, json: error },
    '503': { status: 503, json: error },
    '504': { status: 504, json: error },
    '529': { status: 529, json: error },
    'the rate of the gateway': { status: 429, headers: { 'retry-after': '7' }, json: error },
    'no quota left': { status: 429, json: { error: { message: 'no', code: 'insufficient_quota' } } },
    'the gateway’s own credentials': { status: 401, json: error },
    'no JSON': { status: 200, bytes: ['<html>'] },
    'an error within a 200': { status: 200, json: { error: { message: 'no', type: 'rate_limit_error' } } },
    'a stream that begins with an error': { sse: [{ error: { message: 'busy', type: 'overloaded_error' } }] },
  };
  for (const [name, reply] of Object.entries(outages)) {
    const { chat, upstream, trace } = await start(t);
    upstream.otherwise(() => reply);
    const response = await chat('Hi', { stream: name.startsWith('a stream') });
    t.equal(response.status, 200, name);
    t.equal(response.headers.get('x-offered'), 'first', name);
    t.equal(response.headers.get('retry-after'), null, name);
    t.equal(response.headers.get('x-gateway-model-resolved'), null, name);
    t.match(await response.text(), /secret one/, name);
    t.not(trace(response).attempts.at(-1)?.failure, null, name);
  }
});

t.test('when the request’s own time is over, the offer is taken', async (t) => {
  for (const stream of [false, true]) {
    const { chat, upstream, trace, clock } = await start(t);
    upstream.otherwise(() => ({ hang: true }));
    const pending = chat('Hi', { stream }, { 'x-sluice-timeout': '2s' });
    await settled();
    await clock.advance(2000);
    const response = await pending;
    t.equal(response.status, 200);
    t.match(await response.text(), /secret one/);
    t.ok(upstream.calls[0]?.aborted, 'the call is given up');
    const record = trace(response);
    t.match(record, { outcome: 'complete', status: 200, source: 'first', errorCode: null });
    t.match(record.steps.at(-1), { reason: 'otherwise, after upstream_timeout: better than nothing' });
    t.equal(clock.pending, 0, 'no timer is left behind');
  }
});

t.test('also while it waits to try again', async (t) => {
  const { chat, upstream, clock } = await start(t, {
    policies: {
      '10-first.yaml': 'plugin: first',
      '60-fallback.yaml': 'plugin: fallback\nretry: { max: 2, base: 5s, ratio: 1 }',
    },
  });
  upstream.otherwise(() => ({ status: 500, json: { error: { message: 'no' } } }));
  const pending = chat('Hi', {}, { 'x-sluice-timeout': '500ms' });
  await settled();
  await clock.advance(500);
  t.equal((await pending).headers.get('x-offered'), 'first');
  await clock.advance(60_000);
  t.equal(upstream.calls.length, 1, 'and it is not tried again');
});

t.test('but not before the steps have let the request pass to a provider', async (t) => {
  for (const hook of ['onrequest', 'beforeupstream']) {
    const { chat, upstream, clock } = await start(t, {
      policies: { '10-first.yaml': 'plugin: first', '20-hanging.yaml': `plugin: hanging-${hook}` },
    });
    const pending = chat('Hi', {}, { 'x-sluice-timeout': '2s' });
    await settled();
    await clock.advance(2000);
    const response = await pending;
    t.equal(response.status, 504, hook);
    t.equal(response.headers.get('x-offered'), null);
    t.equal(upstream.calls.length, 0);
    releaseAll();
  }
});

t.test('nor where an answer has come that a step still looks at', async (t) => {
  const { chat, upstream, clock } = await start(t, {
    policies: { '10-first.yaml': 'plugin: first', '20-judging.yaml': 'plugin: judging' },
  });
  judged = 'hang';
  upstream.otherwise(() => chatReply('something bad'));
  const pending = chat('Hi', {}, { 'x-sluice-timeout': '2s' });
  await settled();
  await clock.advance(2000);
  const response = await pending;
  t.equal(response.status, 504);
  t.notMatch(await response.text(), /secret|something/);
  releaseAll();
});

t.test('nor to a client that left', async (t) => {
  const { post, upstream, clock, gateway } = await start(t);
  upstream.otherwise(() => ({ hang: true }));
  const leave = new AbortController();
  const body = { model: 'test', messages: [{ role: 'user', content: 'Hi' }] };
  void post('/v1/chat/completions', body, {}, leave.signal);
  await settled();
  leave.abort();
  await settled();
  await clock.advance(3_600_000);
  t.match(gateway.recentTraces(1), [{ outcome: 'client_gone', source: null }]);
});

t.test('what is offered passes the steps like any answer, and they may refuse it', async (t) => {
  for (const reply of [down, { hang: true }] as const) {
    for (const verdict of ['allow', 'deny'] as const) {
      const { chat, upstream, clock, trace } = await start(t, {
        policies: { '10-first.yaml': 'plugin: first', '20-judging.yaml': 'plugin: judging' },
      });
      judged = verdict;
      signals = [];
      upstream.otherwise(() => reply);
      const pending = chat('Hi', {}, { 'x-sluice-timeout': '2s' });
      await settled();
      await clock.advance(2000);
      const response = await pending;
      t.equal(response.status, verdict === 'allow' ? 200 : 400);
      t.match(trace(response), { outcome: verdict === 'allow' ? 'complete' : 'denied' });
      t.strictSame(signals, [true], 'the step may ask others about it, and knows that no provider gave it');
    }
  }
});

t.test('while a step looks at it the time may run out', async (t) => {
  const { chat, upstream, clock, trace } = await start(t, {
    policies: { '10-first.yaml': 'plugin: first', '20-judging.yaml': 'plugin: judging' },
  });
  judged = 'hang';
  upstream.otherwise(() => down);
  const pending = chat('Hi', {}, { 'x-sluice-timeout': '2s' });
  await settled();
  await clock.advance(2000);
  const response = await pending;
  t.equal(response.status, 504);
  t.match(trace(response), { outcome: 'failed', errorCode: 'upstream_timeout' });
  releaseAll();
});

t.test('an answer that broke off before anybody saw it leaves no trace in the one offered', async (t) => {
  const { chat, upstream, trace } = await start(t, {
    policies: { '10-first.yaml': 'plugin: first', '20-judging.yaml': 'plugin: judging' },
  });
  judged = 'allow';
  signals = [];
  upstream.reply({ sse: chatEvents(['half']).slice(0, 1), failure: { kind: 'cut', message: 'gone' } });
  const response = await chat('Hi', { stream: true });
  t.equal(response.headers.get('x-offered'), 'first');
  t.equal(response.headers.get('x-gateway-model-resolved'), null);
  t.notMatch(await response.text(), /half/);
  t.strictSame(signals, [true]);
  t.match(trace(response), { source: 'first', fallback: 'none', attempts: [{ failure: 'cut' }] });
});

t.test('what the client has seen a part of is not begun anew', async (t) => {
  const { chat, upstream } = await start(t);
  upstream.reply({ sse: chatEvents(['half']).slice(0, 1), failure: { kind: 'cut', message: 'gone' } });
  const text = await (await chat('Hi', { stream: true })).text();
  t.match(text, /half/);
  t.match(text, /stream_interrupted/);
  t.notMatch(text, /secret/);
});

t.test('a refusal of a step stands, whatever code it has', async (t) => {
  const { chat } = await start(t, {
    policies: { '10-first.yaml': 'plugin: first', '20-denying.yaml': 'plugin: denying' },
  });
  const refused = await chat('Hi');
  t.equal(refused.status, 502);
  t.notMatch(await refused.text(), /secret/);
});

t.test('with hedging, too', async (t) => {
  const config = `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test }
  other: { kind: openai, base_url: http://other.test/v1, api_key: sk-test }
models: { test: [up/model, other/model] }
`;
  const policies = {
    '10-first.yaml': 'plugin: first',
    '60-fallback.yaml': 'plugin: fallback\nretry: { max: 0 }\nhedge: { after: 1s }',
  };
  const { chat, upstream, trace } = await start(t, { config, policies });
  upstream.otherwise(() => down);
  const response = await chat('Hi');
  t.equal(response.headers.get('x-offered'), 'first');
  await response.text();
  t.equal(trace(response).attempts.length, 2);
});

t.test('in shadow mode an offer is recorded and not taken', async (t) => {
  const { chat, upstream } = await start(t, { policies: { '10-first.yaml': 'plugin: first\nmode: shadow' } });
  upstream.otherwise(() => down);
  t.equal((await chat('Hi')).status, 502);
});

t.test('a hedge that a step refuses is no refusal of the request', async (t) => {
  const config = `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test }
  other: { kind: openai, base_url: http://other.test/v1, api_key: sk-test }
models: { test: [up/model, other/model] }
`;
  const policies = {
    '10-first.yaml': 'plugin: first',
    '20-no-hedges.yaml': 'plugin: no-hedges',
    '60-fallback.yaml': 'plugin: fallback\nretry: { max: 0 }\nhedge: { after: 1s, max_extra_cost: 1 }',
  };
  for (const works of [true, false]) {
    const { chat, upstream, clock, trace } = await start(t, { config, policies });
    const first = upstream.open();
    upstream.otherwise(() => down);
    const pending = chat('Hi');
    await settled();
    await clock.advance(1000);
    await settled();
    if (works) {
      first.head(200, { 'content-type': 'application/json' });
      first.bytes(JSON.stringify(chatReply('fine').json));
      first.end();
    } else first.fail({ kind: 'cut', message: 'gone' });
    const response = await pending;
    t.equal(response.status, 200);
    t.match(await response.text(), works ? /fine/ : /secret one/);
    t.equal(response.headers.get('x-sluice-denied-by'), null);
    t.match(trace(response), { outcome: 'complete' });
    t.ok(
      trace(response).steps.some(({ decision }) => decision === 'deny'),
      'the record has it',
    );
  }
});
