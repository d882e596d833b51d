import t from 'tap';
import { GeminiDecoder } from '../../../../plugins/providers/gemini/decoder.ts';
import type { Chunk } from '../../../../sdk/chunk.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import { context, told } from './support.ts';

function whole(body: JsonObject) {
  const decoder = new GeminiDecoder(context());
  const event = decoder.decodeWhole(body);
  return { ...told(event.chunks), kind: event.kind, complete: decoder.complete, model: decoder.model };
}

function stream(...events: JsonObject[]) {
  const decoder = new GeminiDecoder(context());
  const chunks: Chunk[] = [];
  const kinds: string[] = [];
  const complete: boolean[] = [];
  for (const event of events) {
    const decoded = decoder.decodeEvent(JSON.stringify(event));
    chunks.push(...decoded.chunks);
    kinds.push(decoded.kind);
    complete.push(decoder.complete);
  }
  return { ...told(chunks), chunks, kinds, complete };
}

function candidate(
  parts: readonly JsonObject[] | null,
  finishReason?: string,
  more: JsonObject = {},
): JsonObject {
  const content: JsonObject = parts === null ? { role: 'model' } : { role: 'model', parts };
  return { candidates: [{ content, ...(finishReason === undefined ? {} : { finishReason }), ...more }] };
}

t.test('texts are joined, thoughts are reasoning', async (t) => {
  const answer = whole({
    ...candidate(
      [{ text: 'I think.', thought: true }, { text: 'Four' }, { text: ' it is.' }, { text: '' }],
      'STOP',
    ),
    modelVersion: 'gemini-x',
  });
  t.match(answer, { kind: 'chunks', text: 'Four it is.', reasoning: 'I think.', finish: { 0: 'stop' } });
  t.match(answer, { complete: true, model: 'gemini-x' });
});

t.test('usage is split into disjoint classes', async (t) => {
  const usageMetadata = {
    promptTokenCount: 100,
    cachedContentTokenCount: 40,
    toolUsePromptTokenCount: 7,
    candidatesTokenCount: 10,
    thoughtsTokenCount: 5,
    totalTokenCount: 122,
  };
  t.match(whole({ ...candidate([{ text: 'a' }], 'STOP'), usageMetadata }).usage, {
    inputTokens: 67,
    cacheReadTokens: 40,
    outputTokens: 15,
    reasoningTokens: 5,
    estimated: false,
  });
  const odd = { promptTokenCount: 1, cachedContentTokenCount: 5, candidatesTokenCount: 'many' };
  t.match(whole({ ...candidate([], 'STOP'), usageMetadata: odd }).usage, { inputTokens: 0, outputTokens: 0 });
  t.equal(whole({ ...candidate([], 'STOP'), usageMetadata: {} }).usage, null);
});

t.test('every event may count, the last one holds', async (t) => {
  const { usage, complete } = stream(
    { ...candidate([{ text: 'a' }]), usageMetadata: { promptTokenCount: 15 } },
    {
      ...candidate([{ text: 'b' }], 'STOP'),
      usageMetadata: { promptTokenCount: 13, candidatesTokenCount: 2 },
    },
  );
  t.match(usage, { inputTokens: 13, outputTokens: 2 });
  t.same(complete, [false, true]);
});

