import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { chatReply, settled, type TestGatewayOptions, testGateway } from '../../core/testing.ts';
import type { Json } from '../../sdk/json.ts';

const inMemory = `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
models:
  test: up/model
stores: { vectors: memory }
`;
const policies = { '50-cache.yaml': 'plugin: semantic-cache' };
const asked = 'How do I reset my password?';
const again = 'How can I reset my password?';

async function start(t: Test, options: TestGatewayOptions = {}) {
  const started = await testGateway({ config: inMemory, policies, ...options });
  t.teardown(started.close);
  let count = 0;
  started.upstream.otherwise(() => {
    count += 1;
    return chatReply(`Answer ${count}`);
  });
  const ask = async (text: string, more = {}, headers = {}) => {
    const response = await started.chat(text, more, headers);
    const body = (await response.json()) as { choices?: { message: { content: string } }[] };
    return {
      cache: response.headers.get('x-gateway-cache'),
      reason: response.headers.get('x-gateway-cache-reason'),
      text: body.choices?.[0]?.message.content,
      response,
    };
  };
  return { ...started, ask };
}

t.test('a prompt that means the same gets the same answer, a near-miss does not', async (t) => {
  const { ask, trace, upstream } = await start(t);
  t.match(await ask(asked), { cache: 'miss', reason: 'no-entry', text: 'Answer 1' });
  const hit = await ask(again);
  t.match(hit, { cache: 'semantic', reason: /^similarity-0\.\d{3}$/, text: 'Answer 1' });
  t.match(trace(hit.response), { source: 'semantic', outcome: 'complete' });
  t.match(await ask('Please summarize the 2023 annual report'), { cache: 'miss', text: 'Answer 2' });
  const near = await ask('Please summarize the 2024 annual report');
  t.match(near, { cache: 'miss', reason: 'guard-number', text: 'Answer 3' });
  const record = JSON.stringify(trace(near.response));
  t.notMatch(record, /2023|2024|annual/, 'the record quotes no prompt');
  t.equal(upstream.calls.length, 3);
});

t.test('everything but the last text of the user must be equal', async (t) => {
  const { ask, post } = await start(t);
  await ask(asked);
  const turns = (system: string, earlier: string) => ({
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: earlier },
      { role: 'assistant', content: 'Yes.' },
      { role: 'user', content: again },
    ],
  });
  t.match(await ask(again, { temperature: 0.1 }), { cache: 'miss' });
  t.match(await ask(again, {}, { 'x-tenant-id': 'other' }), { cache: 'miss' });
  t.match(await ask(again, {}, { 'x-sluice-kb-revision': '2' }), { cache: 'miss' });
  t.match(await ask('', turns('Be brief.', 'May I ask?')), { cache: 'miss' });
  t.match(await ask('', turns('Be brief!', 'May I ask?')), { cache: 'miss' });
  t.match(await ask('', turns('Be brief.', 'May I ask you?')), { cache: 'miss' });
  t.match(await ask('', turns('Be brief.', 'May I ask?')), { cache: 'exact' });
  const other = await post('/v1/messages', {
    model: 'test',
    max_tokens: 50,
    messages: [{ role: 'user', content: again }],
  });
  t.equal(other.headers.get('x-gateway-cache'), 'miss');
});

t.test('guard: off serves what is near; a floor keeps out what is not', async (t) => {
  const off = await start(t, { policies: { '50-cache.yaml': 'plugin: semantic-cache\nguard: "off"' } });
  await off.ask('Please summarize the 2023 annual report');
  t.match(await off.ask('Please summarize the 2024 annual report'), { cache: 'semantic' });
  const high = await start(t, { policies: { '50-cache.yaml': 'plugin: semantic-cache\nfloor: 0.999' } });
  await high.ask(asked);
  t.match(await high.ask(again), { cache: 'miss', reason: 'no-entry' });
});

t.test('long and empty texts are compared exactly, and nothing else is', async (t) => {
  const { ask } = await start(t);
  const long = 'word '.repeat(20_000);
  t.match(await ask(long), { cache: 'miss', reason: 'prompt-too-large' });
  t.match(await ask(long), { cache: 'exact' });
  t.match(await ask('x'.repeat(1_100_000)), { cache: 'bypass', reason: 'request-too-large' });
});

