import t from 'tap';
import { chatEvents, chatReply, testGateway } from '../../core/testing.ts';

const config = `
providers:
  local: { kind: openai, base_url: http://local.test/v1 }
  named: { kind: openai, base_url: http://named.test/v1, apis: [responses] }
models:
  local: local/llama
  named: named/llama
`;

const whole = {
  json: {
    id: 'resp_1',
    object: 'response',
    created_at: 1_767_225_600,
    status: 'completed',
    model: 'llama',
    output: [
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'native', annotations: [] }],
      },
    ],
    usage: { input_tokens: 3, output_tokens: 1, total_tokens: 4 },
  },
};
const paths = (upstream: { calls: readonly { request: { path: string } }[] }) =>
  upstream.calls.map(({ request }) => request.path);
const nothing = { status: 404, json: { detail: 'Not Found' } };

t.test('a server that has the Responses API is spoken to in it, untouched', async (t) => {
  const { post, upstream, close } = await testGateway({ config });
  t.teardown(close);
  upstream.reply(whole);
  const body = '{ "model":"local", "input":"Hi", "previous_response_id":"resp_0", "own":1.0 }';
  const answer = await post('/v1/responses', body);
  t.same(await answer.json(), whole.json);
  t.strictSame(paths(upstream), ['/v1/responses']);
  t.equal(upstream.calls[0]!.request.body, body.replace('"local"', '"llama"'));
});

t.test(
  'one that has not is found out with the first request, which is translated all the same',
  async (t) => {
    for (const [name, reply] of Object.entries({
      absent: nothing,
      'method not allowed': { status: 405, json: {} },
      'answers as chat': chatReply('other'),
      'streams as chat': { sse: chatEvents(['other']) },
    })) {
      const { post, upstream, clock, log, close } = await testGateway({ config });
      const stream = 'sse' in reply;
      const fine = stream ? { sse: chatEvents(['fine']) } : chatReply('fine');
      upstream.reply(reply, fine, fine);
      const first = await post('/v1/responses', { model: 'local', input: 'Hi', stream });
      t.equal(first.status, 200, name);
      t.match(await first.text(), /fine/, name);
      await (await post('/v1/responses', { model: 'local', input: 'Hi', stream })).text();
      const chat = '/v1/chat/completions';
      t.strictSame(paths(upstream), ['/v1/responses', chat, chat], name);
      t.ok(
        log.lines.some(({ message }) => /does not have this API/.test(message)),
        name,
      );

      clock.advance(601_000);
      upstream.reply(whole);
      const later = await post('/v1/responses', { model: 'local', input: 'Hi' });
      t.match(await later.text(), /native/, `${name}: it is asked again after a while`);
      await close();
    }
  },
);

t.test('a model that is not there says nothing of the API', async (t) => {
  const { post, upstream, close } = await testGateway({ config });
  t.teardown(close);
  const unknown = { error: { message: 'The model `llama` does not exist', code: 'model_not_found' } };
  upstream.reply({ status: 404, json: unknown }, whole);
  t.equal((await post('/v1/responses', { model: 'local', input: 'Hi' })).status, 404);
  t.equal((await post('/v1/responses', { model: 'local', input: 'Hi' })).status, 200);
  t.strictSame(paths(upstream), ['/v1/responses', '/v1/responses']);
});

t.test('a wrong address is a wrong address', async (t) => {
  const { chat, post, upstream, close } = await testGateway({ config });
  t.teardown(close);
  upstream.reply(nothing, nothing, nothing);
  t.equal((await chat('Hi', { model: 'local' })).status, 502);
  t.equal((await post('/v1/responses', { model: 'local', input: 'Hi' })).status, 502);
});

t.test('where the configuration names the APIs nothing is guessed', async (t) => {
  const { post, upstream, close } = await testGateway({ config });
  t.teardown(close);
  upstream.reply(nothing);
  t.equal((await post('/v1/responses', { model: 'named', input: 'Hi' })).status, 502);
  t.strictSame(paths(upstream), ['/v1/responses']);
});

t.test('what needs the stored state of a server is refused where it has none', async (t) => {
  const { post, upstream, close } = await testGateway({ config });
  t.teardown(close);
  upstream.reply(nothing);
  const answer = await post('/v1/responses', { model: 'local', input: 'Hi', previous_response_id: 'resp_0' });
  t.equal(answer.status, 400);
  t.match(await answer.json(), { error: { code: 'unsupported_parameter', param: 'previous_response_id' } });
});

t.test('tokens are counted by a server that can, and estimated once it shows that it cannot', async (t) => {
  const { post, upstream, close } = await testGateway({ config });
  t.teardown(close);
  const body = { model: 'local', messages: [{ role: 'user', content: 'How many tokens?' }] };
  upstream.reply({ json: { object: 'response.input_tokens', input_tokens: 42 } }, nothing);
  t.same(await (await post('/v1/messages/count_tokens', body)).json(), { input_tokens: 42 });
  for (let asked = 0; asked < 2; asked++) {
    const answer = await post('/v1/messages/count_tokens', body);
    t.equal(answer.status, 200);
    t.not(((await answer.json()) as { input_tokens: number }).input_tokens, 42);
  }
  t.strictSame(paths(upstream), ['/v1/responses/input_tokens', '/v1/responses/input_tokens']);
});
