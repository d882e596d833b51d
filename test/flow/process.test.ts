import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { serveProcess } from './serve-process.ts';

const chat = (url: string, model: string, more: object = {}, init: RequestInit = {}) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content: 'Say hello to everybody here' }],
      ...more,
    }),
    ...init,
  });

t.test('the defaults serve, and SIGTERM lets streams finish and exits 0', async (t) => {
  const served = await serveProcess(['--policies', t.testdir({})]);
  t.teardown(() => served.child.kill('SIGKILL'));
  t.comment(`ready after ${Math.round(served.startMs)} ms`);
  t.match(await (await fetch(`${served.url}/health`)).text(), /ok/);
  const stream = await chat(served.url, 'mock/gpt+chunk-30ms', { stream: true });
  const reader = stream.body!.getReader();
  let text = Buffer.from((await reader.read()).value!).toString();
  const stopped = served.stop('SIGTERM');
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    text += Buffer.from(value).toString();
  }
  t.ok(text.endsWith('data: [DONE]\n\n'), 'the stream finished');
  t.strictSame(await stopped, { code: 0, signal: null });
  await t.rejects(fetch(`${served.url}/health`), 'nothing is accepted any more');
});

t.test(
  'a stream that outlives the drain ends with an error event, and the process still exits 0',
  async (t) => {
    const dir = t.testdir({ policies: {}, 'gateway.yaml': 'server: { drain_timeout: 100ms }\n' });
    const served = await serveProcess(['--policies', `${dir}/policies`, '--config', `${dir}/gateway.yaml`]);
    t.teardown(() => served.child.kill('SIGKILL'));
    const stream = await chat(served.url, 'mock/gpt+chunk-400ms', { stream: true });
    const stopped = served.stop('SIGTERM');
    const text = await stream.text();
    t.match(text, /"code":"draining"/);
    t.notMatch(text, /\[DONE\]/);
    t.strictSame(await stopped, { code: 0, signal: null });
  },
);

t.test('bad input of every kind gets its clear error and the process goes on', async (t) => {
  const served = await serveProcess(['--policies', t.testdir({})]);
  t.teardown(() => served.stop('SIGTERM'));
  const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
    fetch(`${served.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: new Uint8Array(Buffer.from(body as string)),
    });
  const big = JSON.stringify({
    model: 'mock',
    messages: [{ role: 'user', content: 'x'.repeat(25_000_000) }],
  });
  const cases: [string, Promise<Response>, number, string][] = [
    ['invalid JSON', post('/v1/chat/completions', '{"model":'), 400, 'invalid_request'],
    ['invalid UTF-8', post('/v1/chat/completions', Buffer.from([0x7b, 0xff, 0x7d])), 400, 'invalid_request'],
    ['an empty body', post('/v1/chat/completions', ''), 400, 'invalid_request'],
    ['25 MB', post('/v1/chat/completions', big), 413, 'request_too_large'],
    ['deep nesting', post('/v1/chat/completions', '['.repeat(100_000)), 400, 'invalid_request'],
    [
      'a compressed body',
      post('/v1/chat/completions', 'x', { 'content-encoding': 'gzip' }),
      415,
      'unsupported_media_type',
    ],
    ['an unknown model', chat(served.url, 'smrt'), 404, 'model_not_found'],
    ['an unknown provider', chat(served.url, 'nobody/x'), 404, 'model_not_found'],
    [
      'a bad timeout',
      chat(served.url, 'mock', {}, { headers: { 'x-sluice-timeout': 'soon' } }),
      400,
      'invalid_request',
    ],
    [
      'a bad tenant',
      chat(served.url, 'mock', {}, { headers: { 'x-tenant-id': 'a b' } }),
      400,
      'invalid_request',
    ],
    ['an unknown path', post('/v1/nothing', '{}'), 404, 'not_found'],
  ];
  for (const [name, pending, status, code] of cases) {
    const response = await pending;
    t.equal(response.status, status, name);
    t.match(await response.json(), { error: { code, message: /./ } }, name);
  }
  t.equal((await chat(served.url, 'mock')).status, 200);
});

t.test(
  'a client that reads only once it has sent all of a body that is too large gets its answer',
  async (t) => {
    const served = await serveProcess(['--policies', t.testdir({})]);
    t.teardown(() => served.stop('SIGTERM'));
    const { hostname, port } = new URL(served.url);
    const client = connect(Number(port), hostname).pause();
    await once(client, 'connect');
    const bytes = 30_000_000;
    client.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${bytes}\r\n\r\n`);
    await new Promise<void>((resolve, reject) => {
      client.once('error', reject);
      client.write(Buffer.alloc(bytes, 0x20), () => resolve());
    });
    let answer = '';
    for await (const piece of client) answer += piece;
    t.match(answer, /^HTTP\/1\.1 413 [\s\S]*request_too_large/);
  },
);

t.test('a client that hangs up in mid-request leaves nothing behind', async (t) => {
  const served = await serveProcess(['--policies', t.testdir({})]);
  t.teardown(() => served.stop('SIGTERM'));
  const { hostname, port } = new URL(served.url);
  const half = connect(Number(port), hostname);
  await once(half, 'connect');
  half.write('POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"model"');
  const leave = new AbortController();
  const hanging = chat(served.url, 'mock/gpt+slow-30s', {}, { signal: leave.signal });
  const ready = async () =>
    (await (await fetch(`${served.url}/health/ready`)).json()) as { in_flight: number };
  while ((await ready()).in_flight === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  half.destroy();
  leave.abort();
  await t.rejects(hanging);
  while ((await ready()).in_flight > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  t.equal((await chat(served.url, 'mock')).status, 200);
});

t.test(
  'nothing starts with a wrong configuration or a wrong folder, and every problem is printed with its line',
  async (t) => {
    const dir = t.testdir({
      policies: { '10-a.policy.ts': 'export const a = ;\n', '20-b.yaml': 'plugin: nothing\n' },
      empty: {},
      'gateway.yaml': 'server: { prt: 4000 }\nmodels: { a: nobody/x }\n',
      'open.yaml': 'server: { host: 0.0.0.0 }\n',
    });
    await t.rejects(serveProcess(['--policies', `${dir}/policies`]), {
      message: /10-a\.policy\.ts:1:\d+: error[\s\S]*20-b\.yaml:1:\d+: error/,
    });
    await t.rejects(serveProcess(['--policies', `${dir}/empty`, '--config', `${dir}/gateway.yaml`]), {
      message: /gateway\.yaml:1:\d+: error: .*prt.*port[\s\S]*gateway\.yaml:2:\d+: error: .*nobody/,
    });
    await t.rejects(serveProcess(['--policies', `${dir}/empty`, '--config', `${dir}/open.yaml`]), {
      message: /open\.yaml:1:\d+: error: .*master_key/,
    });
  },
);
