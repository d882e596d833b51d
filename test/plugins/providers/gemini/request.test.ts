import t from 'tap';
import type { GeminiOptions } from '../../../../plugins/providers/gemini/options.ts';
import { geminiProvider } from '../../../../plugins/providers/gemini/provider.ts';
import type { Provider, ProviderCall } from '../../../../sdk/provider.ts';
import { Secret } from '../../../../sdk/secret.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { countingIds, fixedRandom, recordingLog } from '../../../../sdk/testing/fakes.ts';
import type { UpstreamRequest } from '../../../../sdk/transport.ts';
import type { Api } from '../../../../sdk/view.ts';

function provider(options: GeminiOptions = {}): Provider {
  const services = { clock: new FakeClock(), random: fixedRandom(), ids: countingIds(), log: recordingLog() };
  return geminiProvider.create(options, services, 'gemini');
}

function requestOf(made: Provider, changes: Partial<ProviderCall> = {}): UpstreamRequest {
  return made.request({
    api: 'chat',
    wire: 'gemini',
    model: 'gemini-2.5-flash',
    stream: false,
    body: '{}',
    requestId: 'req_1',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    headers: {},
    clientHeaders: {},
    ...changes,
  }) as UpstreamRequest;
}

t.test('the key is in a header and never in the address', async (t) => {
  const request = requestOf(provider({ api_key: new Secret('AIza-1') }));
  t.same(request, {
    method: 'POST',
    origin: 'https://generativelanguage.googleapis.com',
    path: '/v1beta/models/gemini-2.5-flash:generateContent',
    headers: {
      'user-agent': 'sluice',
      'x-goog-api-key': 'AIza-1',
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      accept: 'application/json',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x-request-id': 'req_1',
    },
    body: '{}',
  });
});

t.test('each API has its method', async (t) => {
  const made = provider();
  const paths = [
    [{ stream: true }, 'gemini-2.5-flash:streamGenerateContent?alt=sse'],
    [{ api: 'messages' }, 'gemini-2.5-flash:generateContent'],
    [{ api: 'responses' }, 'gemini-2.5-flash:generateContent'],
    [{ api: 'count_tokens' }, 'gemini-2.5-flash:countTokens'],
    [{ api: 'embeddings', model: 'gemini-embedding-001' }, 'gemini-embedding-001:batchEmbedContents'],
  ] as const;
  for (const [changes, path] of paths) t.equal(requestOf(made, changes).path, `/v1beta/models/${path}`);
  t.equal(requestOf(made, { stream: true }).headers['accept'], 'text/event-stream');
});

t.test('the address may hold the version or leave it out', async (t) => {
  const model = 'models/gemini-2.5-flash:generateContent';
  const addresses = [
    [{}, `/v1beta/${model}`],
    [{ api_version: 'v1alpha' }, `/v1alpha/${model}`],
    [{ base_url: 'https://host.example' }, `/v1beta/${model}`],
    [{ base_url: 'https://host.example/v1beta/' }, `/v1beta/${model}`],
    [{ base_url: 'https://host.example/v1', api_version: 'v1beta' }, `/v1/${model}`],
    [{ base_url: 'https://host.example/team/google' }, `/team/google/v1beta/${model}`],
    [{ base_url: 'https://host.example/v1beta?team=1' }, `/v1beta/${model}?team=1`],
  ] as const;
  for (const [options, path] of addresses) t.equal(requestOf(provider(options)).path, path);
  const queried = provider({ base_url: 'https://host.example/v1beta?team=1' });
  t.match(requestOf(queried, { stream: true }).path, /:streamGenerateContent\?team=1&alt=sse$/);
});

t.test('Vertex AI gets a token, and its own paths', async (t) => {
  const made = provider({
    base_url: 'https://eu-aiplatform.example/v1/projects/p/locations/eu/publishers/google',
    token: new Secret('ya29.token\n'),
  });
  const request = requestOf(made, { stream: true });
  const base = '/v1/projects/p/locations/eu/publishers/google/models';
  t.equal(request.path, `${base}/gemini-2.5-flash:streamGenerateContent?alt=sse`);
  t.equal(request.headers['authorization'], 'Bearer ya29.token');
  t.notOk('x-goog-api-key' in request.headers);
  const embedding = (model: string) => requestOf(made, { api: 'embeddings', model }).path;
  t.equal(embedding('text-embedding-005'), `${base}/text-embedding-005:predict`);
  t.equal(embedding('gemini-embedding-2'), `${base}/gemini-embedding-2:embedContent`);
});

t.test('a name cannot lead out of its place in the path', async (t) => {
  const path = (model: string) => requestOf(provider(), { model }).path;
  t.equal(path('../../x?y#z'), '/v1beta/models/..%2F..%2Fx%3Fy%23z:generateContent');
  t.equal(path('models/gemini-x'), '/v1beta/models/gemini-x:generateContent');
  t.equal(path('tunedModels/mine'), '/v1beta/tunedModels/mine:generateContent');
});

t.test('several keys take turns, and none is fine for a server that wants none', async (t) => {
  const pool = provider({ api_key: ['a', 'b'].map((key) => new Secret(key)) });
  const used = Array.from({ length: 3 }, () => requestOf(pool).headers['x-goog-api-key']);
  t.same(used, ['a', 'b', 'a']);
  t.notOk('x-goog-api-key' in requestOf(provider()).headers);
});

t.test('a policy adds headers and replaces none that the provider needs', async (t) => {
  const made = provider({ api_key: new Secret('k'), headers: { 'X-Team': 'Sluice' } });
  const { headers } = requestOf(made, {
    headers: { 'x-team': 'other', 'x-more': '1', 'x-goog-api-key': 'z' },
  });
  t.match(headers, { 'x-team': 'Sluice', 'x-more': '1', 'x-goog-api-key': 'k' });
});

t.test('options that no request could be made with are refused, without showing secrets', async (t) => {
  t.throws(() => provider({ api_key: new Secret('a'), token: new Secret('b') }), { message: /both set/ });
  t.throws(() => provider({ token: new Secret(' ') }), { message: /token is empty/ });
  t.throws(() => provider({ base_url: 'ftp://host' }), { message: /http or https/ });
  try {
    provider({ token: new Secret('hush\nhush') });
    t.fail('should have thrown');
  } catch (error) {
    t.notMatch(String(error), 'hush');
  }
});

t.test('conversations, embeddings and counting are offered, completions are not', async (t) => {
  const made = provider();
  const kinds = (api: Api) => {
    const dialect = made.dialect(api, 'gemini-2.5-flash');
    return dialect === null || typeof dialect === 'string' ? dialect : `${dialect.kind} ${dialect.name}`;
  };
  for (const api of ['chat', 'messages', 'responses'] as const) t.equal(kinds(api), 'wire gemini');
  t.equal(kinds('embeddings'), 'adapter gemini.embeddings');
  t.equal(kinds('count_tokens'), 'adapter gemini.count_tokens');
  t.equal(kinds('completions'), null);
});

t.test('models are made by Google unless the name says otherwise', async (t) => {
  t.equal(geminiProvider.vendor('gemini-2.5-pro'), 'google');
  t.equal(geminiProvider.vendor('tunedmodel-1'), 'google');
  t.equal(geminiProvider.vendor('claude-haiku-4-5'), 'anthropic');
});
