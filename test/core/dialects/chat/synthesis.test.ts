import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { jsonTextFrom } from '../../../../core/body/json-text.ts';
import { chatDialect } from '../../../../core/dialects/chat/dialect.ts';
import { SseDecoder } from '../../../../core/response/sse-decoder.ts';
import type { Chunk, FinishReason } from '../../../../sdk/chunk.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import type { SealOf } from '../../../../sdk/seal.ts';
import { checkChatStream } from './grammar.ts';

const codec = (vendor = 'anthropic') =>
  chatDialect.codec({ id: 'chatcmpl-1', createdAtMs: 5000, model: 'm', vendor });
const text = (value: string, choice = 0): Chunk => ({ type: 'text', choice, text: value });
const reasoning = (value: string, choice = 0): Chunk => ({ type: 'reasoning', choice, text: value });
const call = (index: number, args: string, more: { id?: string; name?: string } = {}): Chunk => ({
  type: 'tool_call',
  choice: 0,
  index,
  arguments: args,
  ...more,
});
const finish = (reason: FinishReason = 'stop', choice = 0): Chunk => ({ type: 'finish', choice, reason });
const seal = (
  issuer: string,
  of: SealOf,
  value: string,
  more: { call?: number; id?: string } = {},
): Chunk => ({
  type: 'seal',
  choice: 0,
  of,
  seal: { issuer, value },
  ...more,
});
const usage = (outputTokens: number): Chunk => ({
  type: 'usage',
  usage: {
    inputTokens: 3,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens,
    reasoningTokens: 0,
    estimated: false,
  },
});

/** The stream that a client gets, each chunk an event of the provider's. */
function stream(chunks: readonly Chunk[], it = codec()) {
  let sse = '';
  for (const chunk of chunks) sse += it.encodeChunks([chunk]);
  return checkChatStream(sse + it.encodeEnd());
}
const message = (chunks: readonly Chunk[], it = codec()) => {
  const body = JSON.parse(it.synthesizeWhole(chunks)) as { choices: { message: JsonObject }[] };
  return body.choices[0]!.message;
};

t.test('usage that comes early and often is one event, after the finish', async (t) => {
  const { usage: got, choices } = stream([usage(0), text('Hi'), usage(1), finish(), usage(7)]);
  t.match(got, { prompt_tokens: 3, completion_tokens: 7, total_tokens: 10 });
  t.match(choices.get(0), { text: 'Hi', finish: 'stop' });
  t.equal(stream([usage(1), text('Hi'), finish()]).usage?.['completion_tokens'], 1, 'before the finish only');
  t.equal(stream([text('Hi'), finish()]).usage, null);
  const it = codec();
  it.encodeChunks([text('a'), usage(1)]);
  it.encodeEnd();
  t.equal(it.encodeEnd(), '', 'an end comes once');
});

t.test('a call without arguments ends as {}, unless it was cut off', async (t) => {
  const one = (...chunks: Chunk[]) =>
    stream(chunks)
      .choices.get(0)!
      .calls.map((it) => it.arguments);
  t.same(one(call(0, '', { id: 'a', name: 'f' }), call(0, ''), finish('tool_calls')), ['{}']);
  t.same(one(call(0, '', { id: 'a', name: 'f' }), call(0, '{"x":1}'), finish('tool_calls')), ['{"x":1}']);
  t.same(
    one(call(0, '', { id: 'a', name: 'f' }), call(1, '', { id: 'b', name: 'g' }), finish('length')),
    ['{}', ''],
    'the last call may have lost its arguments',
  );
  const whole = message([call(0, '', { id: 'a', name: 'f' }), finish('tool_calls')]);
  t.match(whole, { content: null, tool_calls: [{ id: 'a', function: { name: 'f', arguments: '{}' } }] });
});

