import t from 'tap';
import { chatEvents, chatReply, testGateway } from '../../core/testing.ts';

t.test('a chat completion reaches the provider with its own model name, key and fields', async (t) => {
  const { chat, upstream, trace, close } = await testGateway();
  t.teardown(close);
  upstream.reply(chatReply('Hello back', 'model-2026'));
  const response = await chat('Hello', { temperature: 0.25, seed: 12345, x_unknown: { deep: [1, null] } });
  const body = await response.json();
  t.equal(response.status, 200);
  t.match(body, { model: 'model-2026', choices: [{ message: { content: 'Hello back' } }] });
  t.equal(upstream.calls.length, 1);
  const [call] = upstream.calls;
  t.equal(call!.request.origin + call!.request.path, 'http://upstream.test/v1/chat/completions');
  t.equal(call!.request.headers['authorization'], 'Bearer sk-test-upstream');
  t.strictSame(call!.json, {
    model: 'model',
    messages: [{ role: 'user', content: 'Hello' }],
    temperature: 0.25,
    seed: 12345,
    x_unknown: { deep: [1, null] },
  });
  t.match(Object.fromEntries(response.headers), {
    'x-gateway-model-alias': 'test',
    'x-gateway-model-resolved': 'up/model',
    'x-gateway-provider': 'up',
    'x-gateway-attempts': '1',
    'x-gateway-fallback': 'none',
    'x-usage-total-tokens': '8',
    'x-gateway-policy-version': /^[0-9a-f]{12}$/,
  });
  t.match(trace(response), {
    v: 1,
    outcome: 'complete',
    status: 200,
    alias: 'test',
    model: 'model-2026',
    usage: { inputTokens: 5, outputTokens: 3, estimated: false },
    attempts: [{ number: 1, target: 'up/model', status: 200, failure: null }],
  });
});

t.test('an untouched body goes out byte for byte but for the model name', async (t) => {
  const { post, upstream, close } = await testGateway();
  t.teardown(close);
  const body =
    '{ "messages" : [ {"content":"caf\\u00e9 😀","role":"user"} ],\n "seed": 12345678901234567890, "model":"test" ,"logit_bias":{"5":1.0e2} }';
  await (await post('/v1/chat/completions', body)).text();
  t.equal(upstream.calls[0]!.request.body.toString(), body.replace('"test"', '"model"'));
});

t.test('a client credential never reaches the provider', async (t) => {
  const { chat, upstream, close } = await testGateway();
  t.teardown(close);
  await (
    await chat('Hi', {}, { authorization: 'Bearer client-canary', cookie: 'a=canary', 'x-api-key': 'canary' })
  ).text();
  t.notMatch(JSON.stringify(upstream.calls[0]!.request.headers), /canary/);
});

t.test(
  'a stream passes raw, asks for usage, hides it from a client that did not ask, and ends once',
  async (t) => {
    const { chat, upstream, trace, close } = await testGateway();
    t.teardown(close);
    const events = chatEvents(['Hel', 'lo']);
    const usage = {
      id: 'x',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'scripted',
      choices: [],
      usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 },
    };
    upstream.reply({ sse: [...events.slice(0, -1), usage, '[DONE]'] });
    const response = await chat('Hi', { stream: true });
    const text = await response.text();
    t.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    t.strictSame(
      text.split('\n\n').filter(Boolean),
      events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}`),
    );
    t.match(upstream.calls[0]!.json, { stream: true, stream_options: { include_usage: true } });
    t.match(trace(response), {
      outcome: 'complete',
      usage: { inputTokens: 7, outputTokens: 2, estimated: false },
    });
  },
);

t.test('a client that asks for usage on the stream gets it', async (t) => {
  const { chat, upstream, close } = await testGateway();
  t.teardown(close);
  const usage = {
    id: 'x',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'scripted',
    choices: [],
    usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 },
  };
  upstream.reply({ sse: [...chatEvents(['Hi']).slice(0, -1), usage, '[DONE]'] });
  const text = await (await chat('Hi', { stream: true, stream_options: { include_usage: true } })).text();
  t.match(text, /"prompt_tokens":7/);
});

t.test('where a provider gives no usage it is estimated and marked so', async (t) => {
  const { chat, upstream, trace, close } = await testGateway();
  t.teardown(close);
  upstream.reply({ sse: chatEvents(['Hello there']) });
  const response = await chat('Hi', { stream: true });
  await response.text();
  t.match(trace(response).usage, { estimated: true, outputTokens: 3 });
});

t.test('a provider that answers whole to a request for a stream is streamed to the client', async (t) => {
  const { chat, upstream, close } = await testGateway();
  t.teardown(close);
  upstream.reply(chatReply('All at once'));
  const text = await (await chat('Hi', { stream: true })).text();
  t.match(text, /"content":"All at once"/);
  t.match(text, /"finish_reason":"stop"/);
  t.ok(text.endsWith('data: [DONE]\n\n'));
});
