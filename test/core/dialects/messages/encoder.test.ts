import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { messagesDialect } from '../../../../core/dialects/messages/dialect.ts';
import type { Chunk, FinishReason } from '../../../../sdk/chunk.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import type { Seal } from '../../../../sdk/seal.ts';
import type { Usage } from '../../../../sdk/usage.ts';
import { checkMessagesStream, eventsOf } from './grammar.ts';

const codec = () => messagesDialect.codec({ id: 'msg_1', createdAtMs: 0, model: 'alias', vendor: 'openai' });
const text = (value: string): Chunk => ({ type: 'text', choice: 0, text: value });
const reasoning = (value: string): Chunk => ({ type: 'reasoning', choice: 0, text: value });
const call = (index: number, args: string, id?: string, name?: string): Chunk => ({
  type: 'tool_call',
  choice: 0,
  index,
  arguments: args,
  ...(id === undefined ? undefined : { id }),
  ...(name === undefined ? undefined : { name }),
});
const finish = (reason: FinishReason, stopSequence?: string): Chunk => ({
  type: 'finish',
  choice: 0,
  reason,
  ...(stopSequence === undefined ? undefined : { stopSequence }),
});
const seal = (of: 'reasoning' | 'redacted' | 'call' | 'text', issuer: string, at?: number): Chunk => ({
  type: 'seal',
  choice: 0,
  of,
  seal: { issuer, value: 'v' } satisfies Seal,
  ...(at === undefined ? undefined : { call: at }),
});
const usage: Usage = {
  inputTokens: 5,
  cacheReadTokens: 3,
  cacheWrite5mTokens: 1,
  cacheWrite1hTokens: 2,
  outputTokens: 9,
  reasoningTokens: 4,
  estimated: false,
};
/** Streams chunks one event each. */
function stream(chunks: readonly Chunk[]) {
  const it = codec();
  return checkMessagesStream(chunks.map((chunk) => it.encodeChunks([chunk])).join('') + it.encodeEnd());
}
const content = (chunks: readonly Chunk[]) => stream(chunks).content;

t.test(
  'a stream of another provider becomes one of Anthropic’s, usage after the finish included',
  async (t) => {
    const it = codec();
    const out =
      it.encodeChunks([text('Hel')]) +
      it.encodeChunks([text('lo')]) +
      it.encodeChunks([finish('stop')]) +
      it.encodeChunks([{ type: 'usage', usage }]) +
      it.encodeEnd();
    t.same(eventsOf(out), [
      {
        type: 'message_start',
        message: {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model: 'alias',
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: {
            input_tokens: 0,
            cache_creation_input_tokens: 0,
            cache_read_input_tokens: 0,
            output_tokens: 0,
          },
        },
      },
      { type: 'ping' },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'lo' } },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: {
          input_tokens: 5,
          cache_creation_input_tokens: 3,
          cache_read_input_tokens: 3,
          cache_creation: { ephemeral_5m_input_tokens: 1, ephemeral_1h_input_tokens: 2 },
          output_tokens: 9,
          output_tokens_details: { thinking_tokens: 4 },
        },
      },
      { type: 'message_stop' },
    ]);
    t.equal(it.encodeEnd(), '', 'once');
  },
);

t.test('an answer that says nothing is still well-formed', async (t) => {
  const { content, stopReason, usage } = stream([]);
  t.same(content, []);
  t.equal(stopReason, 'end_turn');
  t.match(usage, { input_tokens: 0, output_tokens: 0 });
});

t.test('ends map to Anthropic’s words, calls by their presence', async (t) => {
  const f = call(0, '{}', 'a', 'f');
  for (const [chunks, want] of [
    [[finish('stop')], 'end_turn'],
    [[finish('stop', 'END')], 'stop_sequence'],
    [[finish('length')], 'max_tokens'],
    [[finish('content_filter')], 'refusal'],
    [[f, finish('tool_calls')], 'tool_use'],
    [[f, finish('stop')], 'tool_use'],
    [[f, finish('length')], 'max_tokens'],
    [[finish('tool_calls')], 'end_turn'],
  ] as const) {
    t.equal(stream(chunks).stopReason, want);
    t.equal((JSON.parse(codec().synthesizeWhole(chunks)) as JsonObject)['stop_reason'], want);
  }
  t.equal(stream([finish('stop', 'END')]).stopSequence, 'END');
});

