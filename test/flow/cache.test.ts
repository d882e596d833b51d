import t, { type Test } from 'tap';
import {
  chatEvents,
  chatReply,
  type ScriptedReply,
  settled,
  type TestGatewayOptions,
  testGateway,
} from '../../core/testing.ts';

const exactOnly = { '50-cache.yaml': 'plugin: semantic-cache\nsemantic: false' };

async function start(t: Test, options: TestGatewayOptions = {}) {
  const started = await testGateway({ policies: exactOnly, ...options });
  t.teardown(started.close);
  let count = 0;
  started.upstream.otherwise(() => {
    count += 1;
    return chatReply(`Answer ${count}`);
  });
  return started;
}

/** What matters to a client of a chat completion. */
async function said(response: Response) {
  const body = (await response.json()) as {
    model: string;
    choices: { message: { content: string }; finish_reason: string }[];
    usage: { prompt_tokens: number; completion_tokens: number };
  };
  const { prompt_tokens: input, completion_tokens: output } = body.usage;
  const [choice] = body.choices;
  return { text: choice?.message.content, finish: choice?.finish_reason, model: body.model, input, output };
}

const cacheOf = ({ headers }: Response) => [
  headers.get('x-gateway-cache'),
  headers.get('x-gateway-cache-reason'),
];

/** The payloads of a stream without what names or dates it. */
async function events(response: Response) {
  const lines = (await response.text()).split('\n').filter((line) => line.startsWith('data: '));
  return lines.map((line) => {
    const payload = line.slice('data: '.length);
    if (payload === '[DONE]') return payload;
    const { choices, usage } = JSON.parse(payload) as {
      choices: { delta: { content?: string }; finish_reason: string | null }[];
      usage?: { prompt_tokens: number; completion_tokens: number } | null;
    };
    return {
      text: choices[0]?.delta.content ?? '',
      finish: choices[0]?.finish_reason ?? null,
      tokens: usage ? [usage.prompt_tokens, usage.completion_tokens] : null,
    };
  });
}

t.test('a request that came before is answered without a provider, and means the same', async (t) => {
  const { chat, upstream } = await start(t);
  const first = await chat('What is the capital of France?');
  t.same(cacheOf(first), ['miss', 'no-entry']);
  const second = await chat('What is the capital of France?');
  t.same(cacheOf(second), ['exact', 'same-request']);
  t.same(await said(second), await said(first));
  t.equal(upstream.calls.length, 1);
  t.same(cacheOf(await chat('What is the capital of Spain?')), ['miss', 'no-entry']);
});

t.test('the order of members and how the answer is sent do not matter, everything else does', async (t) => {
  const { post, chat, upstream } = await start(t);
  const messages = [{ role: 'user', content: 'Hi' }];
  await chat('Hi', { temperature: 0.2, top_p: 0.5, user: 'ann' });
  const same = [
    { top_p: 0.5, messages: [{ content: 'Hi', role: 'user' }], temperature: 0.2, model: 'test' },
    { model: 'test', messages, temperature: 0.2, top_p: 0.5, user: 'bob', stream: true },
    {
      model: 'test',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      temperature: 0.2,
      top_p: 0.5,
    },
  ];
  for (const body of same) {
    const response = await post('/v1/chat/completions', body);
    t.equal(response.headers.get('x-gateway-cache'), 'exact', JSON.stringify(body));
    await response.text();
  }
  const others = [
    { temperature: 0.3, top_p: 0.5 },
    { temperature: 0.2 },
    { temperature: 0.2, top_p: 0.5, seed: 1 },
    { temperature: 0.2, top_p: 0.5, max_tokens: 10 },
    { temperature: 0.2, top_p: 0.5, response_format: { type: 'json_object' } },
    { temperature: 0.2, top_p: 0.5, tools: [{ type: 'function', function: { name: 'f' } }] },
    { temperature: 0.2, top_p: 0.5, unknown_field: true },
    { temperature: 0.2, top_p: 0.5, messages: [{ role: 'system', content: 'Be brief' }, ...messages] },
    {
      temperature: 0.2,
      top_p: 0.5,
      messages: [...messages, { role: 'assistant', content: 'Yes?' }, ...messages],
    },
  ];
  for (const more of others) {
    const response = await chat('Hi', more);
    t.same(cacheOf(response), ['miss', 'no-entry'], JSON.stringify(more));
    await response.text();
  }
  t.equal(upstream.calls.length, 1 + others.length);
});

