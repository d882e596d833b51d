import assert from 'node:assert/strict';
import t from 'tap';
import { jsonTextFrom, parseJsonText } from '../../../../core/body/json-text.ts';
import { countTokensDialect } from '../../../../core/dialects/count-tokens/dialect.ts';
import { messagesDialect } from '../../../../core/dialects/messages/dialect.ts';
import { toStopReason } from '../../../../core/dialects/messages/finish.ts';
import { AnswerBuilder } from '../../../../core/response/answer.ts';
import { SseDecoder } from '../../../../core/response/sse-decoder.ts';
import type { Chunk } from '../../../../sdk/chunk.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import { totalInputTokens } from '../../../../sdk/usage.ts';
import type { AnswerDecoder, DecodedEvent, WireContext } from '../../../../sdk/wire.ts';
import { type MessagesCase, messagesCases, skipCases } from './fixture-cases.ts';
import { checkMessagesStream } from './grammar.ts';

const meta = { id: 'msg_1', createdAtMs: 0, model: 'alias', vendor: 'anthropic' };
const context = { target: { vendor: 'anthropic' } } as WireContext;
type Tap = Pick<typeof t, 'equal' | 'same' | 'ok' | 'fail'>;

function decodeStream(
  decoder: Pick<AnswerDecoder, 'decodeEvent'>,
  pieces: readonly Buffer[],
): DecodedEvent[] {
  const events: DecodedEvent[] = [];
  const sse = new SseDecoder((data, event) => events.push(decoder.decodeEvent(data, event)));
  for (const piece of pieces) sse.push(piece);
  assert.ok(sse.end());
  return events;
}

function checkMeaning(t: Tap, { facts }: MessagesCase, events: readonly DecodedEvent[]): void {
  const chunks = events.flatMap((event) => event.chunks);
  const builder = new AnswerBuilder();
  builder.add(chunks);
  const answer = builder.build(200, null);
  const choice = answer.choices[0];
  t.equal(
    events.some((event) => event.kind === 'error'),
    facts['error'] !== undefined,
    'error',
  );
  t.equal(choice?.text ?? '', facts['text'] ?? '', 'text');
  t.equal(choice?.reasoning ?? '', facts['reasoning'] ?? '', 'reasoning');
  t.same(
    (choice?.toolCalls ?? []).map((call) => ({ ...call, arguments: JSON.parse(call.arguments) as unknown })),
    facts['tool_calls'] ?? [],
    'tool calls',
  );
  const seals = chunks.flatMap((chunk) =>
    chunk.type === 'seal' && chunk.of === 'reasoning' ? [chunk.seal] : [],
  );
  t.same(
    seals.map((seal) => seal.value.length),
    facts['signature_lengths'] ?? [],
    'signatures',
  );
  const finish = chunks.find((chunk) => chunk.type === 'finish');
  if (facts['finish'] === undefined) t.equal(finish, undefined);
  else {
    const calls = (choice?.toolCalls.length ?? 0) > 0;
    t.equal(toStopReason(finish?.reason ?? null, calls, finish?.stopSequence), facts['finish'], 'finish');
    t.equal(finish?.stopSequence, facts['stop_sequence'], 'stop sequence');
  }
  const want = facts['usage'] as Record<string, number> | undefined;
  const { usage } = answer;
  if (want === undefined) return void t.equal(usage, null);
  if (usage === null) return void t.fail('usage is missing');
  t.equal(totalInputTokens(usage), want['input_total'], 'input tokens');
  t.equal(usage.inputTokens, want['input_uncached'], 'uncached');
  t.equal(usage.outputTokens, want['output_total'], 'output tokens');
  t.equal(usage.cacheReadTokens, want['cache_read'] ?? 0, 'read');
  t.equal(usage.cacheWrite5mTokens + usage.cacheWrite1hTokens, want['cache_write'] ?? 0, 'written');
  t.equal(usage.cacheWrite1hTokens, want['cache_write_1h'] ?? 0, 'written for an hour');
  t.equal(usage.reasoningTokens, want['reasoning'] ?? 0, 'reasoning tokens');
}