t.test('a call waits for its name, and gets an id where it has none', async (t) => {
  const it = codec();
  t.equal(it.encodeChunks([call(0, '{"a"', { id: 'x' })]), '');
  t.equal(it.encodeChunks([call(0, ':1')]), '');
  const { choices } = checkChatStream(
    it.encodeChunks([call(0, '', { name: 'f' }), call(1, '{}', { name: 'g' })]) +
      it.encodeChunks([call(0, '}'), finish('tool_calls')]) +
      it.encodeEnd(),
  );
  t.match(choices.get(0)?.calls, [
    { id: 'x', name: 'f', arguments: '{"a":1}' },
    { id: 'call_chatcmpl1_0_1', name: 'g', arguments: '{}' },
  ]);
  t.match(stream([call(0, '{}'), finish('tool_calls')]).choices.get(0)?.calls, [
    { name: '', arguments: '{}' },
  ]);
});

t.test('a choice ends once, and one that nobody ended ends with the stream', async (t) => {
  t.equal(stream([text('a'), finish('stop'), finish('content_filter')]).choices.get(0)?.finish, 'stop');
  t.equal(stream([text('a'), usage(1)]).choices.get(0)?.finish, 'stop');
  t.equal(stream([call(0, '', { name: 'f' })]).choices.get(0)?.finish, 'tool_calls');
  const both = stream([text('a'), text('b', 1), finish('stop', 1), finish('length'), usage(2)]);
  t.same(
    [...both.choices].map(([index, it]) => [index, it.text, it.finish]),
    [
      [0, 'a', 'length'],
      [1, 'b', 'stop'],
    ],
  );
});

t.test('signed reasoning is plain text and details that can be echoed', async (t) => {
  const format = 'anthropic-claude-v1';
  const chunks = [
    reasoning('Let '),
    reasoning('me'),
    seal('anthropic', 'reasoning', 'SIG'),
    seal('anthropic', 'redacted', 'ENC'),
    reasoning('more'),
    seal('anthropic', 'reasoning', 'SIG2'),
    text('Hi'),
    finish(),
  ];
  const choice = stream(chunks).choices.get(0);
  t.equal(choice?.reasoning, 'Let memore');
  t.same(choice?.details, [
    { type: 'reasoning.text', text: 'Let ', format, index: 0 },
    { type: 'reasoning.text', text: 'me', format, index: 0 },
    { type: 'reasoning.text', signature: 'SIG', format, index: 0 },
    { type: 'reasoning.encrypted', data: 'ENC', format, index: 1 },
    { type: 'reasoning.text', text: 'more', format, index: 2 },
    { type: 'reasoning.text', signature: 'SIG2', format, index: 2 },
  ]);
  t.same(message(chunks)['reasoning_details'], [
    { type: 'reasoning.text', text: 'Let me', signature: 'SIG', format, index: 0 },
    { type: 'reasoning.encrypted', data: 'ENC', format, index: 1 },
    { type: 'reasoning.text', text: 'more', signature: 'SIG2', format, index: 2 },
  ]);
});

t.test('a block that nobody signed does not share its index with the next one', async (t) => {
  const format = 'anthropic-claude-v1';
  const chunks = [
    reasoning('a'),
    text('Hi'),
    reasoning('b'),
    seal('anthropic', 'reasoning', 'SIG'),
    reasoning('c'),
    finish(),
  ];
  const detail = (index: number, more: JsonObject) => ({ type: 'reasoning.text', ...more, format, index });
  t.same(stream(chunks).choices.get(0)?.details, [
    detail(0, { text: 'a' }),
    detail(1, { text: 'b' }),
    detail(1, { signature: 'SIG' }),
    detail(2, { text: 'c' }),
  ]);
  t.same(message(chunks)['reasoning_details'], [
    detail(0, { text: 'a' }),
    detail(1, { text: 'b', signature: 'SIG' }),
    detail(2, { text: 'c' }),
  ]);
});

t.test('a vendor without a format tells its text with the seal', async (t) => {
  const chunks = [reasoning('a'), reasoning('b'), seal('acme', 'reasoning', 'SIG'), text('Hi'), finish()];
  const details = [{ type: 'reasoning.text', text: 'ab', signature: 'SIG', format: 'sluice-acme', index: 0 }];
  t.same(stream(chunks, codec('acme')).choices.get(0)?.details, details);
  t.same(message(chunks, codec('acme'))['reasoning_details'], details);
  t.same(stream([reasoning('a'), finish()], codec('acme')).choices.get(0)?.details, []);
  t.notOk('reasoning_details' in message([reasoning('a'), finish()], codec('acme')));
});

