import t, { type Test } from 'tap';
import { chatEvents, chatReply, type ScriptedUpstream, settled, testGateway } from '../../core/testing.ts';

const config = `
providers:
  up:    { kind: openai, base_url: http://up.test/v1, api_key: sk-up }
  other: { kind: openai, base_url: http://other.test/v1, api_key: sk-other }
models:
  test: [up/a, other/b, up/c]
`;

/** Until so many calls were made. */
async function called(upstream: ScriptedUpstream, count: number): Promise<void> {
  while (upstream.calls.length < count) await settled();
}

async function start(t: Test, hedge = '{ after: 2s, max_extra_cost: 1 }') {
  const gateway = await testGateway({
    config,
    data: t.testdir(),
    policies: {
      '00-ledger.yaml': 'plugin: ledger\nprices: { "*": { input: $1000, output: $2000 } }\n',
      '30-fallback.yaml': `plugin: fallback\nhedge: ${hedge}\n`,
    },
  });
  t.teardown(() => gateway.close());
  const report = async () =>
    (await (await gateway.get('/cost/report?by=provider')).json()) as {
      groups: { provider: string; cost_usd: string; requests: number }[];
    };
  return { ...gateway, report };
}

t.test('a target that answers in time is the only one that is asked', async (t) => {
  const { chat, upstream, clock } = await start(t);
  const first = upstream.open();
  const pending = chat('Hi');
  await called(upstream, 1);
  await clock.advance(1999);
  first.head(200, { 'content-type': 'application/json' });
  first.bytes(JSON.stringify(chatReply('one').json));
  first.end();
  const response = await pending;
  t.match(await response.json(), { choices: [{ message: { content: 'one' } }] });
  await clock.advance(10_000);
  t.equal(upstream.calls.length, 1);
});

for (const stream of [false, true]) {
  const how = stream ? 'streamed' : 'whole';
  t.test(`a slow target gets another beside it, and the faster answer wins, ${how}`, async (t) => {
    const { chat, upstream, clock, trace, report } = await start(t);
    const first = upstream.open();
    const second = upstream.open();
    const pending = chat('Hi', { stream });
    await called(upstream, 1);
    await clock.advance(2000);
    t.equal(upstream.calls.length, 2, 'the second is asked after two seconds');
    t.match(upstream.calls[1]!.request, { origin: 'http://other.test' });
    if (stream) {
      second.head();
      for (const event of chatEvents(['two'])) second.event(event);
    } else {
      second.head(200, { 'content-type': 'application/json' });
      second.bytes(JSON.stringify(chatReply('two').json));
    }
    second.end();
    await settled();
    t.equal(first.aborted, true, 'the slower one is ended at once');
    const response = await pending;
    t.match(await response.text(), /two/);
    t.equal(response.headers.get('x-gateway-model-resolved'), 'other/b');
    t.match(trace(response), {
      outcome: 'complete',
      attempts: [
        { target: 'up/a', hedge: false, failure: null, firstByteMs: null, usage: { estimated: true } },
        { target: 'other/b', hedge: true, failure: null, usage: { estimated: stream } },
      ],
    });
    await clock.advance(1000);
    const { groups } = await report();
    t.same(groups.map(({ provider }) => provider).sort(), ['other', 'up'], 'the loser is on the ledger too');
    t.equal(
      groups.reduce((sum, { requests }) => sum + requests, 0),
      1,
      'and it is one request',
    );
  });
}

t.test('the first target may still win once the second was asked', async (t) => {
  const { chat, upstream, clock, trace } = await start(t);
  const [first, second] = [upstream.open(), upstream.open()];
  const pending = chat('Hi', { stream: true });
  await called(upstream, 1);
  await clock.advance(2500);
  first.head();
  for (const event of chatEvents(['one'])) first.event(event);
  first.end();
  const response = await pending;
  t.match(await response.text(), /one/);
  t.equal(second.aborted, true);
  t.equal(response.headers.get('x-gateway-fallback'), 'none');
  t.match(trace(response).attempts, [
    { target: 'up/a' },
    { target: 'other/b', hedge: true, firstByteMs: null },
  ]);
});

t.test('where both fail the rest of the plan is asked', async (t) => {
  const { chat, upstream, clock, trace } = await start(t);
  const [first, second] = [upstream.open(), upstream.open()];
  upstream.reply(chatReply('three'));
  const pending = chat('Hi');
  await called(upstream, 1);
  await clock.advance(2000);
  first.head(500, { 'content-type': 'application/json' });
  first.end();
  await settled();
  second.fail({ kind: 'cut', message: 'cut' });
  const response = await pending;
  t.match(await response.json(), { choices: [{ message: { content: 'three' } }] });
  t.same(
    trace(response).attempts.map(({ target, failure }) => [target, failure]),
    [
      ['up/a', 'server_error'],
      ['other/b', 'cut'],
      ['up/c', null],
    ],
  );
});

t.test('a failure of the first before the delay moves on as it would without hedging', async (t) => {
  const { chat, upstream } = await start(t);
  upstream.reply({ status: 500, json: {} }, chatReply('two'));
  const response = await chat('Hi');
  t.match(await response.json(), { choices: [{ message: { content: 'two' } }] });
  t.equal(upstream.calls.length, 2);
});

t.test('a client that leaves ends both', async (t) => {
  const { post, upstream, clock, gateway } = await start(t);
  const [first, second] = [upstream.open(), upstream.open()];
  const leave = new AbortController();
  const body = { model: 'test', stream: true, messages: [{ role: 'user', content: 'Hi' }] };
  const pending = post('/v1/chat/completions', body, {}, leave.signal);
  await called(upstream, 1);
  await clock.advance(2000);
  first.head();
  first.event(chatEvents(['one'])[0]!);
  const response = await pending;
  await response.body!.cancel();
  leave.abort();
  await settled();
  t.equal(first.aborted && second.aborted, true);
  t.equal(gateway.status().inFlight, 0);
});

t.test('requests with tools are asked once, unless that is allowed', async (t) => {
  const tools = [{ type: 'function', function: { name: 'pay', parameters: {} } }];
  for (const [hedge, calls] of [
    ['{ after: 1s, max_extra_cost: 1 }', 1],
    ['{ after: 1s, max_extra_cost: 1, with_tools: true }', 2],
  ] as const) {
    const { chat, upstream, clock } = await start(t, hedge);
    const first = upstream.open();
    upstream.open();
    const pending = chat('Hi', { tools });
    await called(upstream, 1);
    await clock.advance(5000);
    t.equal(upstream.calls.length, calls);
    first.head(200, { 'content-type': 'application/json' });
    first.bytes(JSON.stringify(chatReply('one').json));
    first.end();
    t.equal((await pending).status, 200);
  }
});

t.test('no more requests are hedged than the share that is paid for', async (t) => {
  const { chat, upstream, clock } = await start(t, '{ after: 1s, max_extra_cost: 0.1 }');
  for (let index = 0; index < 100; index += 1) {
    const asked = upstream.calls.length;
    const first = upstream.open();
    const pending = chat('Hi');
    await called(upstream, asked + 1);
    await clock.advance(1000);
    first.head(200, { 'content-type': 'application/json' });
    first.bytes(JSON.stringify(chatReply('one').json));
    first.end();
    await (await pending).text();
  }
  const hedges = upstream.calls.length - 100;
  t.ok(hedges >= 10 && hedges <= 14, `${hedges} of 100`);
});