for (const fixture of messagesCases().filter((it) => it.api === 'messages')) {
  void t.test(fixture.name, async (t) => {
    const codec = messagesDialect.codec(meta);
    const failed = fixture.facts['error'] !== undefined;
    if (fixture.stream) {
      const events = decodeStream(codec, [fixture.response]);
      checkMeaning(t, fixture, events);
      t.equal(codec.complete, !failed, 'complete');
      checkMeaning(t, fixture, decodeStream(messagesDialect.wire!.decoder(context), [fixture.response]));
      const bytes = [...fixture.response].map((byte) => Buffer.from([byte]));
      t.same(decodeStream(messagesDialect.codec(meta), bytes), events, 'byte by byte');
      for (let cut = 1; cut < fixture.response.length; cut += 7) {
        const pieces = [fixture.response.subarray(0, cut), fixture.response.subarray(cut)];
        assert.deepEqual(decodeStream(messagesDialect.codec(meta), pieces), events);
      }
      const out = events.map((event) => codec.encodeEvent(event, [...event.chunks])).join('');
      t.equal(out, fixture.response.toString(), 'unchanged streams leave byte for byte');
      if (failed) return;
      const streamed = checkMessagesStream(out);
      const chunks = events.flatMap((event) => event.chunks);
      const anew = messagesDialect.codec(meta);
      const again = checkMessagesStream(anew.encodeChunks(chunks) + anew.encodeEnd());
      // The words of a refusal stand in `stop_details`; whoever does not know that says them as text.
      const refused = streamed.stopReason === 'refusal';
      if (!refused) t.same(again.content, streamed.content, 'told in our words it says the same');
      t.equal(again.stopReason, streamed.stopReason);
      return;
    }
    const body = parseJsonText(fixture.response);
    const decoded = codec.decodeWhole(body);
    checkMeaning(t, fixture, [decoded]);
    if (failed) return;
    t.equal(codec.complete, true);
    t.equal(codec.encodeWhole(body, decoded, [...decoded.chunks]), body.text, 'unchanged');
    const whole = JSON.parse(codec.synthesizeWhole(decoded.chunks)) as JsonObject;
    t.same(
      withoutNulls(whole['content']),
      withoutNulls(body.value['content']),
      'told in our words it says the same',
    );
    t.equal(whole['stop_reason'], body.value['stop_reason']);
    const streaming = messagesDialect.codec(meta);
    const { chunks } = streaming.decodeWhole(jsonTextFrom(body.text));
    const streamed = checkMessagesStream(streaming.encodeChunks(chunks) + streaming.encodeEnd());
    t.same(withoutNulls(streamed.content), withoutNulls(body.value['content']), 'as a stream, too');
    t.equal(streamed.stopReason, body.value['stop_reason']);
  });
}

/** Optional members of Anthropic's own blocks that say nothing. */
function withoutNulls(content: unknown): unknown {
  return (content as JsonObject[]).map(({ caller: _, ...block }) =>
    Object.fromEntries(Object.entries(block).filter(([, value]) => value !== null)),
  );
}

t.test('every text of a recorded request can be replaced', { skip: skipCases }, async (t) => {
  for (const fixture of messagesCases()) {
    if (fixture.request === null) continue;
    const dialect = fixture.api === 'messages' ? messagesDialect : countTokensDialect;
    const body = parseJsonText(fixture.request);
    dialect.validate(body.value);
    const view = dialect.view(body);
    t.ok(view.inputTokens > 0, fixture.name);
    for (const { pointer, text } of view.texts) {
      const edits = dialect.edits(body, view, { texts: { [pointer]: `<${text}>` } });
      const other = dialect.view(jsonTextFrom(body.edit(edits)));
      t.equal(other.texts.find((it) => it.pointer === pointer)?.text, `<${text}>`, pointer);
    }
  }
});

t.test(
  'a recorded stream that is cut anywhere is complete only with its end',
  { skip: skipCases },
  async (t) => {
    for (const { name, stream, response, facts } of messagesCases()) {
      if (!stream || facts['error'] !== undefined) continue;
      const events: [string, string][] = [];
      const sse = new SseDecoder((data, event) => events.push([data, event]));
      sse.push(response);
      const codec = messagesDialect.codec(meta);
      const done: boolean[] = [];
      for (const [data, event] of events) {
        codec.decodeEvent(data, event);
        done.push(codec.complete);
      }
      t.same(done.lastIndexOf(false), events.length - 2, name);
    }
  },
);

t.test('chunks of a stream add up to the same answer for other dialects', { skip: skipCases }, async (t) => {
  for (const { name, stream, response, facts } of messagesCases()) {
    if (!stream) continue;
    const chunks: Chunk[] = decodeStream(messagesDialect.wire!.decoder(context), [response]).flatMap((it) => [
      ...it.chunks,
    ]);
    const text = chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('');
    t.equal(text, facts['text'], name);
  }
});
