import t, { type Test } from 'tap';
import { chatReply, settled, type TestGatewayOptions, testGateway } from '../../core/testing.ts';

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

t.test('also where the providers refuse the gateway: its rate, its quota, its credentials', async (t) => {
  const config = `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
  other: { kind: openai, base_url: http://other.test/v1, api_key: sk-test-upstream }
models: { test: [up/model, other/model] }
stores: { vectors: memory }
`;
  for (const [status, error] of [
    [429, { message: 'slow down', type: 'rate_limit_error' }],
    [429, { message: 'no', code: 'insufficient_quota' }],
    [401, { message: 'no', code: 'invalid_api_key' }],
    [500, { message: 'no' }],
    [503, { message: 'no' }],
  ] as const) {
    const { ask, clock, upstream, trace } = await start(t, { config });
    await ask(asked);
    await clock.advance(61_000);
    upstream.otherwise(() => ({ status, headers: { 'retry-after': '30' }, json: { error } }));
    const stale = await ask(again, { stream: true });
    t.match(
      stale,
      { status: 200, cache: 'semantic', reason: 'stale-if-error', text: 'Answer 1' },
      `${status}`,
    );
    t.equal(trace(stale.response)?.attempts.length, 2, 'all were asked');
    t.equal(stale.response.headers.get('retry-after'), null);
  }
});

t.test('also where the request’s own time runs out, for as long as its client is there', async (t) => {
  const { ask, clock, upstream, trace, get } = await start(t);
  await ask(asked);
  await clock.advance(61_000);
  upstream.otherwise(() => ({ hang: true }));
  const late = async (text: string) => {
    const pending = ask(text, {}, { 'x-sluice-timeout': '3s' });
    await settled();
    await clock.advance(3000);
    return pending;
  };
  t.match(await late('Something else'), { status: 504 });
  for (const [text, cache] of [
    [asked, 'exact'],
    [again, 'semantic'],
  ] as const) {
    const stale = await late(text);
    t.match(stale, { status: 200, cache, reason: 'stale-if-error', text: 'Answer 1' });
    t.match(trace(stale.response), { outcome: 'complete', errorCode: null, source: cache });
  }
  t.match(await (await get('/cache/stats')).json(), { counts: { 'stale-if-error': 2 }, under_way: 0 });
});

t.test('never in place of what the gateway itself refuses', async (t) => {
  const master = 'sk-master-0123456789';
  const { post, upstream, clock } = await start(t, {
    config: `auth: { master_key: ${master} }\n${config}`,
    data: t.testdir(),
    policies: {
      '10-keys.yaml': 'plugin: keys\ntenants: { acme: { allowed_models: [test] } }',
      '20-limits.yaml': 'plugin: token-limiter\nlimits: [{ by: tenant, per: day, requests: 5 }]',
      '50-cache.yaml': cache,
      // Behind the cache, so that an answer is offered before any of these rules refuses.
      '60-rules.policy.ts': `import { beforeUpstream, deny, header, onRequest, only, policy, route } from 'sluice';
export const rules = policy(
  'rules',
  { kind: 'guard' },
  onRequest('asked', header('x-refuse', 'asked'), deny(451, 'asked')),
  route('pinned', header('x-refuse', 'pinned'), only({ region: ['eu'] })),
  beforeUpstream('sent', header('x-refuse', 'sent'), deny(429, 'rate_limit_exceeded')),
);
`,
    },
  });
  const made = await post(
    '/key/generate',
    { tenant_id: 'acme', models: ['test'] },
    { authorization: `Bearer ${master}` },
  );
  const { key } = (await made.json()) as { key: string };
  const ask = async (headers = {}, bearer = key, model = 'test') => {
    const body = { model, messages: [{ role: 'user', content: asked }] };
    const response = await post('/v1/chat/completions', body, {
      authorization: `Bearer ${bearer}`,
      ...headers,
    });
    const text = await response.text();
    return { status: response.status, text, reason: response.headers.get('x-gateway-cache-reason') };
  };
  t.match(await ask(), { status: 200, text: /Answer 1/ });
  await clock.advance(61_000);
  upstream.otherwise(() => ({ failure: { kind: 'connect', message: 'refused' } }));
  t.match(await ask(), { status: 200, reason: 'stale-if-error' });
  for (const [headers, status] of [
    [{ 'x-refuse': 'asked' }, 451],
    [{ 'x-refuse': 'pinned' }, 503],
    [{ 'x-refuse': 'sent' }, 429],
  ] as const) {
    const refused = await ask(headers);
    t.match(refused, { status }, headers['x-refuse']);
    t.notMatch(refused.text, /Answer/);
  }
  t.match(await ask(), { status: 429 }, 'the tenant has asked five times');
  // Nor does asking for the cache only get past it.
  for (const headers of [{}, { 'x-sluice-cache': 'only' }]) {
    t.match(await ask(headers), { status: 429 });
    t.match(await ask(headers, 'sk-of-nobody'), { status: 401 });
    t.match(await ask(headers, key, 'up/model'), { status: 403 });
    t.match(await ask({ ...headers, 'x-sluice-timeout': 'soon' }), { status: 400 });
  }
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
  fail();
  t.match(await ask(asked, {}, { 'x-sluice-cache': 'refresh' }), { status: 502 });
  t.match(await ask(asked, {}, { 'x-sluice-cache': 'bypass' }), { status: 502 });
  t.match(await ask(asked, {}, { 'x-sluice-cache': 'only' }), { status: 504 });
  t.match(await ask(asked, {}, { 'x-tenant-id': 'another' }), { status: 502 });
  t.match(await ask(asked), { status: 200, reason: 'stale-if-error' });
});

t.test('who asks for the cache only gets what is fresh, whatever is down, and nobody is asked', async (t) => {
  const { ask, fail, clock, upstream } = await start(t);
  await ask(asked);
  fail();
  const only = { 'x-sluice-cache': 'only' };
  t.match(await ask(asked, {}, only), { status: 200, cache: 'exact', reason: 'same-request' });
  t.match(await ask(again, { stream: true }, only), { status: 200, cache: 'semantic' });
  await clock.advance(61_000);
  for (const text of [asked, again, 'Something else']) {
    t.match(await ask(text, {}, only), { status: 504, body: /not_cached/ });
  }
  t.equal(upstream.calls.length, 1);
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

t.test('where the time ran out, the call that was given up is booked beside the answer', async (t) => {
  const policies = {
    '00-ledger.yaml': 'plugin: ledger\nprices: { up/model: { input: $1.00, output: $2.00 } }',
    '50-cache.yaml': cache,
  };
  const { ask, clock, upstream, get } = await start(t, { policies, data: t.testdir() });
  await ask(asked);
  await clock.advance(61_000);
  upstream.otherwise(() => ({ hang: true }));
  const pending = ask(asked, {}, { 'x-sluice-timeout': '2s' });
  await settled();
  await clock.advance(2000);
  const id = (await pending).response.headers.get('x-request-id');
  const logs = (await (await get('/spend/logs')).json()) as Record<string, unknown>[];
  t.match(
    logs.filter((row) => String(row['request_id']).startsWith(id!)),
    [
      { request_id: id, cache_hit: 'True', spend: 0, status: 'success' },
      { request_id: `${id}.1`, cache_hit: 'False', spend: 0.000011, metadata: { usage_estimated: true } },
    ],
  );
});
