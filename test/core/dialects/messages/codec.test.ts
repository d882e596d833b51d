import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { jsonTextFrom } from '../../../../core/body/json-text.ts';
import { messagesDialect } from '../../../../core/dialects/messages/dialect.ts';
import { createChain } from '../../../../core/response/chain.ts';
import type { Chunk } from '../../../../sdk/chunk.ts';
import { GatewayError } from '../../../../sdk/errors.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import { checkMessagesStream, eventsOf } from './grammar.ts';
import { type BlockSpec, decodeWith, passStream, streamOf } from './stream-of.ts';

const codec = () =>
  messagesDialect.codec({ id: 'msg_1', createdAtMs: 0, model: 'alias', vendor: 'anthropic' });
const text = (value: string): Chunk => ({ type: 'text', choice: 0, text: value });
const without = (type: Chunk['type']) => (chunks: readonly Chunk[]) =>
  chunks.filter((chunk) => chunk.type !== type);
const unsigned = 'sluice:none:reasoning:';
const full: readonly BlockSpec[] = [
  { type: 'thinking', pieces: ['let ', 'me'] },
  { type: 'text', pieces: ['a', 'b'] },
  { type: 'tool_use', pieces: ['{"x":', '1}'] },
  { type: 'tool_use', pieces: [] },
];

t.test('a changed text is replaced in its event and everything else stays byte for byte', async (t) => {
  const sse = streamOf([{ type: 'text', pieces: ['ab', 'cd'] }]).replace(
    '"text":"cd"}}',
    '"text":"cd", "z":[1.0]} }  ',
  );
  const out = passStream(codec(), sse, (chunks) =>
    chunks.map((chunk) => (chunk.type === 'text' && chunk.text === 'cd' ? text('X') : chunk)),
  );
  t.equal(out, sse.replace('"text":"cd"', '"text":"X"'));
});

t.test('a block that lost its text does not begin, and those after it move up', async (t) => {
  const out = passStream(codec(), streamOf(full), without('text'));
  const { content, stopReason, pings } = checkMessagesStream(out);
  t.same(
    content.map((block) => block['type']),
    ['thinking', 'tool_use', 'tool_use'],
  );
  t.match(content, [{ thinking: 'let me', signature: 'sig-let me' }, { input: { x: 1 } }, { input: {} }]);
  t.equal(stopReason, 'tool_use');
  t.equal(pings, 1);
});

t.test('an answer that lost its calls does not stop for one', async (t) => {
  const { content, stopReason } = checkMessagesStream(
    passStream(codec(), streamOf(full), without('tool_call')),
  );
  t.same(
    content.map((block) => block['type']),
    ['thinking', 'text'],
  );
  t.equal(stopReason, 'end_turn');
});

t.test('an answer that lost everything is empty and well-formed', async (t) => {
  const { content, stopReason } = checkMessagesStream(passStream(codec(), streamOf(full), () => []));
  t.same(content, []);
  t.equal(stopReason, 'end_turn');
});

t.test('changed thinking loses the signature of the old one', async (t) => {
  const change = (chunks: readonly Chunk[]) =>
    chunks.map(
      (chunk): Chunk => (chunk.type === 'reasoning' ? { ...chunk, text: chunk.text.toUpperCase() } : chunk),
    );
  const { content } = checkMessagesStream(passStream(codec(), streamOf(full), change));
  t.same(content[0], { type: 'thinking', thinking: 'LET ME', signature: unsigned });
  const gone = checkMessagesStream(passStream(codec(), streamOf(full), without('reasoning')));
  t.equal(gone.content[0]?.['type'], 'text', 'a signature alone is nothing');
  const bare = checkMessagesStream(passStream(codec(), streamOf(full), without('seal')));
  t.match(bare.content[0], { thinking: 'let me' });
});

