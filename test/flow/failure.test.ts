import t from 'tap';
import { chatEvents, chatReply, settled, sse, testGateway } from '../../core/testing.ts';
import type { TransportFailure } from '../../sdk/transport.ts';

const twoTargets = `
providers:
  one: { kind: openai, base_url: http://one.test/v1, api_key: sk-one }
  two: { kind: openai, base_url: http://two.test/v1, api_key: sk-two }
models:
  test: [one/a, two/b]
`;

t.test('a failure before the first event moves to the next target unseen', async (t) => {
  for (const stream of [false, true]) {
    for (const failure of [
      { status: 500, json: { error: { message: 'boom' } } },
      { status: 429, json: { error: { message: 'slow down' } } },
      { failure: { kind: 'connect', message: 'refused' } },
      { failure: { kind: 'timeout', message: 'slow' } },
      { status: 200, bytes: ['<html>'] },
      { status: 200, json: { error: { message: 'overloaded', type: 'server_error' } } },
      { sse: [{ error: { message: 'overloaded', type: 'server_error' } }] },
    ] as const) {
      const { chat, upstream, trace, close } = await testGateway({ config: twoTargets });
      upstream.reply(failure, stream ? { sse: chatEvents(['fine']) } : chatReply('fine'));
      const response = await chat('Hi', { stream });
      t.equal(response.status, 200, JSON.stringify(failure));
      t.match(await response.text(), /fine/);
      t.strictSame(
        upstream.calls.map((call) => call.request.origin),
        ['http://one.test', 'http://two.test'],
      );
      t.equal(response.headers.get('x-gateway-attempts'), '2');
      t.not(trace(response).attempts[0]!.failure, null);
      await close();
    }
  }
});

t.test('a request that is wrong is not tried elsewhere', async (t) => {
  const { chat, upstream, close } = await testGateway({ config: twoTargets });
  t.teardown(close);
  upstream.reply({
    status: 400,
    json: { error: { message: 'temperature too high', param: 'temperature', code: 'bad' } },
  });
  const response = await chat('Hi');
  t.equal(response.status, 400);
  t.match(await response.json(), { error: { type: 'invalid_request_error', param: 'temperature' } });
  t.equal(upstream.calls.length, 1);
});

t.test(
  'when every target fails the client is told in its own dialect, without upstream secrets',
  async (t) => {
    const { chat, upstream, trace, close } = await testGateway({ config: twoTargets });
    t.teardown(close);
    const leak = { error: { message: 'key sk-live-canary of org-canary at https://internal.canary is bad' } };
    upstream.reply({ status: 503, json: leak }, { status: 401, json: leak });
    const response = await chat('Hi');
    const text = await response.text();
    t.ok(response.status >= 500);
    t.notMatch(text, /canary/);
    t.match(JSON.parse(text), { error: { type: 'server_error' } });
    t.match(trace(response), { outcome: 'failed', attempts: [{ status: 503 }, { status: 401 }] });
  },
);

const endings: readonly ({ failure: TransportFailure } | { bytes: string } | { clean: true })[] = [
  { failure: { kind: 'cut', message: 'reset' } },
  { clean: true },
  { bytes: 'data: {"choices":[{"index":0,"delta":{"content":"x"}' },
];

t.test('an upstream cut in mid-stream ends with an error event and never with [DONE]', async (t) => {
  for (const ending of endings) {
    const { chat, upstream, trace, close } = await testGateway({ config: twoTargets });
    const stream = upstream.open();
    const pending = chat('Hi', { stream: true });
    stream.head();
    for (const event of chatEvents(['Hel', 'lo']).slice(0, 2)) stream.event(event);
    const response = await pending;
    if ('bytes' in ending) stream.bytes(ending.bytes);
    if ('failure' in ending) stream.fail(ending.failure);
    else stream.end();
    const text = await response.text();
    t.equal(response.status, 200);
    t.match(text, /"Hel"/);
    t.match(text, /"code":"stream_interrupted"/);
    t.notMatch(text, /\[DONE\]/);
    t.equal(upstream.calls.length, 1, 'nothing is retried after the first byte');
    t.match(trace(response), {
      outcome: 'interrupted',
      errorCode: 'stream_interrupted',
      attempts: [{ failure: 'cut' }],
    });
    await close();
  }
});