t.test('encrypted reasoning goes with its summary and id', async (t) => {
  const format = 'openai-responses-v1';
  const chunks = [reasoning('sum'), seal('openai', 'redacted', 'ENC', { id: 'rs_1' }), text('Hi'), finish()];
  const details = [
    { type: 'reasoning.summary', summary: 'sum', format, index: 0 },
    { type: 'reasoning.encrypted', data: 'ENC', id: 'rs_1', format, index: 0 },
  ];
  t.same(stream(chunks, codec('openai')).choices.get(0)?.details, details);
  t.same(message(chunks, codec('openai'))['reasoning_details'], details);
});

t.test('seals of calls go to Google’s place, or name their call', async (t) => {
  const google = [
    call(0, '{}', { id: 'a', name: 'f' }),
    seal('google', 'call', 'SIG', { call: 0 }),
    finish('tool_calls'),
  ];
  t.match(stream(google, codec('google')).choices.get(0)?.calls, [
    { id: 'a', arguments: '{}', signature: 'SIG' },
  ]);
  t.match(message(google)['tool_calls'], [
    { id: 'a', extra_content: { google: { thought_signature: 'SIG' } } },
  ]);
  const early = [seal('acme', 'call', 'S', { call: 0 }), call(0, '{}', { name: 'f' }), finish('tool_calls')];
  const detail = {
    type: 'reasoning.encrypted',
    data: 'S',
    id: 'call_chatcmpl1_0_0',
    format: 'sluice-acme',
    index: 0,
  };
  t.same(stream(early, codec('acme')).choices.get(0)?.details, [detail]);
  t.same(message(early, codec('acme'))['reasoning_details'], [detail]);
  t.match(message([text('Hi'), seal('google', 'text', 'SIG'), finish()]), {
    content: 'Hi',
    extra_content: { google: { thought_signature: 'SIG' } },
  });
});

t.test('an answer that is told anew begins from the start', async (t) => {
  const it = codec();
  const tail = [finish('tool_calls'), usage(2)];
  it.encodeChunks([text('secret'), call(0, '{}', { id: 'a', name: 'f' }), ...tail]);
  const { choices, usage: got } = checkChatStream(
    it.encodeChunks([text('***'), call(0, '{}', { id: 'a', name: 'f' }), ...tail]) + it.encodeEnd(),
  );
  t.match(choices.get(0), { text: '***', calls: [{ id: 'a', arguments: '{}' }] });
  t.equal(got?.['completion_tokens'], 2);
});

t.test('pings and raw text leave as they are', async (t) => {
  const it = codec();
  t.equal(it.encodeEvent({ kind: 'ping', chunks: [], json: null, data: '' }, []), ': ping\n\n');
  const data = '{"choices":[{"index":0,"delta":{"content":"a"}}]}';
  const raw = `id: 7\r\ndata:${data}\r\n\r\n`;
  const decoded = { ...it.decodeEvent(data, ''), raw };
  t.equal(it.encodeEvent(decoded, [...decoded.chunks]), raw);
  t.equal(
    it.encodeEvent(decoded, [text('b')]),
    `data: ${data.replace('"a"', '"b"')}\n\n`,
    'a changed one is framed',
  );
  const named = codec().decodeEvent(data, 'message');
  t.equal(it.encodeEvent(named, named.chunks), `event: message\ndata: ${data}\n\n`);
});