t.test('hidden thinking keeps its signature', async (t) => {
  const sse = streamOf([
    { type: 'thinking', pieces: [] },
    { type: 'text', pieces: ['a'] },
  ]);
  const out = passStream(codec(), sse, (chunks) =>
    chunks.map((chunk) => (chunk.type === 'text' ? text('b') : chunk)),
  );
  t.same(checkMessagesStream(out).content[0], { type: 'thinking', thinking: '', signature: 'sig-' });
});

t.test('text that is held back joins its block although the provider has ended it', async (t) => {
  let held = '';
  const chain = createChain([
    {
      kind: 'transform',
      transform: {
        push(chunk, emit) {
          if (chunk.type !== 'text') return emit(chunk);
          const all = held + chunk.text;
          held = all.slice(-1);
          if (all.length > 1) emit(text(all.slice(0, -1)));
        },
        end: (emit) => emit(text(held)),
      },
    },
  ]);
  const sse = streamOf([{ type: 'text', pieces: ['ab', 'cd', 'e'] }]);
  const out = passStream(
    codec(),
    sse,
    (chunks) => chain.push(chunks),
    () => chain.end(),
  );
  const { content, stopReason, usage } = checkMessagesStream(out);
  t.same(content, [{ type: 'text', text: 'abcde' }]);
  t.equal(stopReason, 'end_turn');
  t.match(usage, { input_tokens: 7, output_tokens: 9 });
  t.equal(eventsOf(out).filter((event) => event['type'] === 'message_delta').length, 1);
});

t.test('a call that is held back to its end keeps the fields that nobody knows', async (t) => {
  const sse = streamOf(full).replace('"name":"tool_2"', '"name":"tool_2","caller":{"type":"direct"}');
  let held: Chunk[] = [];
  const map = (chunks: readonly Chunk[]) =>
    chunks.flatMap((chunk): Chunk[] => {
      if (chunk.type === 'tool_call') {
        held.push(chunk);
        return [];
      }
      if (chunk.type !== 'finish') return [chunk];
      const out = [...held, chunk];
      held = [];
      return out;
    });
  const { content, stopReason } = checkMessagesStream(passStream(codec(), sse, map));
  t.match(content, [
    { type: 'thinking' },
    { type: 'text', text: 'ab' },
    { id: 'toolu_2', name: 'tool_2', input: { x: 1 }, caller: { type: 'direct' } },
    { id: 'toolu_3', input: {} },
  ]);
  t.equal(stopReason, 'tool_use');
});

t.test('an answer that is told anew after a step wanted all of it begins anew', async (t) => {
  for (const copied of [false, true]) {
    const it = codec();
    const all: Chunk[] = [];
    for (const event of decodeWith(it, streamOf(full))) {
      if (event.kind !== 'chunks') continue;
      all.push(...event.chunks);
      it.encodeEvent(event, event.chunks);
    }
    const changed = all.map(
      (chunk): Chunk => (chunk.type === 'text' ? text('!') : copied ? { ...chunk } : chunk),
    );
    const { message, content, stopReason, usage } = checkMessagesStream(
      it.encodeChunks(changed) + it.encodeEnd(),
    );
    t.equal(message['id'], 'msg_p');
    t.match(content, [
      { type: 'thinking', thinking: 'let me' },
      { text: '!!' },
      { id: 'toolu_2', input: { x: 1 } },
      { id: 'toolu_3' },
    ]);
    t.equal(stopReason, 'tool_use');
    t.equal(usage['output_tokens'], 9);
  }
});

