import t from 'tap';
import { testGateway } from '../../../../core/testing.ts';
import type { JsonObject } from '../../../../sdk/json.ts';

/** Clients of other dialects, and Ollama behind the gateway. */
function start(options = '') {
  return testGateway({
    config: `
providers:
  local: { kind: ollama, num_ctx: 4096${options} }
models:
  test: local/qwen3:8b
`,
  });
}

const ndjson = { 'content-type': 'application/x-ndjson' };
const line = (message: JsonObject, more: JsonObject = { done: false }) =>
  `${JSON.stringify({ model: 'qwen3:8b', message: { role: 'assistant', content: '', ...message }, ...more })}\n`;
const done = { done: true, done_reason: 'stop', prompt_eval_count: 10, eval_count: 5 };
const call = { tool_calls: [{ function: { name: 'get_weather', arguments: { city: 'Oslo' } } }] };
const tools = [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object' } } }];

/** The payloads of a stream of server-sent events. */
function payloads(text: string): JsonObject[] {
  return text
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice(6)) as JsonObject);
}

t.test('a chat client gets a stream of lines as server-sent events', async (t) => {
  const { chat, upstream, close } = await start();
  t.teardown(close);
  const bytes = Buffer.from(
    line({ thinking: 'Hm.' }) + line({ content: 'Grüß dich' }) + line(call) + line({}, done),
  );
  upstream.reply({ headers: ndjson, bytes: [bytes.subarray(0, 99), bytes.subarray(99)] });
  const response = await chat('Hi', { stream: true, tools, stream_options: { include_usage: true } });
  t.equal(response.headers.get('content-type')?.split(';')[0], 'text/event-stream');
  const text = await response.text();
  t.ok(text.endsWith('data: [DONE]\n\n'));
  const choices = payloads(text).flatMap((event) => event['choices'] as JsonObject[]);
  t.equal(choices.map((choice) => (choice['delta'] as JsonObject)['content'] ?? '').join(''), 'Grüß dich');
  t.match(text, '"arguments":"{\\"city\\":\\"Oslo\\"}"');
  t.match(text, '"finish_reason":"tool_calls"');
  t.match(payloads(text).at(-1), { usage: { prompt_tokens: 10, completion_tokens: 5 } });
  t.match(upstream.calls[0]?.request, { origin: 'http://127.0.0.1:11434', path: '/api/chat' });
  t.match(upstream.calls[0]?.json, { model: 'qwen3:8b', stream: true, options: { num_ctx: 4096 } });
});

t.test('with tools_stream off, a client that streams gets a stream of a whole answer', async (t) => {
  const { chat, upstream, close } = await start(', tools_stream: false');
  t.teardown(close);
  upstream.reply({ json: JSON.parse(line({ content: 'Look:', ...call }, done)) as JsonObject });
  const text = await (await chat('Hi', { stream: true, tools })).text();
  t.match(upstream.calls[0]?.json, { stream: false });
  t.match(text, '"content":"Look:"');
  t.match(text, '"name":"get_weather"');
  t.ok(text.endsWith('data: [DONE]\n\n'));
});

t.test('a stream without its last line, or with an error, does not end cleanly', async (t) => {
  const { chat, upstream, close } = await start();
  t.teardown(close);
  for (const end of ['', '{"error":"an error was encountered"}\n']) {
    upstream.reply({ headers: ndjson, bytes: [line({ content: 'Hel' }) + end] });
    const text = await (await chat('Hi', { stream: true })).text();
    t.match(text, '"content":"Hel"');
    t.match(text, /"error":\{/);
    t.notMatch(text, '[DONE]');
  }
});

t.test('what was left out and what was probably cut is named', async (t) => {
  const { chat, upstream, close } = await start();
  t.teardown(close);
  upstream.reply({
    json: JSON.parse(line({ content: 'Hi' }, { ...done, prompt_eval_count: 4090 })) as JsonObject,
  });
  const response = await chat('Hi', { user: 'u1' });
  t.match(await response.json(), { choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }] });
  t.equal(response.headers.get('x-sluice-dropped'), 'user, prompt beyond num_ctx');
});

t.test('a model that was not pulled is not found', async (t) => {
  const { chat, upstream, close } = await start();
  t.teardown(close);
  upstream.reply({ status: 404, json: { error: "model 'qwen3:8b' not found" } });
  const response = await chat('Hi');
  t.equal(response.status, 404);
  t.match(await response.json(), { error: { code: 'model_not_found' } });
});

t.test('embeddings and legacy completions are adapted', async (t) => {
  const { post, upstream, close } = await start();
  t.teardown(close);
  upstream.reply({ json: { model: 'qwen3:8b', embeddings: [[0.5, 1]], prompt_eval_count: 2 } });
  const vectors = await post('/v1/embeddings', { model: 'test', input: 'one' });
  t.match(await vectors.json(), { data: [{ embedding: [0.5, 1] }], usage: { total_tokens: 2 } });
  t.equal(upstream.calls[0]?.request.path, '/api/embed');

  const story = { model: 'qwen3:8b', response: ' upon a time', ...done };
  upstream.reply({ json: story }, { json: story });
  const whole = await post('/v1/completions', { model: 'test', prompt: 'Once' });
  t.match(await whole.json(), { object: 'text_completion', choices: [{ text: ' upon a time' }] });
  t.equal(upstream.calls[1]?.request.path, '/api/generate');
  const streamed = await (
    await post('/v1/completions', { model: 'test', prompt: 'Once', stream: true })
  ).text();
  t.match(streamed, '"text":" upon a time"');
  t.ok(streamed.endsWith('data: [DONE]\n\n'));
});