t.test('the pieces of parallel calls may come in any order', async (t) => {
  t.same(
    content([
      text('ok'),
      call(1, '', 'a', 'f'),
      call(2, '{"y"', 'b', 'g'),
      call(1, '{"x":'),
      text(''),
      call(2, ':2}'),
      call(1, '1}'),
      text('then'),
      finish('tool_calls'),
    ]),
    [
      { type: 'text', text: 'ok' },
      { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
      { type: 'tool_use', id: 'b', name: 'g', input: { y: 2 } },
      { type: 'text', text: 'then' },
    ],
  );
});

t.test('the first call streams, it does not wait for its end', async (t) => {
  const it = codec();
  it.encodeChunks([call(0, '', 'a', 'f')]);
  t.match(it.encodeChunks([call(0, '{"x":')]), /content_block_start.*\n.*\n\nevent.*\n.*partial_json/);
  t.match(it.encodeChunks([call(0, '1}')]), /partial_json/);
});

t.test('a call waits for its name, gets an id that fits, and arguments if it has none', async (t) => {
  const [named] = content([call(0, '{"x"', 'bad id!'), call(0, ':1}', undefined, 'f'), finish('stop')]);
  t.match(named, { type: 'tool_use', name: 'f', input: { x: 1 } });
  t.match(String(content([call(0, '', 'bad id!', 'f')])[0]?.['id']), /^toolu_[0-9a-f]{24}$/);
  t.same(content([call(3, '', undefined, 'f')]), [
    { type: 'tool_use', id: 'toolu_msg1_3', name: 'f', input: {} },
  ]);
  t.match(
    content([call(0, '{', 'a', 'f'), finish('length')]),
    [{ input: { __unparsed__: '{' } }],
    'cut arguments stay',
  );
});

t.test('seals travel where this dialect has a place for them', async (t) => {
  t.same(content([reasoning('hm'), seal('reasoning', 'anthropic'), reasoning('more'), text('a')]), [
    { type: 'thinking', thinking: 'hm', signature: 'v' },
    { type: 'thinking', thinking: 'more', signature: 'sluice:none:reasoning:' },
    { type: 'text', text: 'a' },
  ]);
  t.same(content([seal('reasoning', 'google')]), [
    { type: 'thinking', thinking: '', signature: 'sluice:google:reasoning:v' },
  ]);
  t.same(
    content([seal('redacted', 'anthropic'), seal('redacted', 'openai'), text('a'), seal('text', 'google')]),
    [
      { type: 'redacted_thinking', data: 'v' },
      { type: 'redacted_thinking', data: 'sluice:openai:redacted:v' },
      { type: 'text', text: 'a' },
      { type: 'redacted_thinking', data: 'sluice:google:text:v' },
    ],
  );
});

t.test('a call’s seal stands before it, whether it came before or after', async (t) => {
  const want = [
    { type: 'redacted_thinking', data: 'sluice:google:call:v' },
    { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
    { type: 'tool_use', id: 'b', name: 'g', input: {} },
  ];
  const f = call(0, '{"x":1}', 'a', 'f');
  const g = call(1, '', 'b', 'g');
  const own = seal('call', 'google', 0);
  t.same(content([own, f, g]), want);
  t.same(content([f, own, g]), want);
  t.same(content([f, g, own]).slice(0, 1), want.slice(1, 2), 'too late for a call that has been told');
  t.same((JSON.parse(codec().synthesizeWhole([f, own, g])) as JsonObject)['content'], want);
});

t.test('refusals are text, other choices and other dialects’ opaque pieces have no place', async (t) => {
  const { content, stopReason } = stream([
    { type: 'refusal', choice: 0, text: 'No.' },
    { type: 'text', choice: 1, text: 'other' },
    { type: 'opaque', name: 'annotations', value: { choice: 0, fields: {} } },
    finish('content_filter'),
    { type: 'finish', choice: 1, reason: 'stop' },
  ]);
  t.same(content, [{ type: 'text', text: 'No.' }]);
  t.equal(stopReason, 'refusal');
  const openAi = [{ type: 'refusal' as const, choice: 0, text: 'No.' }, finish('stop')];
  t.equal(stream(openAi).stopReason, 'refusal', 'OpenAI ends a refusal with stop');
});

t.test('a whole answer says the same', async (t) => {
  const chunks = [reasoning('hm'), text('a'), text('b'), call(0, '{"x":1}', 'a', 'f'), finish('tool_calls')];
  t.same(JSON.parse(codec().synthesizeWhole([...chunks, { type: 'usage', usage }])), {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'alias',
    content: stream(chunks).content,
    stop_reason: 'tool_use',
    stop_sequence: null,
    usage: {
      input_tokens: 5,
      cache_creation_input_tokens: 3,
      cache_read_input_tokens: 3,
      cache_creation: { ephemeral_5m_input_tokens: 1, ephemeral_1h_input_tokens: 2 },
      output_tokens: 9,
      output_tokens_details: { thinking_tokens: 4 },
    },
  });
  t.match(JSON.parse(codec().synthesizeWhole([call(0, 'oops', 'a', 'f')])), {
    content: [{ input: { __raw__: 'oops' } }],
  });
});

const piece = fc.string({ maxLength: 3 });
const anyChunk: fc.Arbitrary<Chunk> = fc.oneof(
  piece.map(text),
  piece.map(reasoning),
  piece.map((value): Chunk => ({ type: 'refusal', choice: 0, text: value })),
  fc
    .tuple(fc.nat(3), piece, fc.option(piece, { nil: undefined }), fc.option(piece, { nil: undefined }))
    .map(([index, args, id, name]) => call(index, args, id, name)),
  fc
    .tuple(
      fc.constantFrom('reasoning' as const, 'redacted' as const, 'call' as const, 'text' as const),
      fc.constantFrom('anthropic', 'google'),
      fc.option(fc.nat(3), { nil: undefined }),
    )
    .map(([of, issuer, at]) => seal(of, issuer, at)),
  fc.constantFrom(finish('stop'), finish('tool_calls'), finish('length')),
  fc.constant<Chunk>({ type: 'usage', usage }),
  fc.constant<Chunk>({ type: 'opaque', value: { anything: true } }),
);

t.test('whatever chunks come, the stream is well-formed and nothing is lost', async () => {
  fc.assert(
    fc.property(fc.array(anyChunk, { maxLength: 25 }), (list) => {
      // Copies: the same end twice would mean that the answer is told anew.
      const chunks = list.map((chunk) => ({ ...chunk }));
      const { content } = stream(chunks);
      const said = (type: string, field: string) =>
        content
          .filter((it) => it['type'] === type)
          .map((it) => it[field])
          .join('');
      const meant = (...types: Chunk['type'][]) =>
        chunks.map((chunk) => (types.includes(chunk.type) && 'text' in chunk ? chunk.text : '')).join('');
      assert.equal(said('text', 'text'), meant('text', 'refusal'));
      assert.equal(said('thinking', 'thinking'), meant('reasoning'));
      const args = new Map<number, string>();
      for (const chunk of chunks) {
        if (chunk.type === 'tool_call')
          args.set(chunk.index, (args.get(chunk.index) ?? '') + chunk.arguments);
      }
      const calls = content.filter((block) => block['type'] === 'tool_use');
      assert.equal(calls.length, args.size);
      assert.deepEqual(
        calls.map((block) => JSON.stringify(block['input'])),
        [...args.values()].map((text) => JSON.stringify(text === '' ? {} : cut(text))),
      );
    }),
    { numRuns: 2000 },
  );
});

function cut(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { __unparsed__: text };
  }
}