t.test('a stream is replayed as a stream, with the same deltas, end and usage', async (t) => {
  const { chat, upstream } = await start(t);
  const usage = { id: 'x', choices: [], usage: { prompt_tokens: 7, completion_tokens: 4, total_tokens: 11 } };
  const sse = chatEvents(['Pa', 'ris', ' is', ' it.']);
  sse.splice(-1, 0, usage);
  upstream.reply({ sse });
  const streamed = { stream: true, stream_options: { include_usage: true } };
  const first = await events(await chat('Capital?', streamed));
  const again = await chat('Capital?', streamed);
  t.same(cacheOf(again), ['exact', 'same-request']);
  const meaning = (list: Awaited<ReturnType<typeof events>>) =>
    list.filter((event) => typeof event === 'string' || event.text || event.finish || event.tokens);
  t.same(meaning(await events(again)), meaning(first));
  const whole = await said(await chat('Capital?'));
  t.match(whole, { text: 'Paris is it.', finish: 'stop', input: 7, output: 4 });
  const silent = await events(await chat('Capital?', { stream: true }));
  t.notOk(
    silent.some((event) => typeof event !== 'string' && event.tokens),
    'usage only for who asked',
  );
  t.equal(upstream.calls.length, 1);
});

const choice = (more: object): ScriptedReply => ({
  json: {
    id: 'a',
    object: 'chat.completion',
    created: 1,
    model: 'scripted',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'x' }, ...more }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  },
});

t.test('answers that are not whole, not good or not for others are never kept', async (t) => {
  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
  const answers: Record<string, ScriptedReply> = {
    'an error': { status: 400, json: { error: { message: 'no', type: 'invalid_request_error' } } },
    'cut by its limit': choice({ finish_reason: 'length' }),
    'cut by a filter': choice({ finish_reason: 'content_filter' }),
    'a tool call': choice({
      finish_reason: 'tool_calls',
      message: { role: 'assistant', tool_calls: [call] },
    }),
    'a refusal': choice({ message: { role: 'assistant', content: null, refusal: 'I cannot.' } }),
    empty: choice({ message: { role: 'assistant', content: '' } }),
    'with parts that nobody can replay': choice({
      message: { role: 'assistant', content: 'x', annotations: [{ type: 'url_citation' }] },
    }),
  };
  for (const [name, reply] of Object.entries(answers)) {
    const { chat, upstream } = await start(t);
    upstream.reply(reply);
    await (await chat('Hi')).text();
    t.same(cacheOf(await chat('Hi')), ['miss', 'no-entry'], name);
  }
  const { chat, upstream } = await start(t);
  upstream.reply({ sse: chatEvents(['half']).slice(0, 1), failure: { kind: 'cut', message: 'gone' } });
  await (await chat('Hi', { stream: true })).text();
  t.same(cacheOf(await chat('Hi')), ['miss', 'no-entry'], 'a stream that broke off');
});

t.test('requests whose answers are not for others are not looked for, and say why', async (t) => {
  const { chat, post, upstream } = await start(t);
  const bypassed: Record<string, Record<string, unknown>> = {
    'several-choices': { n: 2 },
    temperature: { temperature: 1.5 },
    unreplayable: { logprobs: true },
    'server-tools': { tools: [{ type: 'web_search' }] },
    'large-number': { seed: 2 ** 53 },
  };
  for (const [reason, more] of Object.entries(bypassed)) {
    for (let time = 0; time < 2; time += 1) {
      const response = await chat('Hi', more);
      t.same(cacheOf(response), ['bypass', reason]);
      await response.text();
    }
  }
  t.same(cacheOf(await chat('What is the weather in Oslo?')), ['bypass', 'volatile']);
  const embedding = await post('/v1/embeddings', { model: 'test', input: 'Hi' });
  t.same(cacheOf(embedding), ['bypass', 'endpoint']);
  const stored = await post('/v1/responses', { model: 'test', input: 'Hi' });
  t.same(cacheOf(stored), ['bypass', 'stateful']);
  t.ok(upstream.calls.length >= 10);
});

