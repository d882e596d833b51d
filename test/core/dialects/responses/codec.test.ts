import assert from 'node:assert/strict';
import fc from 'fast-check';
import OpenAI from 'openai';
import t from 'tap';
import { jsonTextFrom } from '../../../../core/body/json-text.ts';
import { responsesDialect } from '../../../../core/dialects/responses/dialect.ts';
import { createChain } from '../../../../core/response/chain.ts';
import { replaceTexts } from '../../../../core/response/replace-texts.ts';
import type { Chunk } from '../../../../sdk/chunk.ts';
import type { ChunkTransform } from '../../../../sdk/decision.ts';
import { GatewayError } from '../../../../sdk/errors.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import { answers, anyLetter } from './answers.ts';
import { checkResponsesGrammar, eventsOf } from './grammar.ts';

const codec = () =>
  responsesDialect.codec({
    id: 'resp_abc',
    createdAtMs: 1_700_000_000_500,
    model: 'alias',
    vendor: 'openai',
  });
const sse = (event: JsonObject) => `event: ${event['type'] as string}\ndata: ${JSON.stringify(event)}\n\n`;

/** Passes a stream through a chain, as the gateway does. */
function relay(events: readonly JsonObject[], transform: ChunkTransform | null) {
  const it = codec();
  const chain = createChain(transform === null ? [] : [{ kind: 'transform', transform }]);
  const passed: Chunk[] = [];
  let out = '';
  for (const event of events) {
    const decoded = it.decodeEvent(JSON.stringify(event), String(event['type']));
    const chunks = chain.push(decoded.chunks);
    passed.push(...chunks);
    out += it.encodeEvent(decoded, chunks);
  }
  const held = chain.end();
  passed.push(...held);
  if (held.length > 0) out += it.encodeChunks(held);
  return { out: out + it.encodeEnd(), passed };
}

const textIn = (chunks: readonly Chunk[], type: 'text' | 'refusal' | 'reasoning') =>
  chunks
    .map((chunk) => (chunk.type === type ? chunk.text : ''))
    .join('')
    .replaceAll('\n\n', '');

/** What a client understands of a stream is what passed the chain. */
function checkTold(out: string, passed: readonly Chunk[]) {
  const told = checkResponsesGrammar(out);
  assert.equal(told.text.replaceAll('\n\n', ''), textIn(passed, 'text'));
  assert.equal(told.refusal, textIn(passed, 'refusal'));
  assert.equal(told.reasoning.replaceAll('\n\n', ''), textIn(passed, 'reasoning'));
  const calls = new Map<number, string>();
  for (const chunk of passed) {
    if (chunk.type === 'tool_call') calls.set(chunk.index, (calls.get(chunk.index) ?? '') + chunk.arguments);
  }
  const sorted = (texts: readonly string[]) => texts.map((text) => (text === '{}' ? '' : text)).sort();
  assert.deepEqual(sorted(told.calls.map((call) => call.arguments)), sorted([...calls.values()]));
  return told;
}

const masked = (text: string) => '*'.repeat(text.length);
const mask = (chunk: Chunk): Chunk => {
  if (chunk.type === 'text' || chunk.type === 'refusal' || chunk.type === 'reasoning')
    return { ...chunk, text: masked(chunk.text) };
  return chunk.type === 'tool_call' ? { ...chunk, arguments: masked(chunk.arguments) } : chunk;
};

