import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { jsonTextFrom } from '../../../../core/body/json-text.ts';
import { chatDialect } from '../../../../core/dialects/chat/dialect.ts';
import type { AnswerCodec } from '../../../../core/dialects/dialect.ts';
import { AnswerBuilder } from '../../../../core/response/answer.ts';
import { createChain } from '../../../../core/response/chain.ts';
import { SseDecoder } from '../../../../core/response/sse-decoder.ts';
import type { Chunk } from '../../../../sdk/chunk.ts';
import { GatewayError } from '../../../../sdk/errors.ts';
import type { Json, JsonObject } from '../../../../sdk/json.ts';

const codec = () =>
  chatDialect.codec({ id: 'req_abc', createdAtMs: 1_700_000_000_500, model: 'alias', vendor: '' });
const event = (delta: Json, more: JsonObject = {}, top: JsonObject = {}) =>
  JSON.stringify({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 5,
    model: 'm1',
    choices: [{ index: 0, delta, finish_reason: null, ...more }],
    ...top,
  });
const usage = { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 };
const text = (value: string): Chunk => ({ type: 'text', choice: 0, text: value });

/** The payloads of SSE text. */
function payloads(sse: string): string[] {
  const out: string[] = [];
  const decoder = new SseDecoder((data) => out.push(data));
  decoder.push(Buffer.from(sse));
  assert.ok(decoder.end());
  return out;
}
const json = (sse: string) =>
  payloads(sse).map((data) => (data === '[DONE]' ? data : (JSON.parse(data) as JsonObject)));
const deltas = (sse: string) =>
  json(sse).map((it) =>
    typeof it === 'string' ? it : ((it['choices'] as JsonObject[])[0]?.['delta'] ?? it['usage']),
  );

/** Decodes one event and encodes it with its chunks mapped. */
function pass(it: AnswerCodec, data: string, map: (chunks: readonly Chunk[]) => readonly Chunk[]): string {
  const decoded = it.decodeEvent(data, '');
  return it.encodeEvent(decoded, map(decoded.chunks));
}

t.test('an unchanged event leaves as it came, unknown fields and all', async (t) => {
  const data = '{"id":"c1", "big":12345678901234567890,"choices":[{"delta":{"content":"a"}}]}';
  t.equal(
    pass(codec(), data, (chunks) => chunks),
    `data: ${data}\n\n`,
  );
  t.equal(
    pass(codec(), data, (chunks) => [...chunks]),
    `data: ${data}\n\n`,
  );
});

t.test('a changed text is replaced and everything else stays byte for byte', async (t) => {
  const data =
    '{"id":"c1", "big":12345678901234567890,"choices":[{"delta":{"content":"a","z":[1.0]},"logprobs":{"content":[]}}]}';
  t.equal(
    pass(codec(), data, (chunks) => chunks.map((chunk) => (chunk.type === 'text' ? text('b') : chunk))),
    `data: ${data.replace('"a"', '"b"').replace('{"content":[]}', 'null')}\n\n`,
    'log probabilities would spell the old text out',
  );
});

t.test('an event whose text was dropped vanishes unless something else is in it', async (t) => {
  const it = codec();
  t.equal(
    pass(it, event({ role: 'assistant', content: 'a' }), () => []),
    `data: ${event({ role: 'assistant', content: '' })}\n\n`,
    'the role still has to be told',
  );
  t.equal(
    pass(it, event({ role: 'assistant', content: 'a' }), () => []),
    '',
    'once',
  );
  t.equal(
    pass(it, event({ content: 'a' }, { finish_reason: 'stop' }), (chunks) =>
      chunks.filter((chunk) => chunk.type === 'finish'),
    ),
    `data: ${event({ content: '' }, { finish_reason: 'stop' })}\n\n`,
  );
  t.equal(
    pass(it, event({ content: 'a', audio: { id: 'x' } }), (chunks) =>
      chunks.filter((chunk) => chunk.type === 'opaque'),
    ),
    `data: ${event({ content: '', audio: { id: 'x' } })}\n\n`,
  );
});