t.test('clients bypass, refresh or ask for the cache only', async (t) => {
  const { chat, upstream } = await start(t);
  const ask = (cache: string) => chat('Hi', {}, { 'x-sluice-cache': cache });
  const none = await ask('only');
  t.equal(none.status, 504);
  t.equal(none.headers.get('x-should-retry'), 'false');
  t.match(await none.json(), { error: { code: 'not_cached' } });
  t.equal(upstream.calls.length, 0);
  t.match(await said(await chat('Hi')), { text: 'Answer 1' });
  t.match(await said(await ask('only')), { text: 'Answer 1' });
  const bypassed = await ask('bypass');
  t.same(cacheOf(bypassed), ['bypass', 'client']);
  t.match(await said(bypassed), { text: 'Answer 2' });
  t.match(await said(await chat('Hi')), { text: 'Answer 1' });
  const fresh = await ask('refresh');
  t.same(cacheOf(fresh), ['miss', 'refresh']);
  t.match(await said(fresh), { text: 'Answer 3' });
  t.match(await said(await chat('Hi')), { text: 'Answer 3' });
  const odd = await ask('no-cache');
  t.equal(odd.status, 400);
  t.match(await odd.json(), { error: { code: 'invalid_request' } });
});

t.test('a tenant that must not be cached is neither answered from the cache nor kept', async (t) => {
  const policies = {
    '10-keys.yaml': 'plugin: keys\nrequired: false\ntenants: { acme: {}, secret: { cache: false } }',
    ...exactOnly,
  };
  const { chat, upstream } = await start(t, { policies, data: t.testdir() });
  const ask = async (tenant: string) => {
    const response = await chat('Hi', {}, { 'x-tenant-id': tenant });
    await response.text();
    return cacheOf(response);
  };
  t.same(await ask('secret'), ['bypass', 'tenant']);
  t.same(await ask('secret'), ['bypass', 'tenant']);
  t.same(await ask('acme'), ['miss', 'no-entry']);
  t.same(await ask('acme'), ['exact', 'same-request']);
  const only = await chat('Hi', {}, { 'x-tenant-id': 'secret', 'x-sluice-cache': 'only' });
  t.equal(only.status, 504);
  t.equal(upstream.calls.length, 3);
});

t.test('equal requests that come together make one call', async (t) => {
  const { chat, upstream } = await start(t);
  const stream = upstream.open();
  const asked = [chat('Hi'), chat('Hi'), chat('Hi', { stream: true }), chat('Hi')];
  await settled();
  t.equal(upstream.calls.length, 1);
  const other = await chat('Hi', {}, { 'x-tenant-id': 'another' });
  t.same(cacheOf(other), ['miss', 'no-entry'], 'never across tenants');
  stream.head(200, { 'content-type': 'application/json' });
  stream.bytes(JSON.stringify(chatReply('One').json));
  stream.end();
  const [leader, ...followers] = await Promise.all(asked);
  t.same(cacheOf(leader!), ['miss', 'no-entry']);
  for (const follower of followers) t.same(cacheOf(follower), ['exact', 'single-flight']);
  t.match(await said(followers[0]!), { text: 'One' });
  t.equal(upstream.calls.length, 2);
});

t.test('those that wait go on by themselves when the first fails, and when it takes too long', async (t) => {
  const { chat, upstream, clock } = await start(t);
  const failing = upstream.open();
  const first = chat('Hi');
  const second = chat('Hi');
  await settled();
  failing.head(400, { 'content-type': 'application/json' });
  failing.bytes('{"error":{"message":"no"}}');
  failing.end();
  t.equal((await first).status, 400);
  t.same(cacheOf(await second), ['miss', 'no-entry']);

  upstream.open();
  void chat('Slow');
  const waiting = chat('Slow');
  await settled();
  const before = upstream.calls.length;
  clock.advance(5000);
  t.equal((await waiting).status, 200);
  t.equal(upstream.calls.length, before + 1);
});