/** Steps that change answers, each made anew for each answer. */
const steps: Readonly<Record<string, (from: number) => ChunkTransform>> = {
  'nothing, but everything waits': () => {
    const held: Chunk[] = [];
    return { push: (chunk) => void held.push(chunk), end: (emit) => held.forEach(emit) };
  },
  'texts are masked from some chunk on': (from) => {
    let count = 0;
    return { push: (chunk, emit) => emit(count++ < from ? chunk : mask(chunk)) };
  },
  'text is held back by one chunk': (from) => {
    let held: Chunk | null = null;
    let count = 0;
    return {
      push(chunk, emit) {
        if (chunk.type !== 'text' || count++ < from) return emit(chunk);
        if (held !== null) emit(held);
        held = chunk;
      },
      end: (emit) => void (held !== null && emit(held)),
    };
  },
  'calls are dropped': (from) => ({
    push: (chunk, emit) =>
      void (chunk.type === 'tool_call' && chunk.index >= from % 2 ? undefined : emit(chunk)),
  }),
  'reasoning and seals are dropped': () => ({
    push: (chunk, emit) =>
      void (chunk.type === 'reasoning' || chunk.type === 'seal' ? undefined : emit(chunk)),
  }),
  'opaque items are dropped': () => ({
    push: (chunk, emit) => void (chunk.type === 'opaque' ? undefined : emit(chunk)),
  }),
  'text is added at the end': () => ({
    push: (chunk, emit) => emit(chunk),
    end: (emit) => emit({ type: 'text', choice: 0, text: 'added' }),
  }),
  'text is added before everything': () => {
    let first = true;
    return {
      push(chunk, emit) {
        if (first) emit({ type: 'text', choice: 0, text: 'first' });
        first = false;
        emit(chunk);
      },
    };
  },
};

t.test('the streams made up here have the grammar themselves, and pass unchanged byte for byte', async () => {
  fc.assert(
    fc.property(answers, (events) => {
      const { out, passed } = relay(events, null);
      assert.equal(out, events.map(sse).join(''));
      const whole = (events.at(-1)!['response'] as JsonObject)['output'] as JsonObject[];
      if (whole.length > 0 || events.length === 3) checkTold(out, passed);
    }),
  );
});

for (const [name, step] of Object.entries(steps)) {
  t.test(`a step changes an answer: ${name}`, async () => {
    fc.assert(
      fc.property(answers, fc.nat(8), (events, from) => {
        const { out, passed } = relay(events, step(from));
        // An answer without a change left as it came, whatever the provider forgot in it.
        if (out === events.map(sse).join('')) return;
        checkTold(out, passed);
      }),
      { numRuns: 300 },
    );
  });
}

t.test('nothing of an original text is left anywhere once it was replaced', async () => {
  fc.assert(
    fc.property(answers, (events) => {
      const { out, passed } = relay(events, { push: (chunk, emit) => emit(mask(chunk)) });
      assert.doesNotMatch(out, anyLetter);
      if (out !== events.map(sse).join('')) checkTold(out, passed);
      // Held back to the end, and masked there.
      const held: Chunk[] = [];
      const late = relay(events, {
        push: (chunk) => void held.push(chunk),
        end: (emit) => held.map(mask).forEach(emit),
      });
      assert.doesNotMatch(late.out, anyLetter);
    }),
    { numRuns: 500 },
  );
});

t.test('an answer that a step replaced as a whole is told anew, from the beginning', async () => {
  fc.assert(
    fc.property(answers, fc.boolean(), (events, hasEnd) => {
      const it = codec();
      const chain = createChain([
        {
          kind: 'transform',
          transform: { push: (chunk, emit) => emit(chunk), ...(hasEnd ? { end: () => undefined } : {}) },
        },
      ]);
      const kept: Chunk[] = [];
      for (const event of events) {
        const decoded = it.decodeEvent(JSON.stringify(event), String(event['type']));
        const chunks = chain.push(decoded.chunks);
        it.encodeEvent(decoded, chunks);
        kept.push(...chunks);
      }
      const held = chain.end();
      if (held.length > 0) it.encodeChunks(held);
      kept.push(...held);
      const after = replaceTexts(kept, { 0: 'new' }).map((chunk) =>
        chunk.type === 'text' ? chunk : mask(chunk),
      );
      const out = it.encodeChunks(after) + it.encodeEnd();
      checkTold(out, after);
      assert.doesNotMatch(out, anyLetter);
      assert.equal(it.encodeEnd(), '', 'the end comes once');
    }),
    { numRuns: 300 },
  );
});

