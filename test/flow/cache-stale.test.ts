import t, { type Test } from 'tap';
import { chatReply, type TestGatewayOptions, testGateway } from '../../core/testing.ts';

const config = `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
models:
  test: up/model
stores: { vectors: memory }
`;
const cache = 'plugin: semantic-cache\nttl: 1m\nstale_if_error: 1d';
const asked = 'How do I reset my password?';
const again = 'How can I reset my password?';

async function start(t: Test, options: TestGatewayOptions = {}) {
  const started = await testGateway({ config, policies: { '50-cache.yaml': cache }, ...options });
  t.teardown(started.close);
  let count = 0;
  started.upstream.otherwise(() => {
    count += 1;
    return chatReply(`Answer ${count}`);
  });
  const ask = async (text: string, more = {}, headers = {}) => {
    const response = await started.chat(text, more, headers);
    const body = await response.text();
    return {
      status: response.status,
      cache: response.headers.get('x-gateway-cache'),
      reason: response.headers.get('x-gateway-cache-reason'),
      text: /Answer \d+/.exec(body)?.[0],
      body,
      response,
    };
  };
  const fail = () => started.upstream.otherwise(() => ({ failure: { kind: 'connect', message: 'refused' } }));
  return { ...started, ask, fail };
}

t.test('when no provider answers, an answer whose time is over is better than none', async (t) => {
  const { ask, fail, clock, trace, get } = await start(t);
  await ask(asked);
  await clock.advance(61_000);
  t.match(await ask(asked), { cache: 'miss', text: 'Answer 2' }, 'not while a provider answers');
  await clock.advance(61_000);
  fail();
  const stale = await ask(asked);
  t.match(stale, { status: 200, cache: 'exact', reason: 'stale-if-error', text: 'Answer 2' });
  const record = trace(stale.response);
  t.match(record, { outcome: 'complete', source: 'exact', status: 200 });
  t.ok(record?.attempts.length, 'the attempts that failed are in the record');
  t.match(
    record?.steps.find(({ decision }) => decision === 'respond')?.reason,
    /otherwise, after upstream_error: stale-if-error/,
  );
  t.notMatch(JSON.stringify(record), /Answer/, 'the record quotes no answer');
  const nearly = await ask(again, { stream: true });
  t.match(nearly, { status: 200, cache: 'semantic', reason: 'stale-if-error', text: 'Answer 2' });
  t.match(nearly.body, /\[DONE\]/);
  t.match(await ask('Something else'), { status: 502 });
  t.match(await (await get('/cache/stats')).json(), { counts: { 'stale-if-error': 2 } });
  await clock.advance(86_400_000);
  t.match(await ask(asked), { status: 502 }, 'a day later it is gone');
});

t.test('also where every target is passed over', async (t) => {
  const fallback = 'plugin: fallback\nretry: { max: 0 }\nbreaker: { consecutive: 1, cooldown: 1h }';
  const { ask, fail, clock, upstream } = await start(t, {
    policies: { '50-cache.yaml': cache, '60-fallback.yaml': fallback },
  });
  await ask(asked);
  await clock.advance(61_000);
  fail();
  t.match(await ask('Something else'), { status: 502 });
  const calls = upstream.calls.length;
  t.match(await ask('Something else again'), { status: 503 });
  t.match(await ask(asked), { status: 200, reason: 'stale-if-error', text: 'Answer 1' });
  t.equal(upstream.calls.length, calls, 'nobody was asked');
});

t.test('not where the request itself was refused, nor for those who want none', async (t) => {
  const { ask, fail, clock, upstream } = await start(t);
  await ask(asked);
  await clock.advance(61_000);
  upstream.otherwise(() => ({
    status: 400,
    json: { error: { message: 'no', type: 'invalid_request_error' } },
  }));
  t.match(await ask(asked), { status: 400 });
  upstream.otherwise(() => ({ status: 429, json: { error: { message: 'no', type: 'rate_limit_error' } } }));
  t.match(await ask(asked), { status: 429 });
  fail();
  t.match(await ask(asked, {}, { 'x-sluice-cache': 'refresh' }), { status: 502 });
  t.match(await ask(asked, {}, { 'x-sluice-cache': 'bypass' }), { status: 502 });
  t.match(await ask(asked, {}, { 'x-sluice-cache': 'only' }), { status: 504 });
  t.match(await ask(asked, {}, { 'x-tenant-id': 'another' }), { status: 502 });
  t.match(await ask(asked), { status: 200, reason: 'stale-if-error' });
});

t.test('without the option there is no such answer, and a purge takes it with the rest', async (t) => {
  const plain = await start(t, { policies: { '50-cache.yaml': 'plugin: semantic-cache\nttl: 1m' } });
  await plain.ask(asked);
  await plain.clock.advance(61_000);
  plain.fail();
  t.match(await plain.ask(asked), { status: 502 });
  const { ask, fail, clock, post } = await start(t);
  await ask(asked);
  await clock.advance(61_000);
  t.equal((await post('/cache/purge', { tenant: 'default' })).status, 200);
  fail();
  t.match(await ask(asked), { status: 502 });
});

t.test('a client finds such an answer wrong like any other', async (t) => {
  const { ask, fail, clock, post } = await start(t);
  await ask(asked);
  await clock.advance(61_000);
  fail();
  const { response } = await ask(asked);
  const wrong = { request_id: response.headers.get('x-request-id'), wrong: true };
  t.equal((await post('/cache/feedback', wrong)).status, 200);
  t.match(await ask(asked), { status: 502 });
});

t.test(
  'what follows behind sees it as any answer, and the ledger books the failure and no answer',
  async (t) => {
    const data = t.testdir();
    const policies = {
      '00-ledger.yaml': 'plugin: ledger\nprices: { up/model: { input: $1.00, output: $2.00 } }',
      '50-cache.yaml': cache,
      '70-output.yaml':
        "plugin: jsonata-filter\nfilters: [{ name: words, expression: \"$replace(text, 'Answer', 'Reply')\", on: answer }]",
    };
    const { ask, fail, clock, get } = await start(t, { policies, data });
    await ask(asked);
    await clock.advance(61_000);
    fail();
    const stale = await ask(asked);
    t.match(stale, { status: 200, reason: 'stale-if-error', body: /Reply 1/ });
    const logs = (await (await get('/spend/logs')).json()) as Record<string, unknown>[];
    const id = stale.response.headers.get('x-request-id');
    const row = logs.find((one) => one['request_id'] === id);
    t.match(row, { cache_hit: 'True', spend: 0, status: 'success' });
  },
);
