import t from 'tap';
import { testGateway } from '../../../core/testing.ts';

const config = `
auth: { master_key: sk-master }
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
models: { test: up/model }
`;
const master = { authorization: 'Bearer sk-master' };

async function gateway(t: Tap, options = '', files: Record<string, string> = {}) {
  const started = await testGateway({
    config,
    data: t.testdir(),
    policies: {
      '10-keys.yaml': 'plugin: keys\n',
      '35-prompts.yaml': `plugin: prompts\n${options}`,
      'prompts/filed.md': '---\nname: filed\n---\nFrom a file.\n',
      ...files,
    },
  });
  t.teardown(() => started.close());
  const json = async (answer: Promise<Response>) => {
    const got = await answer;
    return { status: got.status, body: (await got.json()) as Record<string, unknown> };
  };
  return {
    ...started,
    read: (path: string, headers: Record<string, string> = master) => json(started.get(path, headers)),
    write: (path: string, body: unknown, headers: Record<string, string> = master) =>
      json(started.post(path, body, headers)),
    said: async (prompt: unknown) => {
      const answer = await started.chat('Hi', { prompt }, master);
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(text);
      const { messages } = started.upstream.calls.at(-1)!.json as { messages: { content: string }[] };
      return messages[0]!.content;
    },
  };
}
type Tap = Pick<typeof t, 'testdir' | 'teardown'>;

t.test('versions are written once, labels move, a request follows them at once', async (t) => {
  const { write, read, said } = await gateway(t);
  const first = await write('/v1/prompts', { name: 'hello', text: 'One {{x}}', variables: { x: 'string' } });
  t.equal(first.status, 201, JSON.stringify(first.body));
  t.match(first.body, { object: 'prompt.version', name: 'hello', version: '1', source: 'store', labels: [] });
  const second = await write('/v1/prompts', { name: 'hello', text: 'Two', labels: ['production'] });
  t.match(second.body, { version: '2', labels: ['production'] });
  t.match(await write('/v1/prompts', { name: 'hello', version: '2', text: 'Other' }), { status: 409 });
  t.equal(await said({ id: 'hello' }), 'Two');
  t.equal(await said({ id: 'hello', version: '1', variables: { x: 'y' } }), 'One y');
  const moved = await write('/v1/prompts/hello/labels', { production: '1' });
  t.match(moved, { status: 200, body: { labels: { production: { 1: 1 } } } });
  t.equal(await said({ id: 'hello', variables: { x: 'back' } }), 'One back', 'rolled back by label');
  t.match(await write('/v1/prompts/hello/labels', { canary: { 1: 1, 2: 3 }, production: null }), {
    body: { labels: { canary: { 1: 1, 2: 3 } } },
  });
  t.equal(await said({ id: 'hello' }), 'Two', 'without the label the latest');

  t.match(await read('/v1/prompts'), {
    status: 200,
    body: {
      object: 'list',
      data: [
        { name: 'filed', source: 'file' },
        { name: 'hello', latest: '2' },
      ],
      has_more: false,
    },
  });
  t.match(await read('/prompts?limit=1'), { body: { data: [{ name: 'filed' }], has_more: true } });
  t.match(await read('/v1/prompts?limit=1&after=filed'), {
    body: { data: [{ name: 'hello' }], has_more: false },
  });
  t.match(await read('/v1/prompts/hello'), { body: { versions: [{ version: '1' }, { version: '2' }] } });
  t.match(await read('/v1/prompts/hello/versions/1'), {
    body: { text: 'One {{x}}', variables: { x: 'string' }, version: '1' },
  });
  t.match(await read('/v1/prompts/filed/versions/1'), { body: { text: 'From a file.', created_at: null } });
});