t.test('whole answers: only what changed is written, and nothing of it is left anywhere', async () => {
  fc.assert(
    fc.property(answers, fc.nat(2), (events, way) => {
      const response = events.at(-1)!['response'] as JsonObject;
      const body = jsonTextFrom(JSON.stringify({ big: 1.0, ...response }));
      const it = codec();
      const decoded = it.decodeWhole(body);
      assert.equal(it.encodeWhole(body, decoded, [...decoded.chunks]), body.text);
      const after =
        way === 0
          ? decoded.chunks.map(mask)
          : way === 1
            ? replaceTexts(decoded.chunks, { 0: 'new' }).map((chunk) =>
                chunk.type === 'text' ? chunk : mask(chunk),
              )
            : decoded.chunks.filter((chunk) => chunk.type === 'finish' || chunk.type === 'usage');
      const text = it.encodeWhole(body, decoded, after);
      assert.doesNotMatch(text, anyLetter);
      const again = codec().decodeWhole(jsonTextFrom(text));
      for (const type of ['text', 'refusal', 'reasoning'] as const) {
        assert.equal(textIn(again.chunks, type), textIn(after, type), type);
      }
      const ends = (chunks: readonly Chunk[]) => chunks.filter((chunk) => chunk.type === 'usage');
      assert.deepEqual(ends(again.chunks), ends(after));
    }),
    { numRuns: 300 },
  );
});

/** What OpenAI's SDK makes of a stream. */
async function sdkReads(out: string) {
  const client = new OpenAI({
    apiKey: 'k',
    maxRetries: 0,
    fetch: async () => new Response(out, { headers: { 'content-type': 'text/event-stream' } }),
  });
  const stream = client.responses.stream({ model: 'm', input: 'x' });
  return stream.finalResponse();
}

t.test('OpenAI’s SDK puts a changed stream together as it was told', async () => {
  await fc.assert(
    fc.asyncProperty(
      answers,
      fc.constantFrom(...Object.keys(steps)),
      fc.nat(4),
      async (events, name, from) => {
        const { out } = relay(events, (steps[name] as (from: number) => ChunkTransform)(from));
        if (out === events.map(sse).join('')) return;
        const told = checkResponsesGrammar(out);
        const final = await sdkReads(out);
        assert.equal(final.output_text, told.text);
        assert.deepEqual(
          final.output.map(({ id, type }) => ({ id, type })),
          told.items.map(({ id, type }) => ({ id, type })),
        );
        assert.equal(final.status, told.response['status']);
      },
    ),
    { numRuns: 150 },
  );
});

const textAnswer = (...deltas: string[]): JsonObject[] => {
  const place = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  const text = deltas.join('');
  const part = {
    type: 'output_text',
    text,
    annotations: [{ type: 'url_citation', url: 'u' }],
    logprobs: [{ token: 't' }],
  };
  const item = { id: 'msg_1', type: 'message', role: 'assistant', phase: 'final_answer' };
  const done = { ...item, status: 'completed', content: [part] };
  const response = {
    id: 'resp_1',
    object: 'response',
    created_at: 5,
    model: 'm1',
    status: 'in_progress',
    output: [],
  };
  const annotation = { ...place, annotation_index: 0, annotation: part.annotations[0] as JsonObject };
  const events: JsonObject[] = [
    { type: 'response.created', response },
    { type: 'response.in_progress', response },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
    {
      type: 'response.content_part.added',
      ...place,
      part: { ...part, text: '', annotations: [], logprobs: [] },
    },
    ...deltas.map((delta) => ({ type: 'response.output_text.delta', ...place, delta, obfuscation: 'x' })),
    { type: 'response.output_text.annotation.added', ...annotation },
    { type: 'response.output_text.done', ...place, text },
    { type: 'response.content_part.done', ...place, part },
    { type: 'response.output_item.done', output_index: 0, item: done },
    {
      type: 'response.completed',
      response: {
        ...response,
        status: 'completed',
        output: [done],
        usage: { input_tokens: 1, output_tokens: 1 },
      },
    },
  ];
  return events.map((event, index) => ({ ...event, sequence_number: index }));
};

