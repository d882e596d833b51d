import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import t, { type Test } from 'tap';
import { parseJsonText } from '../../../core/body/json-text.ts';
import type { AnswerCodec } from '../../../core/dialects/dialect.ts';
import { dialectFor } from '../../../core/dialects/registry.ts';
import { AnswerBuilder } from '../../../core/response/answer.ts';
import { SseDecoder } from '../../../core/response/sse-decoder.ts';
import type { Answer } from '../../../sdk/chunk.ts';
import { totalInputTokens } from '../../../sdk/usage.ts';
import type { DecodedEvent } from '../../../sdk/wire.ts';
import { type Facts, type FixtureCase, loadCases, ownFixtures, sharedFixtures } from './fixture-cases.ts';

const meta = { id: 'req_1', createdAtMs: 1_700_000_000_000, model: 'alias', vendor: '' };

interface Read {
  readonly codec: AnswerCodec;
  readonly events: readonly DecodedEvent[];
  readonly answer: Answer;
  /** Bytes were over after an event. */
  readonly clean: boolean;
}

function read(fixture: FixtureCase, pieces: readonly Buffer[] = [fixture.response]): Read {
  const codec = dialectFor(fixture.api).codec(meta);
  const events: DecodedEvent[] = [];
  const builder = new AnswerBuilder();
  let clean = true;
  if (fixture.stream) {
    const decoder = new SseDecoder((data, event) => events.push(codec.decodeEvent(data, event)));
    for (const piece of pieces) decoder.push(piece);
    clean = decoder.end();
  } else events.push(codec.decodeWhole(parseJsonText(fixture.response)));
  for (const event of events) builder.add(event.chunks);
  return { codec, events, answer: builder.build(200, codec.model), clean };
}

/** What the facts' own finish word means, by the rules of the chunk model. */
function finishOf(facts: Facts): string | null {
  if (facts.finish === undefined) return null;
  if (facts.finish === 'function_call') return 'tool_calls';
  return facts.finish === 'stop' && facts.tool_calls ? 'tool_calls' : facts.finish;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { __unparsed__: text };
  }
}

function checkUsage(t: Tap, facts: Facts, answer: Answer): void {
  if (facts.usage === undefined) return void t.equal(answer.usage, null, 'no usage');
  const { usage } = answer;
  if (usage === null) return void t.fail('usage is missing');
  const want = facts.usage;
  // Gemini's compatible endpoint counts reasoning in the total only.
  const hidden = Math.max(0, (want['total'] ?? 0) - (want['input_total'] ?? 0) - (want['output_total'] ?? 0));
  t.equal(totalInputTokens(usage), want['input_total'], 'input tokens');
  t.equal(usage.outputTokens, (want['output_total'] ?? 0) + hidden, 'output tokens');
  t.equal(usage.cacheReadTokens, want['cache_read'] ?? 0, 'tokens read from a cache');
  t.equal(usage.cacheWrite5mTokens, want['cache_write'] ?? 0, 'tokens written to a cache');
  t.equal(usage.reasoningTokens, (want['reasoning'] ?? 0) + hidden, 'reasoning tokens');
}

type Tap = Pick<typeof t, 'equal' | 'same' | 'fail' | 'ok'>;

function checkMeaning(t: Tap, fixture: FixtureCase, { answer, events }: Read): void {
  const { facts } = fixture;
  t.equal(
    events.some((event) => event.kind === 'error'),
    facts.error !== undefined,
    'error',
  );
  if (fixture.api === 'embeddings' && facts.error === undefined) {
    const vectors = events[0]?.chunks.find((chunk) => chunk.type === 'opaque')?.value as
      | { data: unknown[] }
      | undefined;
    t.equal(vectors?.data.length, facts.embeddings, 'vectors');
  }
  checkUsage(t, facts, answer);
  for (const want of facts.choices ?? []) {
    t.equal(answer.choices[want.index]?.text, want.text, `text of choice ${want.index}`);
    t.equal(answer.choices[want.index]?.finish, want.finish, `finish of choice ${want.index}`);
  }
  if (facts.choices !== undefined) return;
  const choice = answer.choices[0];
  t.equal(choice?.text ?? '', facts.text ?? '', 'text');
  t.equal(choice?.reasoning ?? '', facts.reasoning ?? '', 'reasoning');
  t.equal(choice?.refusal ?? '', facts.refusal ?? '', 'refusal');
  t.equal(choice?.finish ?? null, finishOf(facts), 'finish');
  t.same(
    (choice?.toolCalls ?? []).map((call) => ({ ...call, arguments: parsed(call.arguments) })),
    (facts.tool_calls ?? []).map((call) => ({ ...call, id: call.id ?? '' })),
    'tool calls',
  );
}

function check(t: Test, fixture: FixtureCase): void {
  void t.test(fixture.name, async (t) => {
    const whole = read(fixture);
    checkMeaning(t, fixture, whole);
    const { facts } = fixture;
    const failed = facts.error !== undefined;
    if (!failed && fixture.stream) {
      t.equal(whole.codec.complete && whole.clean, facts.done_marker, 'a cut stream is not complete');
    }
    if (fixture.stream) {
      const bytes = [...fixture.response].map((byte) => Buffer.from([byte]));
      t.same(read(fixture, bytes).events, whole.events, 'byte by byte');
      const payloads = (cut: number) => {
        const out: string[] = [];
        const decoder = new SseDecoder((data) => out.push(data));
        decoder.push(fixture.response.subarray(0, cut));
        decoder.push(fixture.response.subarray(cut));
        return out;
      };
      const want = whole.events.map((event) => event.data);
      for (let cut = 1; cut < fixture.response.length; cut++) assert.deepEqual(payloads(cut), want);
      const again: string[] = [];
      const decoder = new SseDecoder((data) => again.push(data));
      for (const event of whole.events)
        decoder.push(Buffer.from(whole.codec.encodeEvent(event, [...event.chunks])));
      t.same(again, want, 'unchanged events leave as they came');
    } else {
      const body = parseJsonText(fixture.response);
      const decoded = whole.events[0] as DecodedEvent;
      t.equal(
        whole.codec.encodeWhole(body, decoded, [...decoded.chunks]),
        body.text,
        'unchanged answers too',
      );
    }
    if (fixture.request !== null) {
      const body = parseJsonText(fixture.request);
      dialectFor(fixture.api).validate(body.value);
      const view = dialectFor(fixture.api).view(body);
      for (const { pointer, text } of view.texts) {
        const edits = dialectFor(fixture.api).edits(body, view, { texts: { [pointer]: `<${text}>` } });
        const other = dialectFor(fixture.api).view(parseJsonText(Buffer.from(body.edit(edits))));
        t.equal(other.texts.find((it) => it.pointer === pointer)?.text, `<${text}>`, pointer);
      }
    }
  });
}

t.test('the project’s own cases mean what their facts say', async (t) => {
  const cases = loadCases(ownFixtures);
  t.ok(cases.length > 0);
  for (const fixture of cases) check(t, fixture);
});

const skip = existsSync(sharedFixtures) ? false : 'there is no recorded traffic beside this checkout';
t.test('recorded answers of providers mean what their facts say', { skip }, async (t) => {
  for (const fixture of loadCases(sharedFixtures)) check(t, fixture);
});
