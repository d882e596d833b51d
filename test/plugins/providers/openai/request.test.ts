import t from 'tap';
import type { OpenAiOptions } from '../../../../plugins/providers/openai/options.ts';
import { openAiProvider } from '../../../../plugins/providers/openai/provider.ts';
import type { ProviderCall } from '../../../../sdk/provider.ts';
import { Secret } from '../../../../sdk/secret.ts';
import { providerOf, requestOf } from '../ask.ts';

const provider = (options: OpenAiOptions = {}) => providerOf(openAiProvider, options);
const asking = (options: OpenAiOptions = {}) => {
  const made = provider(options);
  return (changes: Partial<ProviderCall> = {}) => requestOf(made, changes);
};

t.test('a request holds the address, the credentials and what identifies it, and nothing else', async (t) => {
  const request = asking({ api_key: new Secret('sk-1'), organization: 'org-1', project: 'proj-1' });
  t.same(request(), {
    method: 'POST',
    origin: 'https://api.openai.com',
    path: '/v1/chat/completions',
    headers: {
      'user-agent': 'sluice',
      'openai-organization': 'org-1',
      'openai-project': 'proj-1',
      authorization: 'Bearer sk-1',
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      accept: 'application/json',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x-request-id': 'req_1',
    },
    body: '{"model":"gpt-x"}',
  });
  t.equal(request({ stream: true }).headers['accept'], 'text/event-stream');
});

t.test('the base address keeps its path, and a slash at its end does not matter', async (t) => {
  const addresses = [
    ['http://127.0.0.1:8000/v1', 'http://127.0.0.1:8000', '/v1/embeddings'],
    ['http://127.0.0.1:8000/v1///', 'http://127.0.0.1:8000', '/v1/embeddings'],
    ['https://host.example', 'https://host.example', '/embeddings'],
    ['https://host.example/team/llm/v1/', 'https://host.example', '/team/llm/v1/embeddings'],
    [
      'https://host.example/v1?api-version=preview',
      'https://host.example',
      '/v1/embeddings?api-version=preview',
    ],
  ] as const;
  for (const [base_url, origin, path] of addresses) {
    t.match(asking({ base_url })({ wire: 'embeddings' }), { origin, path });
  }
});

t.test('each format has its path', async (t) => {
  const request = asking();
  t.equal(request({ wire: 'chat' }).path, '/v1/chat/completions');
  t.equal(request({ wire: 'completions' }).path, '/v1/completions');
  t.equal(request({ wire: 'embeddings' }).path, '/v1/embeddings');
  t.equal(request({ wire: 'responses' }).path, '/v1/responses');
  t.equal(request({ wire: 'input_tokens' }).path, '/v1/responses/input_tokens');
  t.equal(request({ wire: 'messages' }).path, '/v1/messages');
  t.equal(request({ api: 'messages', wire: 'chat' }).path, '/v1/chat/completions', 'the format counts');
});

t.test("the client's own headers go where their format is spoken", async (t) => {
  const clientHeaders = { 'openai-beta': 'x=1', 'anthropic-version': '2024-01-01', 'anthropic-beta': 'y' };
  const request = asking();
  t.match(request({ wire: 'responses', clientHeaders }).headers, { 'openai-beta': 'x=1' });
  t.notOk('anthropic-beta' in request({ wire: 'responses', clientHeaders }).headers);
  t.notOk('openai-beta' in request({ wire: 'chat', clientHeaders }).headers);
  t.notOk('openai-beta' in request({ wire: 'responses' }).headers);
  t.match(request({ wire: 'messages', clientHeaders }).headers, {
    'anthropic-version': '2024-01-01',
    'anthropic-beta': 'y',
  });
  t.equal(request({ wire: 'messages' }).headers['anthropic-version'], '2023-06-01');
  const fixed = asking({ headers: { 'OpenAI-Beta': 'ours' } });
  t.equal(fixed({ wire: 'responses', clientHeaders }).headers['openai-beta'], 'ours');
});