/** Well-formed answers: reasoning with seals, text, calls in pieces; usage anywhere. */
const answers = fc
  .record({
    blocks: fc.array(
      fc.record({
        texts: fc.array(fc.string({ maxLength: 4 }), { maxLength: 3 }),
        seal: fc.constantFrom<SealOf | null>('reasoning', 'redacted', null),
      }),
      { maxLength: 3 },
    ),
    texts: fc.array(fc.string({ maxLength: 4 }), { maxLength: 3 }),
    calls: fc.array(
      fc.record({ pieces: fc.array(fc.string({ maxLength: 4 }), { maxLength: 3 }), sealed: fc.boolean() }),
      { maxLength: 3 },
    ),
    vendor: fc.constantFrom('anthropic', 'openai', 'google', 'acme', ''),
    usages: fc.array(fc.nat(20), { maxLength: 3 }),
  })
  .map(({ blocks, texts, calls, vendor, usages }) => {
    const chunks: Chunk[] = [];
    for (const [index, block] of blocks.entries()) {
      for (const piece of block.texts) chunks.push(reasoning(piece));
      if (block.seal !== null) chunks.push(seal(vendor, block.seal, `S${index}`));
    }
    for (const piece of texts) chunks.push(text(piece));
    for (const [index, { pieces, sealed }] of calls.entries()) {
      chunks.push(call(index, '', { id: `c${index}`, name: `f${index}` }));
      if (sealed) chunks.push(seal(vendor, 'call', `C${index}`, { call: index }));
      for (const piece of pieces) chunks.push(call(index, piece));
    }
    for (const count of usages) chunks.splice(Math.floor((count / 20) * chunks.length), 0, usage(count));
    chunks.push(finish(calls.length > 0 ? 'tool_calls' : 'stop'), usage(9));
    return { chunks, vendor };
  });

/** What a client of the chat dialect reads, with all seals. */
function meaning(chunks: readonly Chunk[]): unknown {
  const out: unknown[] = [];
  let reasoned = '';
  let said = '';
  const calls = new Map<number, { id: string; name: string; arguments: string }>();
  for (const chunk of chunks) {
    if (chunk.type === 'reasoning') reasoned += chunk.text;
    else if (chunk.type === 'text') said += chunk.text;
    else if (chunk.type === 'tool_call') {
      const known = calls.get(chunk.index) ?? { id: chunk.id!, name: chunk.name!, arguments: '' };
      known.arguments += chunk.arguments;
      calls.set(chunk.index, known);
    } else if (chunk.type === 'seal') {
      const of = chunk.of === 'reasoning' && chunk.seal.issuer === 'openai' ? 'redacted' : chunk.of;
      out.push([of, chunk.seal, chunk.call]);
    } else if (chunk.type === 'finish') out.push(chunk.reason);
  }
  for (const known of calls.values()) known.arguments ||= '{}';
  // Seals of calls may come after what they were said before.
  const seals = out.map((it) => JSON.stringify(it)).sort();
  return { reasoned, said, calls: [...calls.values()], seals };
}

t.test(
  'any cut of an answer into calls means the same, and what the client reads is what was said',
  async () => {
    fc.assert(
      fc.property(answers, fc.array(fc.nat(40), { maxLength: 5 }), ({ chunks, vendor }, cuts) => {
        const it = codec(vendor);
        const at = [
          0,
          ...cuts.map((cut) => Math.min(cut, chunks.length)).sort((a, b) => a - b),
          chunks.length,
        ];
        let sse = '';
        for (const [index, to] of at.slice(1).entries()) sse += it.encodeChunks(chunks.slice(at[index], to));
        sse += it.encodeEnd();
        const once = codec(vendor);
        assert.equal(sse, once.encodeChunks(chunks) + once.encodeEnd());
        const stream = checkChatStream(sse);
        assert.equal(stream.usage?.['completion_tokens'], 9);

        const reader = codec(vendor);
        const read: Chunk[] = [];
        const decoder = new SseDecoder((data) => read.push(...reader.decodeEvent(data, '').chunks));
        decoder.push(Buffer.from(sse));
        assert.deepEqual(meaning(read), meaning(chunks));
        const whole = codec(vendor).decodeWhole(jsonTextFrom(codec(vendor).synthesizeWhole(chunks)));
        assert.deepEqual(meaning(whole.chunks), meaning(chunks));
      }),
      { numRuns: 400 },
    );
  },
);