t.test('a field that nobody interprets is a chunk that a step can drop', async (t) => {
  const decoded = codec().decodeEvent(event({ content: 'a', audio: { id: 'x' }, annotations: [] }), '');
  t.same(decoded.chunks, [
    text('a'),
    { type: 'opaque', name: 'audio', value: { choice: 0, fields: { audio: { id: 'x' } } } },
  ]);
  t.equal(
    codec().encodeEvent(decoded, [decoded.chunks[0] as Chunk]),
    `data: ${event({ content: 'a', annotations: [] })}\n\n`,
  );
});

t.test(
  'chunks that the event has no place for are said under the stream’s own id, before what follows them',
  async (t) => {
    const it = codec();
    pass(it, event({ role: 'assistant', content: 'a' }), (chunks) => chunks);
    const out = pass(it, event({}, { finish_reason: 'stop' }), (chunks) => [text('held'), ...chunks]);
    t.same(json(out), [
      {
        id: 'c1',
        object: 'chat.completion.chunk',
        created: 5,
        model: 'm1',
        choices: [{ index: 0, delta: { content: 'held' }, logprobs: null, finish_reason: null }],
      },
      JSON.parse(event({}, { finish_reason: 'stop' })),
    ]);
  },
);

t.test('Azure’s first event passes, and its empty id and model are not the stream’s', async (t) => {
  const it = codec();
  const first = '{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[]}';
  t.equal(
    pass(it, first, (chunks) => chunks),
    `data: ${first}\n\n`,
  );
  t.equal(it.model, null);
  pass(it, event({ role: 'assistant' }), (chunks) => chunks);
  t.equal(it.model, 'm1');
  t.match(json(it.encodeChunks([text('x')]))[0], { id: 'c1', model: 'm1', created: 5 });
});

t.test('usage that the client did not ask for leaves no trace', async (t) => {
  const it = codec();
  const hide = (chunks: readonly Chunk[]) => chunks.filter((chunk) => chunk.type !== 'usage');
  t.equal(pass(it, JSON.stringify({ id: 'c1', choices: [], usage }), hide), '');
  t.equal(
    pass(it, event({ role: 'assistant', content: '' }, {}, { usage: null }), hide),
    `data: ${event({ role: 'assistant', content: '' }, {}, { usage: null })}\n\n`,
  );
  t.equal(
    pass(it, event({}, { finish_reason: 'stop' }, { usage, x_groq: { id: 'r', usage } }), hide),
    `data: ${event({}, { finish_reason: 'stop' }, { x_groq: { id: 'r' } })}\n\n`,
  );
  t.equal(
    pass(it, event({ role: 'assistant', content: '' }, {}, { usage }), hide),
    '',
    'OpenRouter’s empty delta',
  );
});

t.test('an end and a usage that waited leave with the fields of their own events', async (t) => {
  const it = codec();
  const chain = createChain([
    { kind: 'transform', transform: { push: (chunk, emit) => emit(chunk), end: (emit) => emit(text('!')) } },
  ]);
  const last = event(
    { content: 'b' },
    { finish_reason: 'stop', native_finish_reason: 'end' },
    { service_tier: 'x' },
  );
  const count = JSON.stringify({ id: 'c1', choices: [], usage: { ...usage, cost: 0.5 } });
  let out = '';
  for (const data of [event({ role: 'assistant', content: 'a' }), last, count]) {
    const decoded = it.decodeEvent(data, '');
    out += it.encodeEvent(decoded, chain.push(decoded.chunks));
  }
  t.same(deltas(out), [{ role: 'assistant', content: 'a' }, { content: 'b' }]);
  t.match(json(out)[1], { choices: [{ finish_reason: null }] });
  const end = json(it.encodeChunks(chain.end()));
  t.match(end, [
    { choices: [{ delta: { content: '!' } }] },
    {
      service_tier: 'x',
      choices: [{ delta: { content: '' }, finish_reason: 'stop', native_finish_reason: 'end' }],
    },
    { choices: [], usage: { cost: 0.5 } },
  ]);
});

