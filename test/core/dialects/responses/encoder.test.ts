import assert from 'node:assert/strict';
import fc from 'fast-check';
import OpenAI from 'openai';
import t from 'tap';
import { responsesDialect } from '../../../../core/dialects/responses/dialect.ts';
import type { Chunk, FinishReason } from '../../../../sdk/chunk.ts';
import { type SealOf, wrapSeal } from '../../../../sdk/seal.ts';
import { checkResponsesGrammar } from './grammar.ts';

const meta = { id: 'resp_abc', createdAtMs: 1_700_000_000_500, model: 'alias', vendor: 'google' };
const codec = () => responsesDialect.codec(meta);
const text = (value: string): Chunk => ({ type: 'text', choice: 0, text: value });
const reasoning = (value: string): Chunk => ({ type: 'reasoning', choice: 0, text: value });
const call = (index: number, args: string, more: { id?: string; name?: string } = {}): Chunk => ({
  type: 'tool_call',
  choice: 0,
  index,
  arguments: args,
  ...more,
});
const seal = (
  of: SealOf,
  value: string,
  more: { issuer?: string; call?: number; id?: string } = {},
): Chunk => {
  const { issuer = 'google', ...rest } = more;
  return { type: 'seal', choice: 0, of, seal: { issuer, value }, ...rest };
};
const finish = (reason: FinishReason): Chunk => ({ type: 'finish', choice: 0, reason });
const usage: Chunk = {
  type: 'usage',
  usage: {
    inputTokens: 10,
    cacheReadTokens: 3,
    cacheWrite5mTokens: 2,
    cacheWrite1hTokens: 1,
    outputTokens: 7,
    reasoningTokens: 4,
    estimated: false,
  },
};

/** Tells chunks as a stream, one event for each, and whole; both have to say the same. */
function tell(...chunks: Chunk[]) {
  const it = codec();
  let out = '';
  for (const chunk of chunks) out += it.encodeChunks([chunk]);
  out += it.encodeEnd();
  const told = checkResponsesGrammar(out);
  assert.deepEqual(
    JSON.parse(codec().synthesizeWhole(chunks)),
    told.response,
    'whole and stream are the same',
  );
  return { ...told, out };
}

t.test('a text is told in the order of events that OpenAI has', async (t) => {
  const { types, response } = tell(text('Hel'), text('lo'), usage, finish('stop'));
  t.same(types, [
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.completed',
  ]);
  t.same(response, {
    id: 'resp_abc',
    object: 'response',
    created_at: 1_700_000_000,
    status: 'completed',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    model: 'alias',
    output: [
      {
        id: 'msg_respabc_0',
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Hello', annotations: [], logprobs: [] }],
      },
    ],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: null,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    truncation: 'disabled',
    usage: {
      input_tokens: 16,
      input_tokens_details: { cached_tokens: 3, cache_write_tokens: 3 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 4 },
      total_tokens: 23,
    },
    metadata: {},
  });
});

t.test('ends are told in OpenAI’s words', async (t) => {
  const ends: [FinishReason, object][] = [
    ['stop', { status: 'completed', incomplete_details: null, error: null }],
    ['tool_calls', { status: 'completed' }],
    ['length', { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }],
    ['content_filter', { status: 'incomplete', incomplete_details: { reason: 'content_filter' } }],
    ['error', { status: 'failed', error: { code: 'server_error' } }],
  ];
  for (const [reason, want] of ends) t.match(tell(text('a'), finish(reason)).response, want, reason);
  t.match(tell(text('a')).response, { status: 'completed', usage: null }, 'no end at all');
  t.match(
    tell(finish('length')).response,
    { status: 'incomplete', output: [] },
    'all tokens went into reasoning',
  );
});

t.test('a call that was cut off keeps its partial arguments and is not complete', async (t) => {
  const { items } = tell(
    call(0, '{}', { id: 'a', name: 'f' }),
    call(1, '{"x', { id: 'b', name: 'f' }),
    finish('length'),
  );
  t.match(items, [{ status: 'completed' }, { status: 'incomplete', arguments: '{"x' }]);
  t.match(tell(call(0, '', { id: 'a', name: 'f' }), finish('length')).items, [
    { status: 'incomplete', arguments: '' },
  ]);
});

t.test('parallel calls may come interleaved, nameless at first, without ids and arguments', async (t) => {
  const { calls, types } = tell(
    call(1, '{"b'),
    call(0, '', { id: 'call_0', name: 'f' }),
    call(0, '{"a"'),
    call(1, '":1', { name: 'g' }),
    call(0, ':1}'),
    call(1, '}'),
    call(2, '', { id: 'x'.repeat(80), name: 'h' }),
    call(3, 'never named'),
    finish('tool_calls'),
  );
  t.same(calls.slice(0, 2), [
    { id: 'call_0', name: 'f', arguments: '{"a":1}' },
    { id: 'call_respabc_1', name: 'g', arguments: '{"b":1}' },
  ]);
  t.match(calls[2], { name: 'h', arguments: '{}' });
  t.match(
    calls[2]?.id,
    /^call_[0-9a-f]{35}$/,
    'ids that are too long for OpenAI are shortened, always alike',
  );
  t.equal(calls.length, 3);
  t.equal(types.filter((type) => type === 'response.function_call_arguments.done').length, 3);
});

