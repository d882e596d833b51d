import OpenAI from 'openai';
import t, { type Test } from 'tap';
import type { MockOptions } from '../../../../plugins/providers/mock/options.ts';
import { type MockServer, serveMock } from '../../../../plugins/providers/mock/server.ts';
import type { Clock } from '../../../../sdk/services.ts';

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

async function serve(t: Test, options: MockOptions = {}): Promise<MockServer & { readonly client: OpenAI }> {
  const server = await serveMock({ port: 0, clock, options });
  t.teardown(() => server.close());
  return { ...server, client: new OpenAI({ baseURL: server.url, apiKey: 'any', maxRetries: 0 }) };
}

const messages = [{ role: 'user' as const, content: 'Hello there' }];

t.test("OpenAI's own client gets answers, whole and streamed", async (t) => {
  const { client } = await serve(t);
  const whole = await client.chat.completions.create({ model: 'gpt', messages });
  t.equal(whole.choices[0]?.message.content, 'Mock answer to: Hello there');
  let text = '';
  for await (const chunk of await client.chat.completions.create({ model: 'gpt', messages, stream: true })) {
    text += chunk.choices[0]?.delta.content ?? '';
  }
  t.equal(text, 'Mock answer to: Hello there');
});

t.test("OpenAI's own client gets embeddings, models and errors", async (t) => {
  const { client } = await serve(t, { scenarios: { busy: { error: 429 } } });
  const { data } = await client.embeddings.create({ model: 'embed', input: ['a', 'b'] });
  t.equal(data[1]?.embedding.length, 256);
  const names: string[] = [];
  for await (const { id } of client.models.list()) names.push(id);
  t.ok(names.includes('gpt') && names.includes('busy'));
  await t.rejects(client.chat.completions.create({ model: 'busy', messages }), {
    status: 429,
    code: 'rate_limit_exceeded',
  });
});

t.test('a cut stream loses nothing of what came before, and has no clean end', async (t) => {
  const { url } = await serve(t);
  const response = await post(url, { model: 'gpt+cut-3', messages, stream: true });
  let text = '';
  await t.rejects(async () => {
    for await (const piece of response.body!) text += Buffer.from(piece).toString();
  });
  t.equal(text.split('\n\n').length - 1, 3);
});

t.test('a reset is seen as one', async (t) => {
  const { url } = await serve(t);
  await t.rejects(post(url, { model: 'gpt+reset', messages }));
});

t.test('the prefix /v1 is optional, health answers, other paths are named', async (t) => {
  const { port } = await serve(t);
  const at = `http://127.0.0.1:${port}`;
  t.equal((await post(at, { model: 'gpt', messages })).status, 200);
  t.same(await (await fetch(`${at}/health`)).json(), { status: 'ok' });
  const wrong = await fetch(`${at}/v1/images`);
  t.equal(wrong.status, 404);
  t.match(await wrong.json(), { error: { message: /no GET \/images/ } });
});

t.test('a client that goes away ends its stream, and closing ends those that never end', async (t) => {
  const server = await serve(t);
  const abort = new AbortController();
  const body = JSON.stringify({ model: 'gpt+stall-1', messages, stream: true });
  const gone = await fetch(`${server.url}/chat/completions`, { method: 'POST', body, signal: abort.signal });
  abort.abort();
  await t.rejects(gone.text());
  const stalled = await fetch(`${server.url}/chat/completions`, { method: 'POST', body });
  await server.close();
  await t.rejects(stalled.text());
});

t.test('an address that is taken is an error', async (t) => {
  const { port } = await serve(t);
  await t.rejects(serveMock({ port, clock }), { code: 'EADDRINUSE' });
});

function post(url: string, body: object): Promise<Response> {
  return fetch(`${url}/chat/completions`, { method: 'POST', body: JSON.stringify(body) });
}