t.test('after a restart the cache is warm from disk', async (t) => {
  const data = t.testdir();
  const config = inMemory.replace('stores: { vectors: memory }', '');
  const first = await testGateway({ config, policies, data });
  first.upstream.reply(chatReply('From before'));
  await (await first.chat(asked)).text();
  await first.close();
  const { ask, upstream } = await start(t, { config, data });
  // The namespace is read when it is first asked for.
  let found = await ask(again, {}, { 'x-sluice-cache': 'only' });
  for (let time = 0; time < 600 && found.cache !== 'semantic'; time += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    found = await ask(again, {}, { 'x-sluice-cache': 'only' });
  }
  t.match(found, { cache: 'semantic', text: 'From before' });
  t.equal(upstream.calls.length, 0);
});

t.test('a folder of vectors that nobody can read is a miss and a warning', async (t) => {
  const data = t.testdir();
  mkdirSync(join(data, 'vectors'));
  writeFileSync(join(data, 'vectors', 'entries.lance'), 'this is no table');
  const { ask } = await start(t, { config: inMemory.replace('stores: { vectors: memory }', ''), data });
  t.match(await ask(asked), { cache: 'miss', text: 'Answer 1' });
  t.match(await ask(asked), { cache: 'exact', text: 'Answer 1' });
});

const embedding = `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
models:
  test: up/model
stores: { vectors: memory }
embedder: { provider: up, model: embed }
`;
const vectorOf = (values: number[]): Json => ({
  object: 'list',
  model: 'embed',
  data: [{ object: 'embedding', index: 0, embedding: values }],
  usage: { prompt_tokens: 6, total_tokens: 6 },
});

t.test('an embedder of a provider is asked through the gateway, at the cost of the request', async (t) => {
  const prices = '{ up/model: { input: $1.00, output: $2.00 }, up/embed: { input: $0.10 } }';
  const { ask, upstream, trace, get } = await start(t, {
    config: embedding,
    policies: { '00-ledger.yaml': `plugin: ledger\nprices: ${prices}`, ...policies },
    data: t.testdir(),
  });
  upstream.otherwise(({ path }) =>
    path.endsWith('/embeddings') ? { json: vectorOf([0.6, 0.8]) } : chatReply('Answer'),
  );
  const first = await ask(asked);
  t.match(first, { cache: 'miss', text: 'Answer' });
  t.match(trace(first.response).asides, [
    { purpose: 'embedding', target: 'up/embed' },
    { purpose: 'embedding', target: 'up/embed' },
  ]);
  t.match(await ask(again), { cache: 'semantic', text: 'Answer' });
  t.equal(upstream.calls.filter(({ request }) => request.path.endsWith('/chat/completions')).length, 1);
  const logs = (await (await get('/spend/logs')).json()) as Record<string, unknown>[];
  const id = first.response.headers.get('x-request-id');
  t.equal(logs.filter((row) => String(row['request_id']).startsWith(id!)).length, 3);
});

t.test('an embedder that fails is a miss, and is left alone after a while', async (t) => {
  const { ask, upstream, log, clock } = await start(t, { config: embedding });
  upstream.otherwise(({ path }) =>
    path.endsWith('/embeddings') ? { status: 500, json: { error: { message: 'no' } } } : chatReply('Answer'),
  );
  const warned = () =>
    log.lines.filter(({ message }) => /embedder of the semantic cache fails/.test(message));
  for (let time = 0; time < 8; time += 1) {
    const { cache, reason, text } = await ask(`Question ${'abcdefgh'[time]}?`);
    t.equal(cache, 'miss');
    t.match(reason, /^embedder-(failed|resting)$/);
    t.equal(text, 'Answer');
  }
  t.match(await ask('Question a?'), { cache: 'exact' });
  t.match(warned(), [{ level: 'warn', fields: { error: /up had an error/ } }], 'said once');
  await clock.advance(61_000);
  await ask('Question z?');
  t.equal(warned().length, 2, 'and again after a minute');
});

