import t, { type Test } from 'tap';
import { chatEvents, type TestGatewayOptions, testGateway } from '../../core/testing.ts';
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
const plugins = [offering('first', 'secret one'), offering('second', 'secret two'), denying];

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
  for (const status of [400, 404, 429]) {
    upstream.otherwise(() => ({ status, json: { error: { message: 'no', type: 'x' } } }));
    const refused = await chat('Hi');
    t.equal(refused.status, status);
    t.equal(refused.headers.get('x-offered'), null);
  }
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