t.test('reasoning carries its seal: home’s as it is, others wrapped, none without one', async (t) => {
  t.match(tell(reasoning('why'), seal('redacted', 'enc', { issuer: 'openai' }), text('a')).items, [
    { type: 'reasoning', summary: [{ type: 'summary_text', text: 'why' }], encrypted_content: 'enc' },
    { type: 'message' },
  ]);
  t.match(tell(reasoning('why'), seal('reasoning', 'sig', { issuer: 'anthropic' }), text('a')).items, [
    {
      summary: [{ text: 'why' }],
      encrypted_content: wrapSeal({ issuer: 'anthropic', value: 'sig' }, 'reasoning'),
    },
    {},
  ]);
  t.notOk('encrypted_content' in tell(reasoning('why'), text('a')).items[0]!);
  t.match(
    tell(seal('redacted', 'x', { id: 'rs_up', issuer: 'openai' }), seal('redacted', 'y'), text('a')).items,
    [
      { id: 'rs_up', summary: [], encrypted_content: 'x' },
      { summary: [], encrypted_content: wrapSeal({ issuer: 'google', value: 'y' }, 'redacted') },
      { type: 'message' },
    ],
  );
});

t.test(
  'the seal of a call stands before it, whether it comes before or after the call’s beginning',
  async (t) => {
    const wrapped = wrapSeal({ issuer: 'google', value: 's' }, 'call');
    const want = [
      { type: 'reasoning', summary: [], encrypted_content: wrapped },
      { type: 'function_call', name: 'f' },
      {},
    ];
    const second = call(1, '{}', { name: 'g' });
    t.match(tell(call(0, '{}', { name: 'f' }), seal('call', 's', { call: 0 }), second).items, want);
    t.match(tell(seal('call', 's', { call: 0 }), call(0, '{}', { name: 'f' }), second).items, want);
    const ofText = tell(text('a'), seal('text', 's'), text('b')).items;
    t.match(ofText, [
      { type: 'message' },
      { type: 'reasoning', encrypted_content: wrapSeal({ issuer: 'google', value: 's' }, 'text') },
      { type: 'message' },
    ]);
  },
);

t.test('calls of a function that stands in for a custom tool are custom calls again', async (t) => {
  const begin = call(0, '', { id: 'c', name: 'apply_patch' });
  const args = JSON.stringify({ custom_tool_input: '*** "Begin"\n😀' });
  const pieces = [...args].map((piece) => call(0, piece));
  t.match(tell(begin, ...pieces, finish('tool_calls')).items, [
    {
      type: 'custom_tool_call',
      id: 'ctc_respabc_0',
      call_id: 'c',
      name: 'apply_patch',
      input: '*** "Begin"\n😀',
    },
  ]);
  t.match(tell(begin, ...pieces.slice(0, 30), finish('length')).items, [
    { type: 'custom_tool_call', status: 'incomplete', input: args.slice(22, 30).replace('\\', '') },
  ]);
  t.match(tell(begin, call(0, '{"custom_tool'), finish('stop')).items, [
    { type: 'function_call', arguments: '{"custom_tool' },
  ]);
});

t.test('only the first choice is told', async (t) => {
  t.equal(tell(text('a'), { type: 'text', choice: 1, text: 'b' }, finish('stop')).text, 'a');
});

t.test('a refusal is a part of its own', async (t) => {
  const { items, refusal } = tell(
    { type: 'refusal', choice: 0, text: 'no' },
    text('but'),
    finish('content_filter'),
  );
  t.equal(refusal, 'no');
  t.match(items, [{ status: 'incomplete', content: [{ type: 'refusal' }, { type: 'output_text' }] }]);
});

const anyChunk = fc.oneof(
  fc.record({
    type: fc.constantFrom('text' as const, 'refusal' as const, 'reasoning' as const),
    choice: fc.constant(0),
    text: fc.string({ maxLength: 3 }),
  }),
  fc.record(
    {
      type: fc.constant('tool_call' as const),
      choice: fc.constant(0),
      index: fc.nat(3),
      arguments: fc.constantFrom('', '{', '}', '{"custom_tool_input":"', '"a":1'),
      id: fc.string({ minLength: 1, maxLength: 80 }),
      name: fc.constantFrom('f', 'g'),
    },
    { requiredKeys: ['type', 'choice', 'index', 'arguments'] },
  ),
  fc.record(
    {
      type: fc.constant('seal' as const),
      choice: fc.constant(0),
      of: fc.constantFrom<SealOf>('reasoning', 'redacted', 'call', 'text'),
      seal: fc.record({ issuer: fc.constantFrom('openai', 'google', ''), value: fc.string() }),
      call: fc.nat(3),
    },
    { requiredKeys: ['type', 'choice', 'of', 'seal'] },
  ),
  fc.record({
    type: fc.constant('finish' as const),
    choice: fc.constant(0),
    reason: fc.constantFrom<FinishReason>('stop', 'length', 'tool_calls'),
  }),
);

t.test('any chunks in any order make a stream of the right grammar, which OpenAI’s SDK takes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyChunk, { maxLength: 12 }), async (chunks) => {
      const told = tell(...(chunks as Chunk[]));
      const all = codec();
      assert.equal(all.encodeChunks(chunks as Chunk[]) + all.encodeEnd(), told.out, 'however they are cut');
      if (new Set(told.calls.map(({ id }) => id)).size < told.calls.length) return;
      const client = new OpenAI({
        apiKey: 'k',
        maxRetries: 0,
        fetch: async () => new Response(told.out, { headers: { 'content-type': 'text/event-stream' } }),
      });
      const final = await client.responses.stream({ model: 'm', input: 'x' }).finalResponse();
      assert.equal(final.output_text, told.text);
      assert.equal(final.output.length, told.items.length);
    }),
    { numRuns: 300 },
  );
});