t.test('annotations and unknown fields stay with a text that waited and did not change', async (t) => {
  const { out } = relay(textAnswer('a', 'b'), steps['text is held back by one chunk']!(0));
  const told = checkResponsesGrammar(out);
  t.match(told.items, [
    {
      id: 'msg_1',
      phase: 'final_answer',
      content: [{ text: 'ab', annotations: [{ url: 'u' }], logprobs: [{ token: 't' }] }],
    },
  ]);
  t.ok(told.types.includes('response.output_text.annotation.added'));
});

t.test('annotations and log probabilities of a text that was changed are not told', async (t) => {
  const { out } = relay(textAnswer('a', 'b'), { push: (chunk, emit) => emit(mask(chunk)) });
  const told = checkResponsesGrammar(out);
  t.match(told.items, [
    { id: 'msg_1', phase: 'final_answer', content: [{ text: '**', annotations: [], logprobs: [] }] },
  ]);
  t.notOk(told.types.includes('response.output_text.annotation.added'));
});

t.test('ends and usage that waited for a step leave in the event that they came in', async (t) => {
  const events = textAnswer('a');
  const { out } = relay(events, { push: (chunk, emit) => emit(chunk), end: () => undefined });
  t.equal(out, events.map(sse).join(''));
});

t.test('a text that only the finished response has is told', async (t) => {
  const events = textAnswer('a').filter((event) => !String(event['type']).includes('output'));
  const it = codec();
  const chunks = events.flatMap((event) => it.decodeEvent(JSON.stringify(event), '').chunks);
  t.match(
    chunks.filter((chunk) => chunk.type === 'text'),
    [{ text: 'a' }],
  );
  const { out, passed } = relay(
    textAnswer('a').filter((event) => !/output|content/.test(String(event['type']))),
    { push: (chunk, emit) => emit(mask(chunk)) },
  );
  checkTold(out, passed);
});

t.test('texts that stand in the beginning of an item or part are seen by the steps, too', async (t) => {
  const response = { id: 'resp_1', status: 'in_progress', output: [] };
  const call = { id: 'fc_1', type: 'function_call', call_id: 'c', name: 'f' };
  const message = { id: 'msg_1', type: 'message', role: 'assistant' };
  const place = { item_id: 'msg_1', output_index: 1, content_index: 0 };
  const events: JsonObject[] = [
    { type: 'response.created', response },
    { type: 'response.in_progress', response },
    { type: 'response.output_item.added', output_index: 0, item: { ...call, arguments: '"α' } },
    { type: 'response.function_call_arguments.delta', item_id: 'fc_1', output_index: 0, delta: 'β"' },
    { type: 'response.output_item.done', output_index: 0, item: { ...call, arguments: '"αβ"' } },
    { type: 'response.output_item.added', output_index: 1, item: { ...message, content: [] } },
    { type: 'response.content_part.added', ...place, part: { type: 'output_text', text: 'α' } },
    { type: 'response.output_text.delta', ...place, delta: 'β' },
    { type: 'response.completed', response: { ...response, status: 'completed' } },
  ].map((event, index) => ({ ...event, sequence_number: index }));
  const { out, passed } = relay(events, { push: (chunk, emit) => emit(mask(chunk)) });
  t.notMatch(out, anyLetter);
  checkTold(out, passed);
  const late = relay(events, {
    push: (chunk, emit) => emit(chunk),
    end: (emit) => emit({ type: 'text', choice: 0, text: '!' }),
  });
  t.equal(textIn(late.passed, 'text'), 'αβ!');
  t.match(eventsOf(late.out).at(-1), {
    response: { output: [{ arguments: '"αβ"' }, { content: [{ text: 'αβ!' }] }] },
  });
});

