import t from 'tap';
import { ConverseDecoder } from '../../../../plugins/providers/bedrock/decoder.ts';
import { endOfStream } from '../../../../plugins/providers/bedrock/framing.ts';
import type { Chunk } from '../../../../sdk/chunk.ts';
import type { Json, JsonObject } from '../../../../sdk/json.ts';
import { summary } from './kit.ts';

function stream(events: readonly (readonly [string, Json])[], issuer = 'anthropic') {
  const decoder = new ConverseDecoder(issuer);
  const chunks: Chunk[] = [];
  for (const [event, payload] of events) {
    chunks.push(...decoder.decodeEvent(payload === null ? '' : JSON.stringify(payload), event).chunks);
  }
  return { decoder, chunks, ...summary(chunks) };
}

function whole(content: Json, more: JsonObject = { stopReason: 'end_turn' }, issuer = 'anthropic') {
  const decoder = new ConverseDecoder(issuer);
  const decoded = decoder.decodeWhole({ output: { message: { role: 'assistant', content } }, ...more });
  return { ...decoded, ...summary(decoded.chunks), complete: decoder.complete };
}

const stop = (stopReason: string, more: JsonObject = {}) => ['messageStop', { stopReason, ...more }] as const;
const metadata = ['metadata', { usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 } }] as const;
const delta = (contentBlockIndex: number, delta: Json) =>
  ['contentBlockDelta', { contentBlockIndex, delta }] as const;
const done = (contentBlockIndex: number) => ['contentBlockStop', { contentBlockIndex }] as const;
const toolStart = (contentBlockIndex: number, toolUseId: string, more: JsonObject = {}) =>
  [
    'contentBlockStart',
    { contentBlockIndex, start: { toolUse: { toolUseId, name: 'f', ...more } } },
  ] as const;

t.test('the finish waits for the usage behind it', async (t) => {
  const before = stream([delta(0, { text: 'Hi' }), done(0), stop('end_turn')]);
  t.same(
    before.chunks.map(({ type }) => type),
    ['text'],
  );
  t.equal(before.decoder.complete, true);
  const after = stream([delta(0, { text: 'Hi' }), done(0), stop('end_turn'), metadata]);
  t.same(
    after.chunks.map(({ type }) => type),
    ['text', 'usage', 'finish'],
  );
});

t.test('the finish comes with the end of the bytes where no usage came, and only once', async (t) => {
  const { chunks } = stream([
    delta(0, { text: 'Hi' }),
    stop('max_tokens'),
    [endOfStream, null],
    [endOfStream, null],
  ]);
  t.same(chunks.at(-1), { type: 'finish', choice: 0, reason: 'length' });
  t.equal(chunks.filter(({ type }) => type === 'finish').length, 1);
  t.same(
    stream([metadata, stop('end_turn'), [endOfStream, null]]).chunks.map(({ type }) => type),
    ['usage', 'finish'],
  );
});

t.test('the end of the bytes says nothing of a stream that did not stop', async (t) => {
  const { chunks, decoder } = stream([delta(0, { text: 'Hi' }), [endOfStream, null]]);
  t.same(
    chunks.map(({ type }) => type),
    ['text'],
  );
  t.equal(decoder.complete, false);
});

t.test(
  'calls are counted without the gaps of the blocks, and one without arguments has an empty object',
  async (t) => {
    const { calls, finish } = stream([
      delta(0, { text: 'I look.' }),
      done(0),
      toolStart(3, 'a'),
      delta(3, { toolUse: { input: '' } }),
      delta(3, { toolUse: { input: '{"x":' } }),
      delta(3, { toolUse: { input: '1}' } }),
      done(3),
      toolStart(7, 'b'),
      done(7),
      stop('end_turn'),
      metadata,
    ]);
    t.same(calls, [
      { id: 'a', name: 'f', arguments: '{"x":1}' },
      { id: 'b', name: 'f', arguments: '{}' },
    ]);
    t.equal(finish, 'tool_calls', 'calls are a fact, the word is not');
  },
);

t.test('blocks that were not closed are closed by the stop', async (t) => {
  const { calls, seals } = stream([
    delta(0, { reasoningContent: { text: 'Hm' } }),
    delta(0, { reasoningContent: { signature: 'ab' } }),
    delta(0, { reasoningContent: { signature: 'cd' } }),
    toolStart(1, 'a'),
    stop('tool_use'),
    metadata,
  ]);
  t.same(seals, [{ of: 'reasoning', issuer: 'anthropic', value: 'abcd' }]);
  t.equal(calls[0]!.arguments, '{}');
});

t.test(
  "redacted reasoning of Claude is in Anthropic's spelling, also in pieces; others' stays base64",
  async (t) => {
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const pieces = [
      delta(0, { reasoningContent: { redactedContent: base64('Eu8') } }),
      delta(0, { reasoningContent: { redactedContent: base64('ECkg=') } }),
      done(0),
    ];
    t.same(stream(pieces).seals, [{ of: 'redacted', issuer: 'anthropic', value: 'Eu8ECkg=' }]);
    t.same(stream(pieces, 'amazon').seals, [{ of: 'redacted', issuer: 'amazon', value: base64('Eu8ECkg=') }]);
    const block = [{ reasoningContent: { redactedContent: base64('Eu8=') } }];
    t.same(whole(block).seals, [{ of: 'redacted', issuer: 'anthropic', value: 'Eu8=' }]);
  },
);

