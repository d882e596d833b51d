import t from 'tap';
import { jsonTextFrom } from '../../../../core/body/json-text.ts';
import { chatDialect } from '../../../../core/dialects/chat/dialect.ts';
import type { AnswerCodec } from '../../../../core/dialects/dialect.ts';
import type { Chunk } from '../../../../sdk/chunk.ts';
import type { Json, JsonObject } from '../../../../sdk/json.ts';
import { loadCases, sharedFixtures } from '../fixture-cases.ts';

const codec = (vendor = 'minimax') =>
  chatDialect.codec({ id: 'req_1', createdAtMs: 0, model: 'alias', vendor });
const event = (delta: Json, more: JsonObject = {}) =>
  JSON.stringify({ id: 'c1', choices: [{ index: 0, delta, finish_reason: null, ...more }] });
const read = (delta: Json, it: AnswerCodec = codec()) => it.decodeEvent(event(delta), '').chunks;
const format = 'anthropic-claude-v1';
const sealed = (of: string, issuer: string, value: string, more: object = {}) => ({
  type: 'seal',
  choice: 0,
  of,
  seal: { issuer, value },
  ...more,
});
const reasoning = (text: string) => ({ type: 'reasoning', choice: 0, text });

t.test('signatures and encrypted reasoning are seals of whom their format names', async (t) => {
  const signed = (own: Json) =>
    read({ reasoning_details: [{ type: 'reasoning.text', signature: 'S', format: own }] });
  for (const [own, issuer] of [
    ['anthropic-claude-v1', 'anthropic'],
    ['openai-responses-v1', 'openai'],
    ['azure-openai-responses-v1', 'openai'],
    ['google-gemini-v1', 'google'],
    ['xai-responses-v1', 'xai'],
    ['sluice-acme', 'acme'],
    [null, 'minimax'],
    ['unknown', 'minimax'],
    ['constructor', 'minimax'],
  ] as const) {
    t.same(signed(own), [sealed('reasoning', issuer, 'S')], String(own));
  }
  t.same(
    read({
      reasoning: 'why',
      reasoning_details: [
        { type: 'reasoning.text', text: 'why', signature: 'S', format, index: 0 },
        { type: 'reasoning.encrypted', data: 'E', id: 'rs_1', format: 'openai-responses-v1', index: 1 },
        { type: 'reasoning.encrypted', data: 'sluice:google:text:T', index: 2 },
        { type: 'reasoning.text', text: '', signature: '', format, index: 3 },
        null,
        'odd',
      ],
    }),
    [
      reasoning('why'),
      sealed('reasoning', 'anthropic', 'S'),
      sealed('redacted', 'openai', 'E', { id: 'rs_1' }),
      sealed('text', 'google', 'T'),
    ],
  );
});

t.test('reasoning that is said twice is read once, with its seals between its blocks', async (t) => {
  const details = [
    { type: 'reasoning.text', text: 'a', signature: '1', format, index: 0 },
    { type: 'reasoning.summary', summary: 'b', format, index: 1 },
  ];
  const want = [reasoning('a'), sealed('reasoning', 'anthropic', '1'), reasoning('b')];
  t.same(read({ reasoning: 'ab', reasoning_content: 'ab', reasoning_details: details }), want);
  t.same(read({ reasoning_details: details }), want, 'in the details only');
  const it = codec();
  t.same(read({ reasoning: 'ab' }, it), [reasoning('ab')]);
  t.same(read({ reasoning_details: details }, it), [want[1]], 'told again at the end');
});

t.test('seals of calls find their calls, whatever comes first', async (t) => {
  const calls = [{ index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }];
  const detail = { type: 'reasoning.encrypted', data: 'G', id: 'c1', format: 'google-gemini-v1', index: 0 };
  const chunk = { type: 'tool_call', choice: 0, index: 0, id: 'c1', name: 'f', arguments: '{}' };
  const seal = sealed('call', 'google', 'G', { call: 0 });
  t.same(read({ tool_calls: calls, reasoning_details: [detail] }), [chunk, seal], 'together');
  const after = codec();
  read({ tool_calls: calls }, after);
  t.same(read({ reasoning_details: [detail] }, after), [seal], 'afterwards');
  const before = codec();
  t.same(read({ reasoning_details: [detail] }, before), []);
  t.same(read({ tool_calls: calls }, before), [chunk, seal], 'before');
  const never = codec();
  read({ reasoning_details: [detail] }, never);
  t.same(never.decodeEvent(event({}, { finish_reason: 'stop' }), '').chunks, [
    sealed('redacted', 'google', 'G', { id: 'c1' }),
    { type: 'finish', choice: 0, reason: 'stop' },
  ]);
  const own = { ...calls[0], extra_content: { google: { thought_signature: 'T' } } };
  t.same(read({ tool_calls: [own] }), [chunk, sealed('call', 'google', 'T', { call: 0 })]);
  const message = { tool_calls: calls, reasoning_details: [{ ...detail, format: 'sluice-acme' }] };
  const whole = jsonTextFrom(JSON.stringify({ choices: [{ message }] }));
  t.same(codec().decodeWhole(whole).chunks, [chunk, sealed('call', 'acme', 'G', { call: 0 })]);
});