t.test('what cannot be is refused in words', async (t) => {
  const { write, read } = await gateway(t);
  await write('/v1/prompts', { name: 'hello', text: 'One', labels: ['live'] });
  const refused = async (path: string, body: unknown, message: RegExp, status = 400) => {
    const { status: got, body: answer } = await write(path, body);
    t.equal(got, status, JSON.stringify(answer));
    t.match(answer, { error: { message } });
  };
  await refused('/v1/prompts', { name: 'a b', text: 'x' }, /name: expected/);
  await refused('/v1/prompts', { text: 'x' }, /name: expected/);
  await refused('/v1/prompts', { name: 'x' }, /either messages or a text/);
  await refused('/v1/prompts', { name: 'x', text: '{{y}}' }, /\{\{y\}\} is not among/);
  await refused('/v1/prompts', { name: 'x', text: 'y', txt: 'z' }, /txt: no such member/);
  await refused('/v1/prompts', { name: 'x', text: 'y', labels: ['a b'] }, /labels: expected/);
  await refused('/v1/prompts', { name: 'hello', text: 'y', labels: ['1'] }, /"1" is one/);
  await refused('/v1/prompts', { name: 'hello', text: 'y', version: 'live' }, /no label of the prompt/);
  await refused('/v1/prompts', { name: 'x', text: 'y', version: 3 }, /version: expected/);
  await refused('/v1/prompts', { name: 'filed', text: 'y' }, /is in files/, 409);
  await refused('/v1/prompts', '[]', /body is JSON, but no object/);
  await refused('/v1/prompts/filed/labels', { a: '1' }, /is in files/, 409);
  await refused('/v1/prompts/hello/labels', { a: '7' }, /versions of "hello": 1/);
  await refused('/v1/prompts/hello/labels', { a: { 1: 0 } }, /weights from 1/);
  await refused('/v1/prompts/nobody/labels', { a: '1' }, /no prompt "nobody"/, 404);
  t.match(await read('/v1/prompts/nobody'), { status: 404 });
  t.match(await read('/v1/prompts/hello/versions/live'), { status: 404 });
  t.match(await read('/v1/prompts?limit=0'), { status: 400 });
  t.match(await read('/v1/prompts?lmit=1'), {
    status: 400,
    body: { error: { message: /did you mean "limit"/ } },
  });
});

t.test('only the master key writes; who may read is an option', async (t) => {
  const { write, read } = await gateway(t);
  const { body: made } = await write('/key/generate', {});
  const key = { authorization: `Bearer ${String(made['key'])}` };
  t.match(await write('/v1/prompts', { name: 'x', text: 'y' }, key), { status: 401 });
  t.match(await read('/v1/prompts', key), { status: 401 });
  t.match(await read('/v1/prompts', {}), { status: 401 });
  const open = await gateway(t, 'read_access: client\n');
  const { body: other } = await open.write('/key/generate', {});
  const client = { authorization: `Bearer ${String(other['key'])}` };
  t.match(await open.read('/v1/prompts', client), { status: 200 });
  t.match(await open.read('/v1/prompts', { authorization: 'Bearer sk-nobody' }), { status: 401 });
  t.match(await open.read('/v1/prompts', {}), { status: 401 });
  t.match(await open.write('/v1/prompts', { name: 'x', text: 'y' }, client), { status: 401 });
});

t.test('without the plugin there is no such path', async (t) => {
  const { get, close } = await testGateway();
  t.teardown(close);
  t.equal((await get('/v1/prompts')).status, 404);
});

t.test('without a place for them prompts come from files, and writing says what is missing', async (t) => {
  const { chat, post, close } = await testGateway({
    policies: { '35-prompts.yaml': 'plugin: prompts', 'prompts/filed.md': '---\nname: filed\n---\nHi.\n' },
  });
  t.teardown(close);
  t.equal((await chat('Hi', { prompt: { id: 'filed' } })).status, 200);
  const refused = await post('/v1/prompts', { name: 'x', text: 'y' });
  t.equal(refused.status, 503);
  t.match(await refused.text(), /--data/);
});