t.test(
  'an answer that is told anew, after its first telling was thrown away, names its role again',
  async (t) => {
    const it = codec();
    const all: Chunk[] = [];
    for (const data of [
      event({ role: 'assistant', content: 'a' }),
      event({}, { finish_reason: 'stop' }, { service_tier: 'x' }),
    ]) {
      const decoded = it.decodeEvent(data, '');
      it.encodeEvent(decoded, decoded.chunks);
      all.push(...decoded.chunks);
    }
    const out = it.encodeChunks([text('b'), ...all.slice(1)]);
    t.same(deltas(out), [{ role: 'assistant', content: 'b' }, {}]);
    t.match(json(out)[1], { service_tier: 'x' });
  },
);

t.test('reasoning is read from either field and its signed copy does not keep changed text', async (t) => {
  const data = event({
    content: '',
    reasoning: 'why',
    reasoning_details: [
      { type: 'reasoning.text', text: 'why' },
      { type: 'reasoning.encrypted', data: 'x' },
    ],
  });
  const out = pass(codec(), data, (chunks) =>
    chunks.map((chunk) => (chunk.type === 'reasoning' ? { ...chunk, text: 'W' } : chunk)),
  );
  t.same(deltas(out), [
    { content: '', reasoning: 'W', reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] },
  ]);
  const both = codec().decodeEvent(event({ reasoning: 'why', reasoning_content: 'why' }), '');
  t.same(both.chunks, [{ type: 'reasoning', choice: 0, text: 'why' }]);
});

t.test('arguments of tool calls are changed in place and dropped with their entry', async (t) => {
  const calls = [
    { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } },
    { index: 1, id: 'b', type: 'function', function: { name: 'g', arguments: '[]' } },
  ];
  const out = pass(codec(), event({ role: 'assistant', tool_calls: calls }), ([, second]) => [
    { ...(second as Chunk & { type: 'tool_call' }), arguments: '{"x":1}' },
  ]);
  t.same(deltas(out), [
    { role: 'assistant', tool_calls: [{ ...calls[1], function: { name: 'g', arguments: '{"x":1}' } }] },
  ]);
});

t.test('errors in a stream are errors, with what else the event says', async (t) => {
  t.equal(codec().decodeEvent('{"error":{"message":"x"}}', '').kind, 'error');
  t.equal(codec().decodeEvent('{"object":"error","message":"x"}', '').kind, 'error');
  t.equal(codec().decodeEvent('{"detail":"x"}', '').kind, 'error');
  t.equal(codec().decodeEvent('{"message":"x"}', 'error').kind, 'error');
  t.equal(codec().decodeEvent('<html>', '').kind, 'error');
  t.equal(codec().decodeEvent('[1]', '').kind, 'error');
  const both = codec().decodeEvent(event({}, {}, { error: { code: 400 }, usage }), '');
  t.equal(both.kind, 'error');
  t.equal(both.chunks[0]?.type, 'usage');
});

t.test('there is exactly one [DONE], and none after an error', async (t) => {
  const it = codec();
  t.equal(it.encodeEvent(it.decodeEvent('[DONE]', ''), []), 'data: [DONE]\n\n');
  t.equal(it.encodeEnd(), '');
  const failed = codec();
  t.same(json(failed.encodeError(new GatewayError('stream_interrupted', 'cut'))), [
    { error: { message: 'cut', type: 'server_error', param: null, code: 'stream_interrupted' } },
  ]);
  t.equal(failed.encodeEnd(), '');
});

t.test('an answer is complete when every choice has ended', async (t) => {
  const it = codec();
  t.equal(it.complete, false);
  it.decodeEvent(event({ content: 'a' }), '');
  it.decodeEvent(event({ content: 'a' }, { index: 1, finish_reason: 'stop' }), '');
  t.equal(it.complete, false);
  it.decodeEvent(event({}, { finish_reason: 'some_new_word' }), '');
  t.equal(it.complete, true);
});