const finishes = [
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['BLOCKLIST', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['SPII', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
  ['MODEL_ARMOR', 'content_filter'],
  ['MALFORMED_FUNCTION_CALL', 'error'],
  ['UNEXPECTED_TOOL_CALL', 'error'],
  ['OTHER', 'error'],
  ['A_WORD_OF_TOMORROW', 'stop'],
] as const;
for (const [word, reason] of finishes) {
  t.test(`${word} means ${reason}`, async (t) => {
    t.equal(whole(candidate([{ text: 'a' }], word)).finish[0], reason);
  });
}

t.test('a call is tool_calls whatever the word says, but a cut or filtered one is not', async (t) => {
  const call = { functionCall: { name: 'f', args: { a: 1 } } };
  t.equal(whole(candidate([call], 'STOP')).finish[0], 'tool_calls');
  t.equal(whole(candidate([call], 'MAX_TOKENS')).finish[0], 'length');
  t.equal(whole(candidate([call], 'SAFETY')).finish[0], 'content_filter');
  t.equal(whole(candidate([call], 'MALFORMED_FUNCTION_CALL')).finish[0], 'error');
  t.equal(stream(candidate([call]), candidate([{ text: '' }], 'STOP')).finish[0], 'tool_calls');
});

t.test('an end that is told twice is one end', async (t) => {
  const { chunks } = stream(candidate([{ text: 'a' }], 'STOP'), candidate([{ text: 'b' }], 'STOP'));
  t.equal(chunks.filter((chunk) => chunk.type === 'finish').length, 1);
});

t.test('why there is no call is passed on', async (t) => {
  const more = { finishMessage: 'Malformed function call: f(' };
  t.same(whole(candidate(null, 'MALFORMED_FUNCTION_CALL', more)).opaque, ['finishMessage']);
  t.same(whole(candidate([{ functionCall: { name: 'f' } }], 'STOP', more)).opaque, []);
});

t.test('an answer without parts is an empty text', async (t) => {
  t.match(whole(candidate(null, 'MAX_TOKENS')), {
    kind: 'chunks',
    text: '',
    finish: { 0: 'length' },
    complete: true,
  });
  t.match(whole({ candidates: [{ finishReason: 'SAFETY' }] }), { finish: { 0: 'content_filter' } });
});

t.test('calls are counted over the whole stream and for each candidate', async (t) => {
  const call = (name: string, choice: number) => ({
    index: choice,
    content: { parts: [{ functionCall: { name, args: {} } }] },
  });
  const { calls } = stream(
    { candidates: [call('a', 0), call('b', 1)] },
    { candidates: [call('c', 0)] },
    { candidates: [call('d', 1)] },
  );
  t.same(
    calls.map(({ name, choice, index }) => [name, choice, index]),
    [
      ['a', 0, 0],
      ['b', 1, 0],
      ['c', 0, 1],
      ['d', 1, 1],
    ],
  );
});

t.test('a call comes whole, with or without arguments and id', async (t) => {
  const { calls } = whole(
    candidate([
      { functionCall: { id: 'abc', name: 'f', args: { city: 'Oslo' } } },
      { functionCall: { name: 'g' } },
      { functionCall: { name: 'h', args: null } },
    ]),
  );
  t.match(calls[0], { id: 'abc', name: 'f', arguments: '{"city":"Oslo"}' });
  t.match(calls[1], { name: 'g', arguments: '{}' });
  t.match(calls[2], { name: 'h', arguments: '{}' });
  t.match(calls[1]!.id, /^gemini_[0-9a-f]{20}_0_1$/);
  t.ok(calls[1]!.id.length <= 40);
  t.equal(new Set(calls.map(({ id }) => id)).size, 3);
});

t.test('signatures belong to what they stand on', async (t) => {
  const { seals } = whole(
    candidate([
      { text: 'Hm', thought: true, thoughtSignature: 's1' },
      { text: 'Yes', thoughtSignature: 's2' },
      { functionCall: { name: 'a' }, thoughtSignature: 's3' },
      { functionCall: { name: 'b' } },
      { functionCall: { name: 'c' }, thoughtSignature: 's4' },
      { text: '', thoughtSignature: 's5' },
      { thoughtSignature: 's6' },
    ]),
  );
  t.same(seals, [
    { of: 'reasoning', issuer: 'google', value: 's1' },
    { of: 'text', issuer: 'google', value: 's2' },
    { of: 'call', call: 0, issuer: 'google', value: 's3' },
    { of: 'call', call: 2, issuer: 'google', value: 's4' },
    { of: 'text', issuer: 'google', value: 's5' },
    { of: 'text', issuer: 'google', value: 's6' },
  ]);
});

t.test('what nobody interprets is named', async (t) => {
  const { opaque, text } = whole(
    candidate(
      [
        { inlineData: { mimeType: 'image/png', data: 'AA' } },
        { executableCode: { code: 'print(1)' } },
        { codeExecutionResult: { output: '1' } },
        { text: 'ok' },
      ],
      'STOP',
      {
        groundingMetadata: {},
        citationMetadata: {},
        safetyRatings: [],
        logprobsResult: {},
        tokenCount: 3,
      },
    ),
  );
  t.equal(text, 'ok');
  t.same(opaque, [
    'inlineData',
    'executableCode',
    'codeExecutionResult',
    'groundingMetadata',
    'citationMetadata',
    'logprobs',
    'safetyRatings',
  ]);
});

t.test('a blocked prompt is a filtered answer', async (t) => {
  const body = { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 4 } };
  t.match(whole(body), { kind: 'chunks', finish: { 0: 'content_filter' }, complete: true });
  t.match(whole({ promptFeedback: { safetyRatings: [] } }), { kind: 'chunks', finish: {}, complete: false });
});

t.test('a stream is complete once every candidate has ended', async (t) => {
  const one = (index: number, finishReason?: string): JsonObject => ({
    candidates: [{ index, content: { parts: [{ text: 'a' }] }, ...(finishReason ? { finishReason } : {}) }],
  });
  t.same(stream(one(0), one(1), one(0, 'STOP'), one(1, 'STOP')).complete, [false, false, false, true]);
  t.equal(new GeminiDecoder(context()).complete, false);
});

t.test('what is no answer is an error, and nothing makes it throw', async (t) => {
  for (const body of [
    {},
    { error: { code: 503 } },
    { choices: [] },
    { ...candidate([]), error: { code: 1 } },
  ]) {
    t.equal(whole(body).kind, 'error');
  }
  t.match(new GeminiDecoder(context()).decodeWhole({ error: { code: 503 } }).data, /503/);
  const kind = (data: string) => new GeminiDecoder(context()).decodeEvent(data).kind;
  for (const data of ['{', 'null', '7', '"x"', '[{"error":{"code":503}}]', '[1]'])
    t.equal(kind(data), 'error', data);
  for (const data of ['', '[]', '{"news":1}']) t.equal(kind(data), 'ignore', data);
  const odd = [
    { candidates: [null, 1, { content: 3 }, { content: { parts: [null, 1, {}, { functionCall: {} }] } }] },
    { candidates: [{ finishReason: 7, index: -1 }], usageMetadata: null, promptFeedback: 'x' },
    { candidates: {}, usageMetadata: { promptTokenCount: -1 } },
  ];
  for (const body of odd) t.ok(whole(body as unknown as JsonObject).kind);
});
