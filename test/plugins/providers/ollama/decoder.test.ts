import t from 'tap';
import type { JsonObject } from '../../../../sdk/json.ts';
import { context, decodeStream, summary, wire } from './ollama.ts';

const line = (value: JsonObject) => `${JSON.stringify(value)}\n`;
const said = (message: JsonObject, more: JsonObject = {}) =>
  line({ model: 'qwen3:8b', message: { role: 'assistant', content: '', ...message }, done: false, ...more });
const done = (more: JsonObject = {}) =>
  line({
    model: 'qwen3:8b',
    message: { role: 'assistant', content: '' },
    done: true,
    done_reason: 'stop',
    prompt_eval_count: 10,
    eval_count: 5,
    ...more,
  });
const stream = (...lines: string[]) => decodeStream([Buffer.from(lines.join(''))]);

t.test('thinking and text come apart, also where one line holds both', async (t) => {
  const answer = stream(
    said({ thinking: 'Simple' }),
    said({ thinking: '.', content: '4' }),
    said({ content: '2' }),
    done(),
  );
  t.match(answer, { text: '42', reasoning: 'Simple.', finish: 'stop', clean: true });
  t.strictSame(
    answer.events.flatMap((event) => event.chunks.map((chunk) => chunk.type)),
    ['reasoning', 'reasoning', 'text', 'text', 'finish', 'usage'],
  );
  t.equal(answer.decoder.complete, true);
  t.equal(answer.decoder.model, 'qwen3:8b');
});

t.test('calls get ids of their own and indexes that count over the whole answer', async (t) => {
  const call = (city: string) => ({ function: { index: 0, name: 'weather', arguments: { city } } });
  const answer = stream(
    said({ tool_calls: [call('Oslo'), call('Rome')] }),
    said({ tool_calls: [call('Bern')] }),
    done(),
  );
  t.equal(answer.finish, 'tool_calls', 'although done_reason is stop');
  t.strictSame(
    answer.calls.map(({ index, name, arguments: text }) => [index, name, text]),
    [
      [0, 'weather', '{"city":"Oslo"}'],
      [1, 'weather', '{"city":"Rome"}'],
      [2, 'weather', '{"city":"Bern"}'],
    ],
  );
  const ids = answer.calls.map((call) => call.id!);
  t.equal(new Set(ids).size, 3);
  for (const id of ids) t.match(id, /^[a-zA-Z0-9_-]{1,40}$/);
  t.strictSame(
    stream(said({ tool_calls: [call('Oslo'), call('Rome')] }), done()).calls.map((call) => call.id),
    ids.slice(0, 2),
  );
});

t.test('an id that the server gives is kept, and arguments of any form become JSON text', async (t) => {
  const { calls } = stream(
    said({
      tool_calls: [
        { id: 'call_own', function: { name: 'a', arguments: '{"x":1}' } },
        { id: '', function: { name: 'b' } },
        { function: { arguments: {} } },
        'no call',
      ],
    }),
    done(),
  );
  t.match(calls, [
    { id: 'call_own', name: 'a', arguments: '{"x":1}' },
    { id: /^call_[0-9a-f]{24}$/, name: 'b', arguments: '{}' },
  ]);
  t.equal(calls.length, 2);
});

t.test('why an answer ended is told by its words, and length wins over calls', async (t) => {
  const call = said({ tool_calls: [{ function: { name: 'a', arguments: {} } }] });
  t.equal(stream(done({ done_reason: 'length' })).finish, 'length');
  t.equal(stream(call, done({ done_reason: 'length' })).finish, 'length');
  t.equal(stream(done({ done_reason: 'load' })).finish, 'error');
  t.equal(stream(done({ done_reason: 'unload' })).finish, 'error');
  t.equal(stream(done({ done_reason: 'something new' })).finish, 'stop');
  t.equal(stream(line({ model: 'old', message: {}, done: true })).finish, 'stop');
});

t.test('what was not counted is not 0', async (t) => {
  const counts = (more: JsonObject) =>
    stream(line({ message: { content: 'x' }, done: true, done_reason: 'stop', ...more })).usage;
  t.match(counts({ prompt_eval_count: 10, eval_count: 5 }), {
    inputTokens: 10,
    outputTokens: 5,
    estimated: false,
  });
  t.match(counts({ prompt_eval_count: 10 }), { inputTokens: 10, outputTokens: 0, estimated: false });
  t.match(counts({ eval_count: 5 }), { inputTokens: 0, outputTokens: 5, estimated: true });
  t.equal(counts({}), null);
});

t.test('an answer to a prompt that fills the context says so', async (t) => {
  const at = (prompt_eval_count: number, num_ctx?: number) =>
    decodeStream([Buffer.from(done({ prompt_eval_count }))], num_ctx === undefined ? {} : { num_ctx }).opaque;
  t.strictSame(at(4096, 4096), ['prompt beyond num_ctx']);
  t.strictSame(at(4000, 4096), ['prompt beyond num_ctx']);
  t.strictSame(at(2000, 4096), []);
  t.strictSame(at(4096), [], 'the size of the context is not known');
});

t.test('an error in mid-stream is an error, and the answer is not complete', async (t) => {
  const answer = stream(said({ content: 'Hel' }), line({ error: 'an error was encountered' }));
  t.equal(answer.events.at(-1)?.kind, 'error');
  t.equal(answer.events.at(-1)?.data, '{"error":"an error was encountered"}');
  t.equal(answer.decoder.complete, false);
  t.equal(answer.text, 'Hel');
});

t.test('odd lines do not throw: noise is an error, unknown objects are passed over', async (t) => {
  const kinds = (text: string) => stream(text).events.map((event) => event.kind);
  t.strictSame(kinds('data: {}\n'), ['error']);
  t.strictSame(kinds('[1]\n'), ['error']);
  t.strictSame(kinds('null\n'), ['error']);
  t.strictSame(kinds(line({ status: 'pulling manifest' })), ['ignore']);
  t.strictSame(kinds(line({ message: { content: null, tool_calls: null, thinking: null }, done: false })), [
    'chunks',
  ]);
  t.strictSame(kinds(line({ message: 'text', done: false })), ['ignore']);
});

t.test('a second end is no second finish', async (t) => {
  const answer = stream(done(), done());
  t.strictSame(
    answer.events.flatMap((event) => event.chunks).map((chunk) => chunk.type),
    ['finish', 'usage'],
  );
});

t.test('a whole answer is read by the same rules', async (t) => {
  const decoder = wire().decoder(context());
  const whole = decoder.decodeWhole({
    model: 'llama3',
    message: {
      role: 'assistant',
      content: 'Hi',
      tool_calls: [{ function: { name: 'a', arguments: { b: 1 } } }],
    },
    done: true,
    done_reason: 'stop',
    prompt_eval_count: 3,
    eval_count: 2,
  });
  t.equal(whole.kind, 'chunks');
  t.match(summary(whole.chunks), { text: 'Hi', finish: 'tool_calls', usage: { inputTokens: 3 } });
  for (const body of [{}, { error: 'no' }, { error: { message: 'no' } }, { detail: 'x' }]) {
    t.equal(wire().decoder(context()).decodeWhole(body).kind, 'error');
  }
});