t.test('a finish follows from what came: calls beat stop, length beats calls', async (t) => {
  const finish = (delta: Json, word: string) => {
    const { chunks } = codec().decodeEvent(event(delta, { finish_reason: word }), '');
    return (chunks.at(-1) as Chunk & { type: 'finish' }).reason;
  };
  const call = { tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '' } }] };
  t.equal(finish(call, 'stop'), 'tool_calls');
  t.equal(finish(call, 'length'), 'length');
  t.equal(finish({}, 'tool_calls'), 'stop');
  t.equal(finish({}, 'constructor'), 'stop');
  t.equal(finish({}, 'content_filter'), 'content_filter');
});

const canned: Chunk[] = [
  { type: 'reasoning', choice: 0, text: 'hm' },
  text('Hi'),
  { type: 'tool_call', choice: 0, index: 0, name: 'f', arguments: '{"a":' },
  { type: 'tool_call', choice: 0, index: 0, arguments: '1}' },
  { type: 'finish', choice: 0, reason: 'tool_calls' },
  {
    type: 'usage',
    usage: {
      inputTokens: 4,
      cacheReadTokens: 3,
      cacheWrite5mTokens: 2,
      cacheWrite1hTokens: 1,
      outputTokens: 5,
      reasoningTokens: 1,
      estimated: false,
    },
  },
];
const cannedUsage = {
  prompt_tokens: 10,
  completion_tokens: 5,
  total_tokens: 15,
  prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 3 },
  completion_tokens_details: { reasoning_tokens: 1 },
};

t.test('a canned answer streams with its role first and its usage last', async (t) => {
  const it = codec();
  const out = it.encodeChunks(canned) + it.encodeEnd();
  t.same(deltas(out), [
    { role: 'assistant', reasoning_content: 'hm' },
    { content: 'Hi' },
    {
      tool_calls: [
        {
          index: 0,
          id: 'call_chatcmplreqabc_0_0',
          type: 'function',
          function: { name: 'f', arguments: '{"a":' },
        },
      ],
    },
    { tool_calls: [{ index: 0, function: { arguments: '1}' } }] },
    {},
    cannedUsage,
    '[DONE]',
  ]);
  t.match(json(out)[4], {
    id: 'chatcmpl-req_abc',
    created: 1_700_000_000,
    model: 'alias',
    choices: [{ finish_reason: 'tool_calls' }],
  });
});

t.test('a canned answer is a whole answer, too', async (t) => {
  t.same(JSON.parse(codec().synthesizeWhole(canned)), {
    id: 'chatcmpl-req_abc',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'alias',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'Hi',
          refusal: null,
          reasoning_content: 'hm',
          tool_calls: [
            {
              id: 'call_chatcmplreqabc_0_0',
              type: 'function',
              function: { name: 'f', arguments: '{"a":1}' },
            },
          ],
        },
        logprobs: null,
        finish_reason: 'tool_calls',
      },
    ],
    usage: cannedUsage,
  });
  t.match(JSON.parse(codec().synthesizeWhole([])), {
    choices: [{ message: { content: '' }, finish_reason: 'stop' }],
  });
});

const whole = (message: Json, more: JsonObject = {}) =>
  `{ "id":"c1","seed":12345678901234567890, "choices":[ {"index":0,"message":${JSON.stringify(message)},"finish_reason":"stop", "logprobs":{"content":[1]}} ], "usage":${JSON.stringify(usage)}${Object.keys(more).length > 0 ? `,${JSON.stringify(more).slice(1, -1)}` : ''} }`;

function passWhole(body: string, map: (chunks: readonly Chunk[]) => readonly Chunk[]): string {
  const it = codec();
  const source = jsonTextFrom(body);
  const decoded = it.decodeWhole(source);
  return it.encodeWhole(source, decoded, map(decoded.chunks));
}