t.test('the words of the stop', async (t) => {
  const words: Record<string, string> = {
    end_turn: 'stop',
    stop_sequence: 'stop',
    tool_use: 'stop',
    max_tokens: 'length',
    model_context_window_exceeded: 'length',
    guardrail_intervened: 'content_filter',
    content_filtered: 'content_filter',
    malformed_model_output: 'error',
    malformed_tool_use: 'error',
    something_new: 'stop',
    constructor: 'stop',
  };
  const call = [{ toolUse: { toolUseId: 'a', name: 'f', input: {} } }];
  for (const [word, reason] of Object.entries(words)) {
    t.equal(whole([{ text: 'x' }], { stopReason: word }).finish, reason, word);
    t.equal(
      whole(call, { stopReason: word }).finish,
      reason === 'stop' ? 'tool_calls' : reason,
      `${word} with a call`,
    );
  }
});

t.test('the stop sequence is in the fields of the model, in either place', async (t) => {
  for (const fields of [{ stop_sequence: 'END' }, { delta: { stop_sequence: 'END' } }]) {
    const more = { additionalModelResponseFields: fields };
    t.equal(stream([stop('stop_sequence', more), metadata]).stopSequence, 'END');
    t.equal(whole([], { stopReason: 'stop_sequence', ...more }).stopSequence, 'END');
  }
  t.equal(
    whole([], { stopReason: 'end_turn', additionalModelResponseFields: { stop_sequence: null } })
      .stopSequence,
    undefined,
  );
});

t.test('usage is in disjoint classes, with the hour apart', async (t) => {
  const usage = {
    inputTokens: 2,
    outputTokens: 5,
    cacheReadInputTokens: 10,
    cacheWriteInputTokens: 100,
    cacheDetails: [
      { ttl: '1h', inputTokens: 60 },
      { ttl: '5m', inputTokens: 40 },
    ],
    totalTokens: 117,
  };
  t.match(whole([], { stopReason: 'end_turn', usage }).usage, {
    inputTokens: 2,
    cacheReadTokens: 10,
    cacheWrite5mTokens: 40,
    cacheWrite1hTokens: 60,
    outputTokens: 5,
    estimated: false,
  });
  t.equal(whole([], { stopReason: 'end_turn', usage: null }).usage, undefined);
});

t.test('citations, guardrail traces and blocks of others are opaque, their texts are text', async (t) => {
  const { chunks, text } = whole(
    [
      { citationsContent: { content: [{ text: 'Cited.' }], citations: [{ title: 'x' }] } },
      { image: { format: 'png' } },
      { toolUse: { toolUseId: 'a', name: 'search', input: {}, type: 'server_tool_use' } },
      { brandNew: 1 },
      'nonsense',
    ],
    { stopReason: 'end_turn', trace: { guardrail: { a: 1 } } },
  );
  t.equal(text, 'Cited.');
  const names = chunks.flatMap((chunk) => (chunk.type === 'opaque' ? [chunk.name] : []));
  t.same(names, ['citations', 'image', 'toolUse', 'brandNew', 'guardrail trace']);
  const streamed = stream([
    delta(0, { text: 'Cited.' }),
    delta(0, { citation: { title: 'x' } }),
    ['contentBlockStart', { contentBlockIndex: 1, start: { image: {} } }],
    toolStart(2, 'a', { type: 'server_tool_use' }),
    delta(2, { toolUse: { input: '{}' } }),
    done(2),
    stop('end_turn'),
    ['metadata', { trace: { guardrail: {} } }],
  ]);
  t.equal(streamed.text, 'Cited.');
  t.same(streamed.calls, []);
  t.equal(streamed.finish, 'stop');
});

t.test('unknown events are ignored, exceptions and what is no JSON are errors', async (t) => {
  const decoder = new ConverseDecoder('anthropic');
  t.equal(decoder.decodeEvent('{"a":1}', 'somethingNew').kind, 'ignore');
  t.equal(decoder.decodeEvent('{"a":1}', '').kind, 'ignore');
  t.match(decoder.decodeEvent('{"message":"Slow"}', 'throttlingException'), {
    kind: 'error',
    data: '{"__type":"throttlingException","message":"Slow"}',
  });
  t.match(decoder.decodeEvent('{"message":"Slow","__type":"X"}', ''), { kind: 'error' });
  t.match(decoder.decodeEvent('not json', 'messageStop'), { kind: 'error', data: 'not json' });
  t.match(decoder.decodeEvent('[1]', 'metadata'), { kind: 'error' });
  t.equal(decoder.complete, false);
});

t.test('odd payloads are survived', async (t) => {
  for (const event of [
    'messageStart',
    'contentBlockStart',
    'contentBlockDelta',
    'contentBlockStop',
    'messageStop',
    'metadata',
  ]) {
    for (const payload of [
      {},
      { delta: 1, start: 'x', usage: [], trace: 0 },
      { delta: { toolUse: {} } },
      { delta: { text: null } },
    ]) {
      t.equal(new ConverseDecoder('').decodeEvent(JSON.stringify(payload), event).kind, 'chunks');
    }
  }
  t.equal(new ConverseDecoder('').decodeWhole({ message: 'no' }).kind, 'error');
  t.equal(new ConverseDecoder('').decodeWhole({ output: { message: null } }).kind, 'error');
});