t.test('a share of the hits is checked, and too many wrong ones end the serving', async (t) => {
  const shadow = 'plugin: semantic-cache\nshadow: { share: 1, judge: string, target: 0.1 }';
  const { ask, get, log, trace } = await start(t, { policies: { '50-cache.yaml': shadow } });
  await ask(asked);
  const hit = await ask(again);
  t.match(hit, { cache: 'semantic', text: 'Answer 1' });
  await settled();
  t.match(trace(hit.response).asides, [{ purpose: 'cache-shadow', target: 'up/model' }]);
  // Every fresh answer differs from the one before.
  let served = 1;
  for (let time = 0; time < 40; time += 1) {
    const { cache } = await ask(`${again}${'!'.repeat(time + 1)}`);
    if (cache === 'semantic') served += 1;
    await settled();
  }
  t.ok(served < 30, `${served} were served`);
  const stats = (await (await get('/cache/stats')).json()) as { semantic: Record<string, unknown>[] };
  t.match(stats.semantic, [{ tenant: 'default', alias: 'test', state: 'stopped', target: 0.1 }]);
  t.ok((stats.semantic[0]!['wrong_ever'] as number) > 1);
  const metrics = await (await get('/metrics')).text();
  t.match(metrics, /^sluice_cache_floor_level\{tenant="default",alias="test"\} 4$/m);
  t.match(metrics, /^sluice_cache_wrong_hit_upper_bound\{tenant="default",alias="test"\} /m);
  t.match(metrics, new RegExp(`^sluice_cache_events_total\\{event="hit-semantic"\\} ${served}$`, 'm'));
  t.match(metrics, /^sluice_cache_events_total\{event="checked-wrong"\} \d+$/m);
  t.ok(log.lines.some(({ level, message }) => level === 'warn' && /none of these any more/.test(message)));
});

t.test('a check that ends after its request is in the record of the request from then on', async (t) => {
  const shadow = 'plugin: semantic-cache\nshadow: { share: 1, judge: string }';
  const { ask, get, log, trace, clock, upstream } = await start(t, { policies: { '50-cache.yaml': shadow } });
  await ask(asked);
  const call = upstream.open();
  const { response } = await ask(again);
  const { durationMs } = trace(response);
  t.same(trace(response).asides, [], 'the provider has not answered yet');
  await clock.advance(2000);
  call.head(200, { 'content-type': 'application/json' });
  call.bytes(JSON.stringify(chatReply('Something else').json));
  call.end();
  await settled();
  const record = trace(response);
  t.match(record.asides, [
    { purpose: 'cache-shadow', target: 'up/model', failure: null, durationMs: 2000, usage: {} },
  ]);
  t.equal(record.durationMs, durationMs);
  const id = response.headers.get('x-request-id');
  const shown = await (await get(`/v1/decisions/${id}`)).json();
  t.match(shown, { asides: [{ purpose: 'cache-shadow' }] });
  t.match(
    log.lines.filter(({ fields }) => fields['request_id'] === id),
    [{ level: 'info', fields: { tenant: 'default', alias: 'test' }, message: /found .* wrong/ }],
    'the log names the request',
  );
  const stats = (await (await get('/cache/stats')).json()) as { checks: { latest: object[] } };
  t.match(stats.checks.latest, [{ request_id: id, result: 'wrong', duration_ms: 2000 }]);
});

t.test('an entry that was wrong too often is held back by itself', async (t) => {
  const policy =
    'plugin: semantic-cache\nthresholds: per-entry\nshadow: { share: 1, judge: string, target: 0.5 }';
  const { ask, get } = await start(t, { policies: { '50-cache.yaml': policy } });
  await ask(asked);
  const reasons: (string | null)[] = [];
  for (let time = 0; time < 20 && !reasons.includes('entry-threshold'); time += 1) {
    const { reason } = await ask(`${again}${'!'.repeat(time + 1)}`);
    reasons.push(reason);
    await settled();
  }
  t.equal(reasons.at(-1), 'entry-threshold', reasons.join(' '));
  t.ok(reasons.length >= 9, 'eight checks come first');
  const stats = (await (await get('/cache/stats')).json()) as { checks: { latest: object[] } };
  t.match(stats, { entries_observed: 1 });
  t.match(stats.checks.latest[0], { about: 'withheld', result: 'wrong', tenant: 'default', alias: 'test' });
  t.match(stats.checks.latest[1], { about: 'hit', result: 'wrong' });
});