t.test('blocks of server tools pass, with their results, also when the answer is told anew', async (t) => {
  const sse = streamOf([
    { type: 'server_tool_use', pieces: ['{"q"', ':1}'] },
    { type: 'text', pieces: ['found'] },
  ]);
  const it = codec();
  const chunks = decodeWith(it, sse).flatMap((event) => event.chunks);
  t.same(
    chunks.flatMap((chunk) => (chunk.type === 'opaque' ? [chunk.name] : [])),
    Array(3).fill('server_tool_use'),
  );
  const anew = codec();
  const { content, stopReason } = checkMessagesStream(anew.encodeChunks(chunks) + anew.encodeEnd());
  t.match(content, [{ type: 'server_tool_use', id: 'toolu_0', input: { q: 1 } }, { text: 'found' }]);
  t.equal(stopReason, 'end_turn');
  t.match((JSON.parse(codec().synthesizeWhole(chunks)) as JsonObject)['content'], [{ input: { q: 1 } }, {}]);
  const dropped = checkMessagesStream(passStream(codec(), sse, without('opaque')));
  t.same(dropped.content, [{ type: 'text', text: 'found' }]);
});

t.test('the usage of the start waits until the model is at work', async (t) => {
  const events = decodeWith(codec(), streamOf([{ type: 'text', pieces: ['a'] }]));
  t.same(
    events.map((event) => event.chunks.map((chunk) => chunk.type)),
    [[], [], [], ['usage', 'text'], [], ['finish', 'usage'], []],
  );
  const thinking = decodeWith(codec(), streamOf([{ type: 'thinking', pieces: [] }]));
  t.same(
    thinking[1]?.chunks.map((chunk) => chunk.type),
    ['usage'],
    'hidden thinking may last',
  );
});

t.test('events that say nothing here pass, and an error is one', async (t) => {
  const it = codec();
  const unknown = it.decodeEvent('{"type":"news","x":1}', 'news');
  t.equal(it.encodeEvent(unknown, unknown.chunks), 'event: news\ndata: {"type":"news","x":1}\n\n');
  t.equal(
    it.decodeEvent('{"type":"error","error":{"type":"overloaded_error","message":"x"}}', 'error').kind,
    'error',
  );
  t.equal(it.decodeEvent('{"error":{"message":"x"}}', '').kind, 'error');
  t.equal(it.decodeEvent('<html>', '').kind, 'error');
  t.equal(it.decodeEvent('', '').kind, 'ignore');
  t.equal(it.decodeEvent('[DONE]', '').kind, 'ignore');
  t.equal(it.decodeEvent('{"type":"message_stop"}', '').kind, 'done');
  t.equal(it.decodeWhole(jsonTextFrom('{"type":"error","error":{"type":"x","message":"y"}}')).kind, 'error');
  t.equal(it.decodeWhole(jsonTextFrom('{}')).kind, 'error');
});

t.test('an unfinished stream ends with an error event', async (t) => {
  const it = codec();
  const out = it.encodeChunks([text('a')]) + it.encodeError(new GatewayError('overloaded', 'busy'));
  const { error, content } = checkMessagesStream(out);
  t.same(error, { type: 'overloaded_error', message: 'busy', code: 'overloaded' });
  t.same(content, [{ type: 'text', text: 'a' }]);
  t.equal(it.encodeEnd(), '');
  t.equal(it.encodePing(), 'event: ping\ndata: {"type": "ping"}\n\n');
});

t.test('a server that forgets starts and stops is mended', async (t) => {
  const sse = streamOf(full)
    .split('\n\n')
    .filter((event) => !event.includes('content_block_stop') && !event.includes('message_start'))
    .join('\n\n');
  const { content, message } = checkMessagesStream(passStream(codec(), sse, (chunks) => chunks));
  t.match(content, [{ thinking: 'let me' }, { text: 'ab' }, { input: { x: 1 } }, { input: {} }]);
  t.equal(message['id'], 'msg_1');
});

t.test('a refusal keeps its details unless a step takes its words', async (t) => {
  const details = '"stop_sequence":null,"stop_details":{"type":"refusal","explanation":"No."}';
  const sse = streamOf([], 'refusal').replace(
    '"stop_sequence":null},"usage":{"output_tokens":9}',
    `${details}},"usage":{"output_tokens":9}`,
  );
  t.equal(
    passStream(codec(), sse, (chunks) => chunks),
    sse,
  );
  const kept: Chunk[] = [];
  const hold = (chunks: readonly Chunk[]) => {
    kept.push(...chunks.filter((chunk) => chunk.type === 'finish' || chunk.type === 'usage'));
    return chunks.filter((chunk) => !kept.includes(chunk));
  };
  t.equal(
    passStream(codec(), sse, hold, () => kept),
    sse,
    'ends that wait are the same ends',
  );
  t.notMatch(passStream(codec(), sse, without('refusal')), /stop_details/);
});

