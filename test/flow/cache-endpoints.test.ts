import t from 'tap';
import { chatReply, type ScriptedReply, testGateway } from '../../core/testing.ts';

const policies = { '50-cache.yaml': 'plugin: semantic-cache' };
const config = `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
  claude: { kind: anthropic, base_url: http://claude.test, api_key: sk-test-claude }
models: { gpt: up/model, claude: claude/model }
stores: { vectors: memory }
`;
const question = 'How do I reset my password?';
const reworded = 'How can I reset my password?';

const bodies: Record<string, (text: string) => object> = {
  '/v1/chat/completions': (text) => ({ max_tokens: 100, messages: [{ role: 'user', content: text }] }),
  '/v1/messages': (text) => ({ max_tokens: 100, messages: [{ role: 'user', content: text }] }),
  '/v1/responses': (text) => ({ max_output_tokens: 100, input: text, store: false }),
};
const paths = Object.keys(bodies);

const fromClaude: ScriptedReply = {
  json: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-x',
    content: [{ type: 'text', text: 'Click the link.' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 7, output_tokens: 4 },
  },
};

/** Text, end, and tokens in and out of an answer, as the endpoint's clients read them; the last of each in a stream. */
function read(path: string, type: string, text: string) {
  const events = type.startsWith('text/event-stream')
    ? text
        .split('\n')
        .filter((line) => line.startsWith('data: ') && line !== 'data: [DONE]')
        .map((line) => JSON.parse(line.slice('data: '.length)) as Json)
    : null;
  const whole = events === null ? (JSON.parse(text) as Json) : null;
  if (path === '/v1/chat/completions') {
    const last = events?.findLast(({ usage }) => usage) ?? whole;
    const choices = (events ?? [whole!]).flatMap((event) => event['choices'] as Json[]);
    return {
      text: choices.map(({ delta, message }) => (delta ?? message)?.content ?? '').join(''),
      end: choices.findLast(({ finish_reason }) => finish_reason)?.finish_reason,
      tokens: [last?.usage?.prompt_tokens, last?.usage?.completion_tokens],
    };
  }
  if (path === '/v1/messages') {
    const start = events?.find((event) => event.type === 'message_start')?.message;
    const end = events?.find((event) => event.type === 'message_delta');
    const texts =
      events?.map((event) => event.delta?.text ?? '') ?? whole!.content.map((it: Json) => it.text);
    return {
      text: texts.join(''),
      end: end?.delta.stop_reason ?? whole?.stop_reason,
      tokens: [
        end?.usage.input_tokens ?? start?.usage.input_tokens ?? whole?.usage.input_tokens,
        end?.usage.output_tokens ?? whole?.usage.output_tokens,
      ],
    };
  }
  const done = events?.findLast((event) => event.type === 'response.completed')?.response ?? whole;
  return {
    text: done.output
      .flatMap((item: Json) => item.content ?? [])
      .map((part: Json) => part.text)
      .join(''),
    end: done.status,
    tokens: [done.usage.input_tokens, done.usage.output_tokens],
  };
}
// biome-ignore lint/suspicious/noExplicitAny: answers of three endpoints, read as their clients do
type Json = Record<string, any>;

const ends: Record<string, string> = {
  '/v1/chat/completions': 'stop',
  '/v1/messages': 'end_turn',
  '/v1/responses': 'completed',
};

for (const [model, reply, tokens] of [
  ['gpt', chatReply('Click the link.'), [5, 3]],
  ['claude', fromClaude, [7, 4]],
] as const) {
  for (const first of paths) {
    t.test(
      `what ${model} answered at ${first} is the answer of every endpoint, whole and streamed`,
      async (t) => {
        const { post, upstream, close } = await testGateway({ config, policies });
        t.teardown(close);
        upstream.otherwise(() => reply);
        const asked = await post(first, { model, ...bodies[first]!(question) });
        t.equal(asked.headers.get('x-gateway-cache'), 'miss');
        t.match(read(first, 'application/json', await asked.text()), { text: 'Click the link.' });
        // The provider may have been asked in two of its APIs.
        const calls = upstream.calls.length;
        for (const path of paths) {
          for (const stream of [false, true]) {
            for (const [text, source] of [
              [question, 'exact'],
              [reworded, 'semantic'],
            ] as const) {
              const options =
                path === '/v1/chat/completions' && stream ? { stream_options: { include_usage: true } } : {};
              const hit = await post(path, { model, stream, ...options, ...bodies[path]!(text) });
              const name = `${path} ${source}${stream ? ' streamed' : ''}`;
              t.equal(hit.headers.get('x-gateway-cache'), source, name);
              const type = hit.headers.get('content-type') ?? '';
              t.match(type, stream ? 'text/event-stream' : 'application/json', name);
              t.same(
                read(path, type, await hit.text()),
                { text: 'Click the link.', end: ends[path], tokens },
                name,
              );
            }
          }
        }
        t.equal(upstream.calls.length, calls);
      },
    );
  }
}

t.test('what is under way at one endpoint is waited for at the others', async (t) => {
  const { post, upstream, close } = await testGateway({ config, policies });
  t.teardown(close);
  const stream = upstream.open();
  const first = post('/v1/chat/completions', { model: 'gpt', ...bodies['/v1/chat/completions']!(question) });
  for (let turn = 0; turn < 1000 && upstream.calls.length === 0; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const second = post('/v1/messages', { model: 'gpt', ...bodies['/v1/messages']!(question) });
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  stream.head(200, { 'content-type': 'application/json' });
  stream.bytes(JSON.stringify(chatReply('One').json));
  stream.end();
  t.equal((await first).headers.get('x-gateway-cache'), 'miss');
  const followed = await second;
  t.equal(followed.headers.get('x-gateway-cache'), 'exact');
  t.match(await followed.json(), { type: 'message', content: [{ type: 'text', text: 'One' }] });
  t.equal(upstream.calls.length, 1);
});
