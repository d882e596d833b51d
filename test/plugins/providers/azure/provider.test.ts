import t from 'tap';
import type { AzureOptions } from '../../../../plugins/providers/azure/options.ts';
import { azureProvider } from '../../../../plugins/providers/azure/provider.ts';
import type { ProviderCall } from '../../../../sdk/provider.ts';
import { Secret } from '../../../../sdk/secret.ts';
import { providerOf, requestOf } from '../ask.ts';

const resource = 'https://my-resource.openai.azure.com';
const provider = (options: Partial<AzureOptions> = {}) =>
  providerOf(azureProvider, { base_url: resource, ...options });
const ask = (options: Partial<AzureOptions> = {}, changes: Partial<ProviderCall> = {}) =>
  requestOf(provider(options), { model: 'gpt-4o', body: '{"model":"gpt-4o"}', ...changes });

t.test('a deployment and the API version are in the address', async (t) => {
  t.match(ask({ api_key: new Secret('key-1') }), {
    method: 'POST',
    origin: resource,
    path: '/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21',
    headers: { 'api-key': 'key-1', 'x-request-id': 'req_1' },
    body: '{"model":"gpt-4o"}',
  });
  const base = '/openai/deployments/gpt-4o/';
  t.equal(ask({}, { wire: 'embeddings' }).path, `${base}embeddings?api-version=2024-10-21`);
  t.equal(ask({}, { wire: 'completions' }).path, `${base}completions?api-version=2024-10-21`);
  t.equal(
    ask({ api_version: '2025-03-01-preview' }, { wire: 'responses' }).path,
    '/openai/responses?api-version=2025-03-01-preview',
  );
});

t.test('the v1 API has the paths of OpenAI, and a version only where one is named', async (t) => {
  const base_url = `${resource}/openai/v1/`;
  t.equal(ask({ base_url }).path, '/openai/v1/chat/completions');
  t.equal(ask({ base_url }, { wire: 'responses' }).path, '/openai/v1/responses');
  t.equal(ask({ base_url, api_version: 'preview' }).path, '/openai/v1/chat/completions?api-version=preview');
});

t.test('an address of one’s own keeps its path and query', async (t) => {
  const path = (base_url: string) => ask({ base_url }).path;
  const tail = 'deployments/gpt-4o/chat/completions?api-version=2024-10-21';
  t.equal(path('https://gw.example/azure'), `/azure/openai/${tail}`);
  t.equal(path('https://gw.example/openai/'), `/openai/${tail}`);
  t.equal(
    path('https://gw.example?team=blue&api-version=2024-06-01'),
    '/openai/deployments/gpt-4o/chat/completions?team=blue&api-version=2024-06-01',
  );
});

t.test('a deployment may be named differently, in the path or in the body', async (t) => {
  const deployments = { 'gpt-4o': 'team a/gpt' };
  const classic = ask({ deployments });
  t.match(classic.path, '/openai/deployments/team%20a%2Fgpt/chat/completions');
  t.equal(classic.body, '{"model":"gpt-4o"}', 'the body is left alone where the path says it');
  const body = '{"input":"say \\"model\\": x","metadata":{"model":"gpt-4o"},"model":"gpt-4o","seed":1.0}';
  const v1 = ask(
    { deployments, base_url: `${resource}/openai/v1` },
    { wire: 'responses', body: Buffer.from(body) },
  );
  t.equal(v1.body, body.replace(',"model":"gpt-4o"', ',"model":"team a/gpt"'));
  const other = ask(
    { deployments, base_url: `${resource}/openai/v1` },
    { model: 'o3', body: '{"model":"o3"}' },
  );
  t.equal(other.body, '{"model":"o3"}');
});

t.test('a token stands in for a key; both at once are a mistake', async (t) => {
  const { headers } = ask({ token: new Secret('ey.token\n') });
  t.equal(headers['authorization'], 'Bearer ey.token');
  t.notOk('api-key' in headers);
  t.throws(() => provider({ token: new Secret('a'), api_key: new Secret('b') }), {
    message: /leave the other out/,
  });
  t.throws(() => provider({ token: new Secret(' ') }), { message: /^token is empty/ });
});

t.test('the Responses API is spoken, until the resource shows that it has none', async (t) => {
  const old = provider();
  t.equal(old.dialect('chat', 'gpt-4o'), 'chat');
  t.equal(old.dialect('responses', 'gpt-4o'), 'responses');
  const missing = { error: { code: '404', message: 'Resource not found' } };
  old.failure({ status: 404, headers: {}, body: JSON.stringify(missing) }, 'responses');
  t.equal(old.dialect('responses', 'gpt-4o'), 'chat');
  t.equal(old.dialect('messages', 'gpt-4o'), 'chat');
  t.equal(old.dialect('embeddings', 'e'), 'embeddings');
  t.equal(old.dialect('count_tokens', 'gpt-4o'), null);
  for (const options of [{ base_url: `${resource}/openai/v1` }, { api_version: '2025-04-01-preview' }]) {
    const { dialect } = provider(options);
    t.equal(dialect('responses', 'gpt-4o'), 'responses');
    t.equal(dialect('messages', 'gpt-4o'), 'chat');
    t.equal(dialect('chat', 'gpt-5-codex'), 'responses');
    t.equal(dialect('count_tokens', 'gpt-4o'), null);
  }
  t.equal(provider({ apis: ['responses'] }).dialect('chat', 'gpt-4o'), 'responses');
});

t.test('old API versions know fewer fields', async (t) => {
  const traits = (model: string, options: Partial<AzureOptions>) => provider(options).traits!(model);
  t.equal(provider({ api_version: '2024-02-01' }).streamUsage, false);
  t.equal(provider({ api_version: '2024-09-01-preview' }).streamUsage, true);
  t.match(traits('gpt-4o', { api_version: '2024-06-01' }), {
    limitField: 'max_tokens',
    streamUsage: false,
    structuredOutput: 'json',
    refuses: ['parallel_tool_calls'],
  });
  t.match(traits('gpt-4o', {}), { limitField: 'max_tokens', refuses: [] });
  t.match(traits('o3', {}), { limitField: 'max_completion_tokens', reasoning: 'none', sampling: false });
  t.match(traits('o3', { api_version: '2025-03-01-preview' }), { reasoning: 'effort' });
  t.match(traits('gpt-5', { base_url: `${resource}/openai/v1` }), {
    limitField: 'max_completion_tokens',
    reasoning: 'effort',
    efforts: ['minimal', 'low', 'medium', 'high'],
  });
  t.equal(traits('my-deployment', { traits: { reasoning: 'effort' } }).reasoning, 'effort');
});

t.test('models are OpenAI’s unless their names say otherwise', async (t) => {
  t.equal(azureProvider.vendor('my-deployment'), 'openai');
  t.equal(azureProvider.vendor('DeepSeek-R1'), 'deepseek');
});

t.test('a filtered prompt is the client’s, with Azure’s reason', async (t) => {
  const body = JSON.stringify({
    error: { message: 'The prompt was filtered.', code: 'content_filter', param: 'prompt', innererror: {} },
  });
  t.match(provider().failure({ status: 400, headers: {}, body }), {
    kind: 'content_filter',
    code: 'content_filter',
    message: 'The prompt was filtered.',
  });
});