const body = (content: readonly JsonObject[], more: JsonObject = {}) =>
  `{"id":"msg_w", "type":"message","role":"assistant","model":"m","content":${JSON.stringify(content)}, "stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":4},"big":12345678901234567890${Object.keys(more).length > 0 ? `,${JSON.stringify(more).slice(1, -1)}` : ''}}`;
const blocks = [
  { type: 'thinking', thinking: 'hm', signature: 's' },
  { type: 'text', text: 'secret', citations: [{ a: 1 }, { a: 2 }] },
  { type: 'web_search_tool_result', content: [] },
  { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
];
function passWhole(whole: string, map: (chunks: readonly Chunk[]) => readonly Chunk[]): string {
  const it = codec();
  const text = jsonTextFrom(whole);
  const decoded = it.decodeWhole(text);
  return it.encodeWhole(text, decoded, map(decoded.chunks));
}

t.test('changes of a whole answer are written into it, everything else stays byte for byte', async (t) => {
  const whole = body(blocks);
  t.equal(
    passWhole(whole, (chunks) => chunks.map((chunk) => (chunk.type === 'text' ? text('***') : chunk))),
    whole.replace('secret', '***'),
  );
  t.equal(
    passWhole(whole, (chunks) =>
      chunks.map((chunk): Chunk => (chunk.type === 'reasoning' ? { ...chunk, text: 'no' } : chunk)),
    ),
    whole.replace('"hm","signature":"s"', `"no","signature":"${unsigned}"`),
  );
  t.equal(
    passWhole(whole, (chunks) =>
      chunks.map((chunk): Chunk => (chunk.type === 'tool_call' ? { ...chunk, arguments: '{"x":2}' } : chunk)),
    ),
    whole.replace('{"x":1}', '{"x":2}'),
  );
});

t.test('a whole answer can lose and gain blocks', async (t) => {
  const content = (out: string) => (JSON.parse(out) as { content: JsonObject[] }).content;
  const types = (out: string) => content(out).map((block) => block['type']);
  const whole = body(blocks);
  t.same(types(passWhole(whole, without('text'))), ['thinking', 'web_search_tool_result', 'tool_use']);
  t.same(types(passWhole(whole, without('opaque'))), ['thinking', 'text', 'tool_use']);
  t.same(content(passWhole(whole, without('opaque')))[1], { type: 'text', text: 'secret', citations: [] });
  const uncalled = JSON.parse(passWhole(whole, without('tool_call'))) as JsonObject;
  t.equal(uncalled['stop_reason'], 'end_turn');
  t.same(types(passWhole(whole, () => [])), []);
  const split = passWhole(whole, (chunks) =>
    chunks.flatMap((chunk) => (chunk.type === 'text' ? [text('sec'), text('ond')] : [chunk])),
  );
  t.equal(content(split)[1]?.['text'], 'second', 'pieces of a text are one text');
  const gained = passWhole(whole, (chunks) => [text('first'), ...chunks, text('last')]);
  t.same(types(gained), ['text', ...blocks.map((block) => block.type), 'text']);
  const called = passWhole(body([], { stop_reason: 'end_turn' }), () => [
    { type: 'tool_call', choice: 0, index: 0, id: 'x', name: 'g', arguments: '' },
  ]);
  t.match(JSON.parse(called), {
    stop_reason: 'tool_use',
    content: [{ type: 'tool_use', name: 'g', input: {} }],
  });
});

/** What a chain may do with a chunk. */
const acts = fc.constantFrom(
  'keep',
  'keep',
  'keep',
  'drop',
  'hold',
  'release',
  'copy',
  'change',
  'before',
  'after',
);
const specs: fc.Arbitrary<BlockSpec[]> = fc.array(
  fc.oneof(
    fc.record({
      type: fc.constantFrom('text' as const, 'thinking' as const, 'redacted_thinking' as const),
      pieces: fc.array(fc.string({ minLength: 1, maxLength: 4 }), { maxLength: 4 }),
    }),
    fc.record({
      type: fc.constantFrom('tool_use' as const, 'server_tool_use' as const),
      pieces: fc.constantFrom([], ['{}'], ['{"a":', '[1', ',2]}']),
    }),
  ),
  { maxLength: 5 },
);

t.test('the client’s stream is well-formed whatever the chain does', async () => {
  fc.assert(
    fc.property(
      specs,
      fc.array(acts, { maxLength: 40 }),
      fc.boolean(),
      fc.boolean(),
      (blocks, plan, tail, whole) => {
        let step = 0;
        let held: Chunk[] = [];
        const mapOne = (chunk: Chunk): Chunk[] => {
          const act = plan[step++ % Math.max(1, plan.length)] ?? 'keep';
          switch (act) {
            case 'drop':
              return [];
            case 'hold':
              held.push(chunk);
              return [];
            case 'release': {
              const out = [...held, chunk];
              held = [];
              return out;
            }
            case 'copy':
              return [{ ...chunk }];
            case 'change':
              return [chunk.type === 'text' || chunk.type === 'reasoning' ? { ...chunk, text: 'X' } : chunk];
            case 'before':
              return [text('new'), chunk];
            case 'after':
              return chunk.type === 'finish' ? [chunk] : [chunk, text('more')];
            default:
              return [chunk];
          }
        };
        const chain = createChain([
          {
            kind: 'transform',
            transform: {
              push: (chunk, emit) => mapOne(chunk).forEach(emit),
              ...(tail ? { end: (emit: (chunk: Chunk) => void) => held.forEach(emit) } : undefined),
            },
          },
        ]);
        const it = codec();
        let out = '';
        const all: Chunk[] = [];
        for (const event of decodeWith(it, streamOf(blocks))) {
          if (event.kind !== 'chunks') continue;
          const passed = chain.push(event.chunks);
          all.push(...passed);
          out += it.encodeEvent(event, passed);
        }
        const rest = chain.end();
        all.push(...rest);
        if (rest.length > 0) out += it.encodeChunks(rest);
        // A step that wants the whole answer throws away what was written.
        if (whole && all.some((chunk) => chunk.type === 'finish')) out = it.encodeChunks(all);
        out += it.encodeEnd();
        const { content } = checkMessagesStream(out);
        const told = content.map((block) => (block['type'] === 'text' ? String(block['text']) : '')).join('');
        const meant = all.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('');
        assert.equal([...told].sort().join(''), [...meant].sort().join(''), 'no text is lost');
        for (const block of content) {
          if (block['type'] !== 'thinking') continue;
          const { signature, thinking } = block;
          assert.ok(
            signature === unsigned || signature === `sig-${String(thinking)}` || signature === '',
            String(signature),
          );
        }
      },
    ),
    { numRuns: 2000 },
  );
});

t.test('a chain that changes nothing leaves the bytes alone, ends that wait included', async () => {
  fc.assert(
    fc.property(specs, fc.boolean(), (blocks, tail) => {
      const chain = createChain([
        {
          kind: 'transform',
          transform: { push: (chunk, emit) => emit(chunk), ...(tail ? { end: () => undefined } : undefined) },
        },
      ]);
      const sse = streamOf(blocks);
      assert.equal(
        passStream(
          codec(),
          sse,
          (chunks) => chain.push(chunks),
          () => chain.end(),
        ),
        sse,
      );
    }),
    { numRuns: 300 },
  );
});
