import t from 'tap';
import type { AnthropicOptions } from '../../../../plugins/providers/anthropic/options.ts';
import { anthropicProvider } from '../../../../plugins/providers/anthropic/provider.ts';
import type { ProviderCall } from '../../../../sdk/provider.ts';
import { Secret } from '../../../../sdk/secret.ts';
import { providerOf, requestOf } from '../ask.ts';

const provider = (options: AnthropicOptions = {}) => providerOf(anthropicProvider, options);
const ask = (options: AnthropicOptions = {}, changes: Partial<ProviderCall> = {}) =>
  requestOf(provider(options), { api: 'messages', wire: 'messages', model: 'claude-x', ...changes });

t.test('a request holds the address, the key, the version and what identifies it', async (t) => {
  t.same(ask({ api_key: new Secret('sk-ant-1') }), {
    method: 'POST',
    origin: 'https://api.anthropic.com',
    path: '/v1/messages',
    headers: {
      'user-agent': 'sluice',
      'x-api-key': 'sk-ant-1',
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      accept: 'application/json',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x-request-id': 'req_1',
      'anthropic-version': '2023-06-01',
    },
    body: '{"model":"gpt-x"}',
  });
  t.equal(ask({}, { stream: true }).headers['accept'], 'text/event-stream');
  t.equal(ask({}, { api: 'count_tokens', wire: 'count_tokens' }).path, '/v1/messages/count_tokens');
});

t.test('the address may end in /v1 or not', async (t) => {
  const addresses = [
    ['https://api.anthropic.com/v1', '/v1/messages'],
    ['https://api.anthropic.com/v1/', '/v1/messages'],
    ['https://api.deepseek.com/anthropic', '/anthropic/v1/messages'],
    ['https://openrouter.ai/api/v1', '/api/v1/messages'],
    ['http://127.0.0.1:8000?team=blue', '/v1/messages?team=blue'],
  ] as const;
  for (const [base_url, path] of addresses) t.equal(ask({ base_url }).path, path, base_url);
});

t.test('the key is sent as the server wants it, and several take turns', async (t) => {
  const { headers } = ask({ api_key: new Secret('tok-1'), auth: 'bearer' });
  t.equal(headers['authorization'], 'Bearer tok-1');
  t.notOk('x-api-key' in headers);
  const pool = provider({ api_key: [new Secret('a'), new Secret('b')] });
  const used = Array.from({ length: 3 }, () => requestOf(pool, { wire: 'messages' }).headers['x-api-key']);
  t.same(used, ['a', 'b', 'a']);
  t.notOk('x-api-key' in ask().headers);
});

t.test("the client's version and betas are kept, and configured betas come on top, each once", async (t) => {
  const client = { 'anthropic-version': '2024-01-01', 'anthropic-beta': 'tools-1, cache-2,,tools-1' };
  const { headers } = ask({ betas: ['own-0', 'cache-2'] }, { clientHeaders: client });
  t.equal(headers['anthropic-version'], '2024-01-01');
  t.equal(headers['anthropic-beta'], 'own-0,cache-2,tools-1');
  t.equal(ask({ betas: ['own-0'] }).headers['anthropic-beta'], 'own-0');
  t.equal(ask({ version: '2025-05-05' }).headers['anthropic-version'], '2025-05-05');
  t.notOk('anthropic-beta' in ask().headers);
  t.notOk('anthropic-beta' in ask({}, { clientHeaders: { 'anthropic-beta': ' ' } }).headers);
});

t.test('betas of a policy are merged, too; credentials of one are not taken', async (t) => {
  const headers = { 'anthropic-beta': 'policy-1', 'x-api-key': 'theirs', 'anthropic-version': '2024-02-02' };
  const request = ask(
    { api_key: new Secret('mine') },
    { headers, clientHeaders: { 'anthropic-beta': 'client-1' } },
  );
  t.equal(request.headers['anthropic-beta'], 'policy-1,client-1');
  t.equal(request.headers['x-api-key'], 'mine');
  t.equal(request.headers['anthropic-version'], '2024-02-02');
});

t.test('every conversation is written as messages, the rest is not offered', async (t) => {
  const { dialect } = provider();
  t.equal(dialect('messages', 'claude-x'), 'messages');
  t.equal(dialect('chat', 'claude-x'), 'messages');
  t.equal(dialect('responses', 'claude-x'), 'messages');
  t.equal(dialect('count_tokens', 'claude-x'), 'count_tokens');
  t.equal(dialect('embeddings', 'claude-x'), null);
  t.equal(dialect('completions', 'claude-x'), null);
});

t.test('models of other makers behind the same API are not taken for Claude', async (t) => {
  t.equal(anthropicProvider.vendor('claude-opus-4-8'), 'anthropic');
  t.equal(anthropicProvider.vendor('our-alias'), 'anthropic');
  t.equal(anthropicProvider.vendor('kimi-k2'), 'moonshot');
  const traits = provider().traits!;
  t.match(traits('claude-opus-4-8'), { reasoning: 'adaptive', maxOutputTokens: 128_000 });
  t.match(traits('kimi-k2'), { reasoning: 'budget', maxOutputTokens: 8192, structuredOutput: 'tool' });
  const own = provider({ traits: { max_output_tokens: 32_000, tool_choice_none: true } }).traits!;
  t.match(own('kimi-k2'), { maxOutputTokens: 32_000, toolChoiceNone: true, reasoning: 'budget' });
});

t.test('its errors are told in our words', async (t) => {
  const body = JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });
  const failure = provider().failure({ status: 529, headers: {}, body });
  t.match(failure, { kind: 'overloaded', status: 503, message: /^anthropic is overloaded/ });
});

t.test('options that no request could be made with are refused', async (t) => {
  t.throws(() => provider({ api_key: new Secret('') }), { message: /^api_key is empty/ });
  t.throws(() => provider({ base_url: 'ftp://host' }), { message: /http or https/ });
  t.throws(() => provider({ headers: { 'bad name': 'x' } }), { message: /"bad name"/ });
});