t.test('a whole answer is changed in its text only', async (t) => {
  const body = whole({ role: 'assistant', content: 'secret', annotations: [{ x: 1 }] });
  t.equal(
    passWhole(body, (chunks) => chunks.map((chunk) => (chunk.type === 'text' ? text('***') : chunk))),
    body.replace('secret', '***').replace('{"content":[1]}', 'null'),
  );
  t.equal(
    passWhole(body, (chunks) => [...chunks]),
    body,
  );
});

t.test('a whole answer can lose its text, its calls and its usage, and gain a text', async (t) => {
  const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };
  const body = whole({ role: 'assistant', content: 'x', tool_calls: [call] });
  t.match(JSON.parse(passWhole(body, (chunks) => chunks.filter((chunk) => chunk.type !== 'text'))), {
    choices: [{ message: { content: null, tool_calls: [call] } }],
  });
  const without = JSON.parse(
    passWhole(body, (chunks) =>
      chunks.filter((chunk) => chunk.type !== 'tool_call' && chunk.type !== 'usage'),
    ),
  ) as JsonObject;
  t.notOk('usage' in without);
  t.same((without['choices'] as JsonObject[])[0]?.['message'], { role: 'assistant', content: 'x' });
  const gained = passWhole(whole({ role: 'assistant', content: null }), (chunks) => [text('new'), ...chunks]);
  t.match(JSON.parse(gained), { choices: [{ message: { content: 'new' } }] });
});

t.test('a whole answer without choices is an error', async (t) => {
  for (const body of ['{"error":"x"}', '{"detail":"x"}', '{}', '{"choices":[{"error":{"code":502}}]}']) {
    t.equal(codec().decodeWhole(jsonTextFrom(body)).kind, 'error', body);
  }
});

t.test(
  'a filter over a stream and over the same answer whole gives the same text, however the stream is cut',
  async () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀', '"', '\n'), maxLength: 20 });
    fc.assert(
      fc.property(letters, fc.array(fc.nat(20), { maxLength: 6 }), (answer, cuts) => {
        // Holds one character back and writes `b` twice.
        let held = '';
        const chain = createChain([
          {
            kind: 'transform',
            transform: {
              push(chunk, emit) {
                if (chunk.type !== 'text') return emit(chunk);
                const all = [...(held + chunk.text.replaceAll('b', 'bb'))];
                held = all.pop() ?? '';
                if (all.length > 0) emit({ ...chunk, text: all.join('') });
              },
              end: (emit) => emit(text(held)),
            },
          },
        ]);
        const chars = [...answer];
        const at = [0, ...cuts.filter((cut) => cut < chars.length).sort((a, b) => a - b), chars.length];
        const pieces = at.slice(1).map((to, index) => chars.slice(at[index], to).join(''));
        const it = codec();
        let out = '';
        for (const data of [
          event({ role: 'assistant', content: '' }),
          ...pieces.map((content) => event({ content })),
          event({}, { finish_reason: 'stop' }),
        ]) {
          const decoded = it.decodeEvent(data, '');
          out += it.encodeEvent(decoded, chain.push(decoded.chunks));
        }
        out += it.encodeChunks(chain.end()) + it.encodeEnd();
        const client = codec();
        const builder = new AnswerBuilder();
        const list = payloads(out);
        for (const data of list) builder.add(client.decodeEvent(data, '').chunks);
        const choice = builder.build(200, null).choices[0];
        assert.equal(choice?.text, answer.replaceAll('b', 'bb'));
        assert.equal(choice?.finish, 'stop');
        assert.ok(client.complete);
        assert.equal(list.at(-1), '[DONE]');
        assert.match(list.at(-2) ?? '', /"finish_reason":"stop"/);
        assert.equal(list.filter((data) => data.includes('"role"')).length, 1);
      }),
      { numRuns: 500 },
    );
  },
);