t.test('what a hit saved is on the ledger, and costs nothing', async (t) => {
  const policies = {
    '00-ledger.yaml': 'plugin: ledger\nprices: { up/model: { input: $1.00, output: $2.00 } }',
    ...exactOnly,
  };
  const { chat, get, clock } = await start(t, { policies, data: t.testdir() });
  await (await chat('Hi')).text();
  const hit = await chat('Hi');
  await hit.text();
  const logs = (await (await get('/spend/logs')).json()) as Record<string, unknown>[];
  const row = logs.find((one) => one['request_id'] === hit.headers.get('x-request-id'));
  t.match(row, { cache_hit: 'True', spend: 0, total_tokens: 0, status: 'success' });
  clock.advance(1000);
  const report = (await (await get('/cost/report?by=tenant')).json()) as { groups: object[] };
  // 5 tokens in and 3 out, asked once and answered twice.
  t.match(report.groups[0], { requests: 2, cost_usd: 0.000011, saved_usd: 0.000011 });
});

t.test('a policy sets the time to live, or says no', async (t) => {
  const rules = `import { cache, feature, onRequest, policy } from 'sluice';
export const p = policy('caching', { kind: 'shape' },
  onRequest('never', feature('private'), cache('bypass')),
  onRequest('short', feature('news'), cache({ ttl: 60, namespace: 'user' })));`;
  const { chat, clock } = await start(t, { policies: { '40-caching.policy.ts': rules, ...exactOnly } });
  const ask = async (headers: Record<string, string>, text = 'Hi') => {
    const response = await chat(text, {}, headers);
    await response.text();
    return cacheOf(response);
  };
  t.same(await ask({ 'x-feature-id': 'private' }), ['bypass', 'policy']);
  t.same(await ask({ 'x-feature-id': 'news', 'x-user-id': 'a' }), ['miss', 'no-entry']);
  t.same(await ask({ 'x-feature-id': 'news', 'x-user-id': 'b' }), ['miss', 'no-entry'], 'each user its own');
  t.same(await ask({ 'x-feature-id': 'news', 'x-user-id': 'a' }), ['exact', 'same-request']);
  clock.advance(61_000);
  t.same(await ask({ 'x-feature-id': 'news', 'x-user-id': 'a' }), ['miss', 'no-entry']);
});

t.test('another revision of the knowledge base is another request', async (t) => {
  const { chat } = await start(t);
  const ask = async (revision: string) => {
    const response = await chat('Hi', {}, { 'x-sluice-kb-revision': revision });
    await response.text();
    return cacheOf(response)[0];
  };
  t.equal(await ask('7'), 'miss');
  t.equal(await ask('7'), 'exact');
  t.equal(await ask('8'), 'miss');
});

t.test('what files behind the cache change is not kept, and the log says so', async (t) => {
  const late = {
    name: 'late',
    summary: 'Changes requests.',
    schema: { type: 'object' },
    needs: [] as never[],
    onFailure: 'open' as const,
    setup: () => ({
      onRequest: () => ({ type: 'continue' as const, changes: { params: { temperature: 0.1 } } }),
    }),
  };
  const { chat, log } = await start(t, {
    policies: { ...exactOnly, '60-late.yaml': 'plugin: late' },
    plugins: [late],
  });
  await (await chat('Hi')).text();
  t.same(cacheOf(await chat('Hi')), ['miss', 'no-entry']);
  t.ok(
    log.lines.some(({ level, message }) => level === 'warn' && message.includes('after the semantic cache')),
  );
});

