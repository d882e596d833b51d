import t from 'tap';
import type { OllamaOptions } from '../../../../plugins/providers/ollama/options.ts';
import { ollamaProvider } from '../../../../plugins/providers/ollama/provider.ts';
import type { ProviderCall } from '../../../../sdk/provider.ts';
import { Secret } from '../../../../sdk/secret.ts';
import { provider } from './ollama.ts';

const call = (changes: Partial<ProviderCall> = {}): ProviderCall => ({
  api: 'chat',
  wire: 'ollama',
  model: 'qwen3:8b',
  stream: false,
  body: '{}',
  requestId: 'req_1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  headers: {},
  clientHeaders: {},
  ...changes,
});
const request = async (options: OllamaOptions, changes: Partial<ProviderCall> = {}) =>
  provider(options).request(call(changes));

t.test('each API goes to its own endpoint of a server on this machine', async (t) => {
  t.strictSame(await request({}), {
    method: 'POST',
    origin: 'http://127.0.0.1:11434',
    path: '/api/chat',
    headers: {
      'user-agent': 'sluice',
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      accept: 'application/x-ndjson, application/json',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x-request-id': 'req_1',
    },
    body: '{}',
  });
  for (const api of ['messages', 'responses'] as const)
    t.equal((await request({}, { api })).path, '/api/chat');
  t.equal((await request({}, { api: 'embeddings' })).path, '/api/embed');
  t.equal((await request({}, { api: 'completions' })).path, '/api/generate');
});

t.test('the base address keeps its path, with or without /api', async (t) => {
  for (const base_url of ['https://host.test/llm', 'https://host.test/llm/', 'https://host.test/llm/api']) {
    t.match(await request({ base_url }), { origin: 'https://host.test', path: '/llm/api/chat' });
  }
});

t.test('a key is sent as a bearer, and policies add headers without replacing any', async (t) => {
  const { headers } = await request(
    { api_key: new Secret('key-1'), headers: { 'X-Team': 'blue' } },
    { headers: { 'x-more': '1', authorization: 'Bearer forged', 'x-team': 'red' } },
  );
  t.match(headers, { authorization: 'Bearer key-1', 'x-team': 'blue', 'x-more': '1' });
  t.notOk('authorization' in (await request({})).headers);
});

t.test('every conversation is translated, tokens cannot be counted', async (t) => {
  const { dialect } = provider();
  for (const api of ['chat', 'messages', 'responses'] as const)
    t.match(dialect(api, 'm'), { kind: 'wire', name: 'ollama' });
  t.match(dialect('embeddings', 'm'), { kind: 'adapter', name: 'ollama-embed' });
  t.match(dialect('completions', 'm'), { kind: 'adapter', name: 'ollama-generate' });
  t.equal(dialect('count_tokens', 'm'), null);
});

t.test('errors are told by their status and words, without what is not for clients', async (t) => {
  const failure = (status: number, error: string) =>
    provider().failure({ status, headers: {}, body: JSON.stringify({ error }) });
  t.match(failure(404, 'model "qwen9:70b" not found, try pulling it first'), {
    kind: 'not_found',
    code: 'model_not_found',
    status: 404,
    message: /^((?!qwen9).)*$/,
  });
  const tools = failure(400, 'registry.ollama.ai/library/llama3:latest does not support tools');
  t.match(tools, {
    kind: 'invalid_request',
    code: 'invalid_request',
    status: 400,
    message: /does not support tools/,
  });
  t.notMatch(tools.message, 'registry');
  t.match(failure(400, '"llama3" does not support thinking'), {
    kind: 'invalid_request',
    message: /thinking/,
  });
  t.match(failure(400, 'the input length exceeds the context length'), {
    kind: 'context_length',
    status: 400,
  });
  t.match(
    failure(
      400,
      'the prompt is longer than the context length currently available to the model; shorten the prompt',
    ),
    { kind: 'context_length' },
  );
  t.match(failure(503, 'server busy, please try again. maximum pending requests exceeded'), {
    kind: 'overloaded',
  });
  t.match(failure(500, 'model requires more system memory (10 GiB) than is available (2 GiB)'), {
    kind: 'server_error',
    status: 502,
    message: /^ollama had an error/,
  });
  t.match(failure(401, 'unauthorized'), { kind: 'auth', status: 502 });
  t.match(failure(429, 'you have reached your hourly usage limit'), { kind: 'rate_limit' });
  t.match(provider().failure({ status: 404, headers: {}, body: '404 page not found' }), {
    code: 'upstream_error',
  });
});

t.test('the maker of a model is judged by its name', async (t) => {
  for (const [model, vendor] of [
    ['qwen3:8b', 'qwen'],
    ['gpt-oss:20b', 'openai'],
    ['llama3.2', 'meta'],
    ['hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF', 'meta'],
  ] as const) {
    t.equal(ollamaProvider.vendor(model), vendor);
  }
});

t.test('options that no request could be made with are refused', async (t) => {
  t.throws(() => provider({ base_url: 'localhost:11434' }), { message: /http or https/ });
  t.throws(() => provider({ api_key: new Secret('') }), { message: /empty/ });
});