t.test('an error inside a stream that has begun ends it with the masked error', async (t) => {
  const { chat, upstream, close } = await testGateway();
  t.teardown(close);
  upstream.reply({
    sse: [chatEvents(['Hel'])[0]!, { error: { message: 'sk-canary broke', type: 'server_error' } }, '[DONE]'],
  });
  const text = await (await chat('Hi', { stream: true })).text();
  t.match(text, /stream_interrupted/);
  t.notMatch(text, /canary|\[DONE\]/);
});

t.test('a client that leaves aborts the upstream call at once and settles the request', async (t) => {
  const { post, upstream, gateway, close } = await testGateway();
  t.teardown(close);
  const stream = upstream.open();
  const leave = new AbortController();
  const pending = post(
    '/v1/chat/completions',
    { model: 'test', stream: true, messages: [{ role: 'user', content: 'Hi' }] },
    {},
    leave.signal,
  );
  stream.head();
  stream.event(chatEvents(['Hello'])[0]!);
  const response = await pending;
  t.notOk(stream.aborted);
  leave.abort();
  await settled();
  t.ok(stream.aborted);
  const record = gateway.trace(response.headers.get('x-request-id')!);
  t.match(record, { outcome: 'client_gone', usage: { estimated: true, outputTokens: 2 } });
});

t.test('a client that leaves before the first event aborts the call too', async (t) => {
  const { post, upstream, clock, close } = await testGateway();
  t.teardown(close);
  upstream.reply({ hang: true });
  const leave = new AbortController();
  const pending = post(
    '/v1/chat/completions',
    { model: 'test', messages: [{ role: 'user', content: 'Hi' }] },
    {},
    leave.signal,
  );
  await settled();
  t.equal(upstream.calls.length, 1);
  leave.abort();
  await settled();
  t.ok(upstream.calls[0]!.aborted);
  t.equal(clock.pending, 0, 'no timer is left behind');
  pending.catch(() => undefined);
});

t.test('a request whose time is up gets 504 before the first byte and an error event after it', async (t) => {
  const { chat, upstream, clock, close } = await testGateway();
  t.teardown(close);
  upstream.reply({ hang: true });
  const pending = chat('Hi', {}, { 'x-sluice-timeout': '2s' });
  await settled();
  await clock.advance(2000);
  const response = await pending;
  t.equal(response.status, 504);
  t.match(await response.json(), { error: { code: 'upstream_timeout', message: /2000 ms/ } });
  t.ok(upstream.calls[0]!.aborted);

  const stream = upstream.open();
  const streaming = chat('Hi', { stream: true }, { 'x-sluice-timeout': '2s' });
  stream.head();
  stream.event(chatEvents(['Hel'])[0]!);
  const begun = await streaming;
  await clock.advance(2000);
  const text = await begun.text();
  t.match(text, /upstream_timeout/);
  t.notMatch(text, /\[DONE\]/);
});

t.test('a stream that comes under a vague media type, or none, is a stream; JSON is JSON', async (t) => {
  const { chat, upstream, close } = await testGateway();
  t.teardown(close);
  for (const type of ['', 'text/plain; charset=utf-8', 'application/octet-stream']) {
    upstream.reply({ headers: { 'content-type': type }, bytes: [...chatEvents(['fi', 'ne']).map(sse)] });
    t.match(
      await (await chat('Hi', { stream: true })).text(),
      /fi[\s\S]*ne[\s\S]*\[DONE\]/,
      `stream as "${type}"`,
    );
    const json = JSON.stringify((chatReply('whole') as { json: unknown }).json);
    upstream.reply({ headers: { 'content-type': type }, bytes: [` \n${json}`] });
    t.match(await (await chat('Hi', { stream: true })).text(), /whole[\s\S]*\[DONE\]/, `JSON as "${type}"`);
  }
});