t.test(
  'entries go by tenant, revision, request and all; a wrong answer goes when a client says so',
  async (t) => {
    const { chat, post, get } = await start(t);
    const ask = async (tenant: string, headers = {}) => {
      const response = await chat('Hi', {}, { 'x-tenant-id': tenant, ...headers });
      await response.text();
      return response;
    };
    const state = async (tenant: string, headers = {}) => cacheOf(await ask(tenant, headers))[0];
    const purge = async (body: object) => (await post('/cache/purge', body)).status;
    await ask('a');
    await ask('b', { 'x-sluice-kb-revision': '7' });
    t.equal(await purge({ tenant: 'a' }), 200);
    t.equal(await state('a'), 'miss');
    t.equal(await state('b', { 'x-sluice-kb-revision': '7' }), 'exact');
    t.equal(await purge({ revision: '7' }), 200);
    t.equal(await state('b', { 'x-sluice-kb-revision': '7' }), 'miss');
    t.equal(await purge({ all: true }), 200);
    t.equal(await state('a'), 'miss');
    const hit = await ask('a');
    t.equal(cacheOf(hit)[0], 'exact');
    const id = hit.headers.get('x-request-id');
    t.equal((await post('/cache/feedback', { request_id: id, wrong: true })).status, 200);
    t.equal((await post('/cache/feedback', { request_id: id, wrong: true })).status, 404, 'once');
    t.equal(await state('a'), 'miss');
    for (const body of [{}, { tenants: 'a' }, { all: false }, { tag: 'x', revision: '1' }]) {
      t.equal(await purge(body), 400, JSON.stringify(body));
    }
    t.match(await (await get('/cache/stats')).json(), { counts: { 'hit-exact': 2, 'feedback-wrong': 1 } });
  },
);

t.test('while every target is down, what is cached is still answered', async (t) => {
  const { chat, upstream } = await start(t);
  await (await chat('Hi')).text();
  upstream.otherwise(() => ({ failure: { kind: 'connect', message: 'refused' } }));
  t.equal((await chat('Something else')).status, 502);
  t.match(await said(await chat('Hi')), { text: 'Answer 1' });
});

t.test('what was asked for before a purge and answered after it is not kept', async (t) => {
  const { chat, post, upstream, clock } = await start(t);
  const stream = upstream.open();
  const asked = chat('Hi');
  const waiting = chat('Hi');
  await settled();
  clock.advance(1);
  t.equal((await post('/cache/purge', { all: true })).status, 200);
  t.same(cacheOf(await waiting), ['miss', 'no-entry'], 'who waits for it goes on alone');
  stream.head(200, { 'content-type': 'application/json' });
  stream.bytes(JSON.stringify(chatReply('Old').json));
  stream.end();
  t.match(await said(await asked), { text: 'Old' });
  t.match(await said(await chat('Hi')), { text: /^Answer/ });
});

t.test('every endpoint with a conversation is cached in its own dialect, whole and streamed', async (t) => {
  const { post, upstream } = await start(t);
  const bodies: Record<string, object> = {
    '/v1/messages': { max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] },
    '/v1/responses': { input: 'Hello', store: false },
    '/v1/chat/completions': { messages: [{ role: 'user', content: 'Hey' }] },
  };
  for (const [path, body] of Object.entries(bodies)) {
    const whole = await post(path, { model: 'test', ...body });
    t.same(cacheOf(whole), ['miss', 'no-entry'], path);
    const text = /Answer \d/.exec(await whole.text())?.[0];
    t.ok(text, path);
    // The provider may have been asked in two of its APIs.
    const before = upstream.calls.length;
    for (const stream of [false, true]) {
      const again = await post(path, { model: 'test', ...body, stream });
      t.same(cacheOf(again), ['exact', 'same-request'], `${path} stream ${stream}`);
      t.equal(again.status, 200);
      t.match(again.headers.get('content-type'), stream ? 'text/event-stream' : 'application/json');
      t.match(await again.text(), text!, `${path} stream ${stream}`);
    }
    t.equal(upstream.calls.length, before);
  }
});

t.test('a policy whose cache() would come too late is refused when the folder is loaded', async (t) => {
  const rules = `import { cache, onRequest, policy } from 'sluice';
export const p = policy('late', { kind: 'shape' }, onRequest('never', true, cache('bypass')));`;
  await t.rejects(testGateway({ policies: { ...exactOnly, '60-late.policy.ts': rules } }), {
    message: /comes too late/,
  });
});