t.test('several keys take turns', async (t) => {
  const request = asking({ api_key: ['a', 'b', 'c'].map((key) => new Secret(key)) });
  const used = Array.from({ length: 5 }, () => request().headers['authorization']);
  t.same(used, ['Bearer a', 'Bearer b', 'Bearer c', 'Bearer a', 'Bearer b']);
});

t.test('a server without a key gets no credentials, not even those of a policy', async (t) => {
  const request = asking({ base_url: 'http://127.0.0.1:8000/v1' });
  const { headers } = request({ headers: { authorization: 'Bearer client', cookie: 'a=1' } });
  t.notOk('authorization' in headers);
  t.notOk('cookie' in headers);
});

t.test('a policy adds headers and replaces none that the provider needs', async (t) => {
  const request = asking({ api_key: new Secret('sk-1'), headers: { 'X-Title': 'Sluice' } });
  const { headers } = request({
    headers: {
      'x-team': 'blue',
      'x-title': 'other',
      Authorization: 'Bearer client',
      'content-length': '1',
      host: 'elsewhere',
      connection: 'close',
      traceparent: 'forged',
      'x-request-id': 'forged',
    },
  });
  t.match(headers, {
    'x-team': 'blue',
    'x-title': 'Sluice',
    authorization: 'Bearer sk-1',
    'x-request-id': 'req_1',
  });
  t.match(headers['traceparent'], /^00-/);
  for (const name of ['Authorization', 'content-length', 'host', 'connection'])
    t.notOk(name in headers, name);
});

t.test('one request does not change the next', async (t) => {
  const request = asking({ api_key: new Secret('sk-1') });
  const first = request({ headers: { 'x-team': 'blue' } });
  const second = request({ requestId: 'req_2' });
  t.equal(first.headers['x-request-id'], 'req_1');
  t.notOk('x-team' in second.headers);
});

t.test('a key with a newline at its end is used without it', async (t) => {
  const { headers } = asking({ api_key: new Secret('sk-1\n') })();
  t.equal(headers['authorization'], 'Bearer sk-1');
});

t.test('options that no request could be made with are refused, without showing secrets', async (t) => {
  t.throws(() => provider({ api_key: new Secret('') }), { message: /^api_key is empty/ });
  t.throws(() => provider({ api_key: [new Secret('a'), new Secret(' ')] }), {
    message: /^api_key\[1\] is empty/,
  });
  t.throws(() => provider({ api_key: [] }), { message: /empty list/ });
  t.throws(() => provider({ base_url: 'ftp://host' }), { message: /http or https/ });
  t.throws(() => provider({ base_url: 'api.openai.com/v1' }), { message: /http or https/ });
  t.throws(() => provider({ headers: { 'bad name': 'x' } }), { message: /"bad name"/ });
  for (const options of [{ api_key: new Secret('hush\nhush') }, { base_url: 'https://me:hush@host/v1' }]) {
    let message = '';
    try {
      provider(options);
    } catch (error) {
      message = String(error);
    }
    t.match(message, /must not|cannot|no header/);
    t.notMatch(message, 'hush');
  }
});

t.test('streams are asked for usage unless the server cannot', async (t) => {
  t.equal(provider().streamUsage, true);
  t.equal(provider({ stream_usage: false }).streamUsage, false);
});

t.test('the maker of a model is judged by its name', async (t) => {
  const names = [
    ['gpt-5.2', 'openai'],
    ['o3-mini', 'openai'],
    ['ft:gpt-4o:acme::1', 'openai'],
    ['claude-haiku-4-5', 'anthropic'],
    ['anthropic/claude-opus-4-8', 'anthropic'],
    ['google/gemini-2.0-flash-exp:free', 'google'],
    ['meta-llama/Llama-3.3-70B-Instruct', 'meta'],
    ['nousresearch/hermes-3', 'nousresearch'],
    ['accounts/fireworks/models/deepseek-v3', 'deepseek'],
    ['my-own-model', ''],
  ] as const;
  for (const [model, vendor] of names) t.equal(openAiProvider.vendor(model), vendor, model);
});