t.test('events without a name leave without one, and several data lines stay several', async (t) => {
  const it = codec();
  const decoded = it.decodeEvent('{"type":"response.created",\n"response":{}}', '');
  t.equal(
    it.encodeEvent(decoded, decoded.chunks),
    'data: {"type":"response.created",\ndata: "response":{}}\n\n',
  );
});

t.test('items are told apart by output_index where a server changes their ids', async (t) => {
  const events = textAnswer('a', 'b').map((event, index) =>
    'item_id' in event ? { ...event, item_id: `m${index}` } : event,
  );
  const it = codec();
  const chunks = events.flatMap((event) => it.decodeEvent(JSON.stringify(event), '').chunks);
  t.equal(textIn(chunks, 'text'), 'ab');
});

t.test('what is no event of this API is an error or nothing, never a throw', async (t) => {
  const kinds: [string, string, string][] = [
    ['', '', 'ignore'],
    ['[DONE]', '', 'done'],
    ['{', '', 'error'],
    ['[]', '', 'error'],
    ['{"error":{"message":"no"}}', '', 'error'],
    ['{"error":"no"}', '', 'error'],
    ['{"type":"error","message":"no","code":"x"}', 'error', 'error'],
    [
      '{"type":"response.failed","response":{"error":{"code":"rate_limit_exceeded","message":"slow"}}}',
      '',
      'error',
    ],
    ['{"type":"response.failed"}', '', 'error'],
    ['{"type":"keepalive","sequence_number":3}', 'keepalive', 'ping'],
    ['{"type":"response.something.new","x":1}', '', 'chunks'],
    ['{"type":"response.output_text.delta"}', '', 'chunks'],
    ['{"type":"response.output_item.done","item":3}', '', 'chunks'],
    ['{"type":"response.completed"}', '', 'chunks'],
    ['{}', '', 'chunks'],
  ];
  for (const [data, event, kind] of kinds) {
    const it = codec();
    const decoded = it.decodeEvent(data, event);
    t.equal(decoded.kind, kind, data);
    it.encodeEvent(decoded, []);
    it.encodeEnd();
  }
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          type: fc.constantFrom(...textAnswer('a').map((it) => it['type'])),
          rest: fc.jsonValue(),
        }),
      ),
      (list) => {
        const it = codec();
        for (const { type, rest } of list) {
          const extra =
            typeof rest === 'object' && rest !== null ? rest : { output_index: rest, item: rest, part: rest };
          const decoded = it.decodeEvent(JSON.stringify({ ...extra, type }), '');
          it.encodeEvent(decoded, decoded.chunks.slice(1));
        }
        it.encodeEnd();
      },
    ),
  );
});

t.test('an error in the middle is told twice: as SDKs raise it, and as Codex reads it', async (t) => {
  const it = codec();
  let out = '';
  for (const event of textAnswer('a', 'b').slice(0, 5)) {
    const decoded = it.decodeEvent(JSON.stringify(event), String(event['type']));
    out += it.encodeEvent(decoded, decoded.chunks);
  }
  const error = it.encodeError(new GatewayError('stream_interrupted', 'It broke off.'));
  const [first, second] = eventsOf(error);
  const told = { code: 'stream_interrupted', message: 'It broke off.' };
  t.match(first, {
    type: 'error',
    sequence_number: 5,
    ...told,
    param: null,
    error: { ...told, type: 'server_error' },
  });
  t.match(second, {
    type: 'response.failed',
    sequence_number: 6,
    response: { id: 'resp_1', status: 'failed', error: told },
  });
  await t.rejects(sdkReads(out + error), { code: 'stream_interrupted', message: /It broke off/ });
  t.equal(it.encodeEnd(), '', 'and no clean end follows');
  t.equal(it.encodePing(), ': ping\n\n');
});