t.test('a model judges what the other judges cannot', async (t) => {
  const policy = 'plugin: semantic-cache\nshadow: { share: 1, judge: model, model: test }';
  const { ask, upstream, get, trace } = await start(t, { policies: { '50-cache.yaml': policy } });
  upstream.reply(
    chatReply('Click "forgot".'),
    chatReply('Use the link "forgot".'),
    chatReply('{"same": true}'),
  );
  await ask(asked);
  const { cache, response } = await ask(again);
  t.equal(cache, 'semantic');
  for (let turn = 0; turn < 5; turn += 1) await settled();
  t.match(trace(response).asides, [{ purpose: 'cache-shadow' }, { purpose: 'cache-judge' }]);
  t.equal(upstream.calls.length, 3);
  t.match(upstream.calls.at(-1)!.json, {
    messages: [{ role: 'system' }, { role: 'user', content: /forgot/ }],
  });
  const stats = (await (await get('/cache/stats')).json()) as { semantic: object[] };
  t.match(stats.semantic, [{ checked: 1, wrong: 0, state: 'open' }]);
});

t.test('feedback on a semantic hit removes the entry and counts as wrong', async (t) => {
  const { ask, post, get } = await start(t);
  await ask(asked);
  const { response } = await ask(again);
  const id = response.headers.get('x-request-id');
  t.equal((await post('/cache/feedback', { request_id: id, wrong: true })).status, 200);
  t.match(await ask(again), { cache: 'miss', reason: 'no-entry' });
  const stats = (await (await get('/cache/stats')).json()) as { semantic: object[] };
  t.match(stats.semantic, [{ wrong_ever: 1, checked_ever: 1 }]);
});

t.test('feedback on an exact hit removes the answer wherever it is kept', async (t) => {
  const { ask, post } = await start(t);
  await ask(asked);
  const { cache, response } = await ask(asked);
  t.equal(cache, 'exact');
  const id = response.headers.get('x-request-id');
  t.equal((await post('/cache/feedback', { request_id: id, wrong: true })).status, 200);
  t.match(await ask(again), { cache: 'miss', reason: 'no-entry' });
});

t.test('a purge also removes what is found by meaning', async (t) => {
  const { ask, post } = await start(t);
  await ask(asked, {}, { 'x-tenant-id': 'a' });
  t.equal((await post('/cache/purge', { tenant: 'a' })).status, 200);
  t.match(await ask(again, {}, { 'x-tenant-id': 'a' }), { cache: 'miss', reason: 'no-entry' });
});

t.test('behind a redactor the cache holds no personal data, and each client gets its own back', async (t) => {
  const { ask, upstream } = await start(t, {
    policies: { '30-pii.yaml': 'plugin: pii-redactor\naction: restore', ...policies },
  });
  upstream.otherwise(({ body }) => {
    const [, mark] = /from ([^ ]+) please/.exec(String(body)) ?? [];
    return chatReply(`Mail from ${mark} was found.`);
  });
  const first = await ask('Find the mail from ann@example.org please');
  t.match(first, { cache: 'miss', text: 'Mail from ann@example.org was found.' });
  const second = await ask('Find the mail from bob@example.com please');
  t.equal(second.text, 'Mail from bob@example.com was found.');
  t.notMatch(JSON.stringify(upstream.calls.map(({ json }) => json)), /example/);
});

t.test('a hit counts as a request and uses no tokens and no budget', async (t) => {
  const limits =
    'plugin: token-limiter\nlimits: [{ by: global, per: day, requests: 3 }, { by: global, per: day, tokens: 5000 }]';
  const { ask } = await start(t, { policies: { '20-limits.yaml': limits, ...policies }, data: t.testdir() });
  const states: (string | null)[] = [];
  for (const text of [asked, asked, again]) {
    const { cache, response } = await ask(text, { max_tokens: 1000 });
    states.push(cache);
    t.equal(response.status, 200);
  }
  t.strictSame(states, ['miss', 'exact', 'semantic']);
  const refused = await ask(asked, { max_tokens: 1000 });
  t.equal(refused.response.status, 429);
});