t.test('Google’s signature of a message is that of its first call, or of its text', async (t) => {
  const extra = { extra_content: { google: { thought_signature: 'T' } }, thought_signature: 'T' };
  t.same(read({ content: 'Hi', ...extra }), [
    { type: 'text', choice: 0, text: 'Hi' },
    sealed('text', 'google', 'T'),
  ]);
  const calls = [{ id: '', function: { name: 'f', arguments: '{}' } }];
  t.match(read({ tool_calls: calls, ...extra }), [{ name: 'f' }, sealed('call', 'google', 'T', { call: 0 })]);
  t.match(read({ extra_content: { google: { thought: true } } }), [
    { type: 'opaque', name: 'extra_content' },
  ]);
});

/** What a client gets of a delta whose chunks were mapped. */
function pass(delta: JsonObject, map: (chunks: readonly Chunk[]) => readonly Chunk[]): JsonObject | null {
  const it = codec();
  const decoded = it.decodeEvent(event(delta), '');
  const out = it.encodeEvent(decoded, map(decoded.chunks));
  if (out === '') return null;
  return (JSON.parse(out.slice(6)) as { choices: { delta: JsonObject }[] }).choices[0]!.delta;
}
const without = (type: Chunk['type']) => (chunks: readonly Chunk[]) =>
  chunks.filter((it) => it.type !== type);

t.test('an event that is changed neither loses nor doubles its seals', async (t) => {
  const signature = { type: 'reasoning.text', signature: 'S', format, index: 0 };
  const encrypted = { type: 'reasoning.encrypted', data: 'E', format, index: 1 };
  const both = {
    content: 'a',
    reasoning: 'why',
    reasoning_details: [{ ...signature, text: 'why' }, encrypted],
  };
  t.same(pass(both, without('text')), { ...both, content: '' });
  t.same(
    pass(both, without('reasoning')),
    { content: 'a', reasoning: '', reasoning_details: [encrypted] },
    'a signature goes with the text that it signs',
  );
  t.same(
    pass(both, without('seal')),
    { ...both, reasoning_details: [{ type: 'reasoning.text', text: 'why', format, index: 0 }] },
    'dropped seals only',
  );
  t.same(pass({ content: 'a', reasoning_details: [encrypted] }, without('text')), {
    content: '',
    reasoning_details: [encrypted],
  });
  t.equal(pass({ reasoning_details: [encrypted] }, without('seal')), null);
  t.same(
    pass({ reasoning_details: [{ ...signature, text: 'why' }] }, (chunks) =>
      chunks.map((it) => (it.type === 'reasoning' ? { ...it, text: 'W' } : it)),
    ),
    { reasoning_details: [], reasoning: 'W' },
    'what stood in the details alone',
  );
});

t.test('seals of calls and texts can be dropped, too', async (t) => {
  const google = { google: { thought_signature: 'T' } };
  const call = { index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
  t.same(pass({ tool_calls: [{ ...call, extra_content: google }] }, without('seal')), { tool_calls: [call] });
  t.equal(pass({ tool_calls: [{ ...call, extra_content: google }] }, without('tool_call')), null);
  t.same(pass({ content: 'a', extra_content: google, thought_signature: 'T' }, without('seal')), {
    content: 'a',
  });
});

t.test('a recorded stream keeps its signature', async (t) => {
  const fixture = loadCases(sharedFixtures).find(
    (it) => it.name === 'openrouter/chat-reasoning-details-stream',
  );
  if (fixture === undefined) return void t.pass('there is no recorded traffic beside this checkout');
  const it = codec('anthropic');
  const chunks = fixture.response
    .toString('utf8')
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .flatMap((line) => it.decodeEvent(line.slice(6), '').chunks);
  const seals = chunks.filter((chunk) => chunk.type === 'seal');
  t.match(seals, [{ of: 'reasoning', seal: { issuer: 'anthropic' } }]);
  t.equal(seals[0]?.seal.value.length, 304);
});
