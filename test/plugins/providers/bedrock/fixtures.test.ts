import t, { type Test } from 'tap';
import { ConverseDecoder } from '../../../../plugins/providers/bedrock/decoder.ts';
import { converseFraming, invokeFraming } from '../../../../plugins/providers/bedrock/framing.ts';
import type { Chunk } from '../../../../sdk/chunk.ts';
import { isJsonObject, type JsonObject } from '../../../../sdk/json.ts';
import { totalInputTokens, type Usage } from '../../../../sdk/usage.ts';
import { type DecodedEvent, FramingError } from '../../../../sdk/wire.ts';
import { fromConverse, meaningOf } from './from-converse.ts';
import {
  contextOf,
  encode,
  type Fixture,
  type FramedEvent,
  loadFixtures,
  makeProvider,
  summary,
  wireOf,
} from './kit.ts';

const fixtures = loadFixtures();
const skip = fixtures.length === 0 ? 'the shared fixtures are not beside this checkout' : false;
const isApi = (api: string) => (fixture: Fixture) => fixture.meta['api'] === api;
const isOk = ({ meta, facts }: Fixture) => meta['status'] === 200 && facts['framing_error'] === undefined;
const model = ({ meta }: Fixture) => String(meta['model'] ?? 'anthropic.claude-sonnet-4-6');

function framed({ meta }: Fixture, pieces: readonly Buffer[]): { events: FramedEvent[]; end: boolean } {
  const framing = meta['api'] === 'converse' ? converseFraming : invokeFraming;
  const events: FramedEvent[] = [];
  const framer = framing.framer((data, event) => events.push({ data, event }));
  for (const piece of pieces) framer.push(piece);
  return { events, end: framer.end() };
}

function compare(t: Test, chunks: readonly Chunk[], facts: JsonObject): void {
  const said = summary(chunks);
  t.equal(said.text, facts['text'] ?? '');
  t.equal(said.reasoning, facts['reasoning'] ?? '');
  t.same(
    said.calls.map(({ id, name, arguments: args }) => ({ id, name, arguments: JSON.parse(args) as unknown })),
    facts['tool_calls'] ?? [],
  );
  const lengths = said.seals.filter(({ of }) => of === 'reasoning').map(({ value }) => value.length);
  t.same(lengths, facts['signature_lengths'] ?? []);
  const finish: Record<string, string> = {
    end_turn: 'stop',
    tool_use: 'tool_calls',
    max_tokens: 'length',
    guardrail_intervened: 'content_filter',
  };
  t.equal(said.finish, finish[String(facts['finish'])]);
  if (isJsonObject(facts['usage'])) compareUsage(t, said.usage!, facts['usage']);
}

function compareUsage(t: Test, usage: Usage, facts: JsonObject): void {
  t.equal(totalInputTokens(usage), facts['input_total']);
  t.equal(usage.inputTokens, facts['input_uncached']);
  t.equal(usage.outputTokens, facts['output_total']);
  t.equal(usage.cacheReadTokens, facts['cache_read'] ?? 0);
  t.equal(usage.cacheWrite5mTokens + usage.cacheWrite1hTokens, facts['cache_write'] ?? 0);
}

t.test('whole answers mean what their facts say', { skip }, async (t) => {
  for (const fixture of fixtures.filter(isApi('converse')).filter(isOk)) {
    if (fixture.whole === null) continue;
    await t.test(fixture.name, async (t) => {
      const decoder = wireOf(makeProvider(), model(fixture)).decoder(contextOf(model(fixture)));
      const { kind, chunks } = decoder.decodeWhole(JSON.parse(fixture.whole!) as JsonObject);
      t.equal(kind, 'chunks');
      t.equal(decoder.complete, true);
      compare(t, chunks, fixture.facts);
    });
  }
});

t.test('streams mean what their facts say', { skip }, async (t) => {
  for (const fixture of fixtures.filter(isApi('converse')).filter(isOk)) {
    if (fixture.stream === null || fixture.facts['error'] !== undefined) continue;
    await t.test(fixture.name, async (t) => {
      const decoder = wireOf(makeProvider(), model(fixture)).decoder(
        contextOf(model(fixture), makeProvider(), true),
      );
      const chunks: Chunk[] = [];
      const { events, end } = framed(fixture, [fixture.stream!]);
      t.equal(events.length, Number(fixture.facts['frames']) + 1, 'all frames, and the end');
      for (const { data, event } of events) chunks.push(...decoder.decodeEvent(data, event).chunks);
      t.equal(end, true);
      t.equal(decoder.complete, true);
      compare(t, chunks, fixture.facts);
      t.equal(chunks.filter((chunk) => chunk.type === 'finish').length, 1);
    });
  }
});

t.test('streams cut at any byte give the same events', { skip }, async (t) => {
  for (const fixture of fixtures.filter(isOk)) {
    if (fixture.stream === null) continue;
    const bytes = fixture.stream;
    const whole = JSON.stringify(framed(fixture, [bytes]));
    let wrong = 0;
    for (let at = 1; at < bytes.length; at += 1) {
      if (JSON.stringify(framed(fixture, [bytes.subarray(0, at), bytes.subarray(at)])) !== whole) wrong += 1;
    }
    const single = Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1));
    t.equal(wrong, 0, fixture.name);
    t.equal(JSON.stringify(framed(fixture, single)), whole, `${fixture.name}, byte by byte`);
  }
});

t.test('streams that end early are not complete', { skip }, async (t) => {
  for (const fixture of fixtures.filter(isApi('converse')).filter(isOk)) {
    if (fixture.stream === null || fixture.facts['error'] !== undefined) continue;
    const { events } = framed(fixture, [fixture.stream]);
    const stop = events.findIndex(({ event }) => event === 'messageStop');
    const decoder = new ConverseDecoder('anthropic');
    for (const { data, event } of events.slice(0, stop)) decoder.decodeEvent(data, event);
    t.equal(decoder.complete, false, fixture.name);
  }
});

t.test('a broken checksum ends the stream with an error', { skip }, async (t) => {
  for (const fixture of fixtures.filter(({ facts }) => facts['framing_error'] !== undefined)) {
    t.throws(() => framed(fixture, [fixture.stream!]), FramingError, fixture.name);
  }
});

t.test(
  'an exception in a stream is a failure of its kind, after what was said before',
  { skip },
  async (t) => {
    const fixture = fixtures.find(({ name }) => name === 'error-in-stream')!;
    const decoder = new ConverseDecoder('anthropic');
    const decoded: DecodedEvent[] = [];
    for (const { data, event } of framed(fixture, [fixture.stream!]).events)
      decoded.push(decoder.decodeEvent(data, event));
    t.equal(summary(decoded.flatMap(({ chunks }) => chunks)).text, fixture.facts['text']);
    t.equal(decoder.complete, false);
    const error = decoded.find(({ kind }) => kind === 'error')!;
    const failure = makeProvider().failure({ status: 200, headers: {}, body: error.data });
    t.match(failure, { kind: 'rate_limit', code: 'rate_limit_exceeded', status: 429 });
  },
);

t.test("InvokeModel's stream holds Anthropic's events in order", { skip }, async (t) => {
  const fixture = fixtures.find(({ name }) => name === 'invoke-messages-stream')!;
  const { events, end } = framed(fixture, [fixture.stream!]);
  t.equal(end, true);
  t.equal(events.length, fixture.facts['frames']);
  t.equal(events[0]!.event, 'message_start');
  t.equal(events.at(-1)!.event, 'message_stop');
  for (const { data, event } of events) t.equal((JSON.parse(data) as JsonObject)['type'], event);
});

t.test('recorded requests come out as they were, in meaning', { skip }, async (t) => {
  for (const fixture of fixtures.filter(isApi('converse'))) {
    const guardrail = fixture.request['guardrailConfig'];
    const options = isJsonObject(guardrail)
      ? { guardrail: { identifier: '5zwrmdlsra2e', version: 'DRAFT', trace: 'enabled' as const } }
      : {};
    const { json } = encode(fromConverse(fixture.request), model(fixture), options);
    t.same(meaningOf(json), meaningOf(fixture.request), fixture.name);
  }
});

t.test('an answer with thinking goes back with its signature, byte for byte', { skip }, async (t) => {
  const asked = fixtures.find(({ name }) => name === 'thinking-tool')!;
  const next = fixtures.find(({ name }) => name === 'thinking-tool-replay-turn')!;
  const decoder = new ConverseDecoder('anthropic');
  const { chunks } = decoder.decodeWhole(JSON.parse(asked.whole!) as JsonObject);
  const { text, reasoning, calls, seals } = summary(chunks);
  const recorded = fromConverse(next.request);
  const { json } = encode(
    {
      ...recorded,
      turns: [
        recorded.turns[0]!,
        {
          role: 'assistant',
          blocks: [
            { type: 'reasoning', text: reasoning, seal: seals[0]! },
            { type: 'text', text },
            { type: 'tool_call', ...calls[0]! },
          ],
        },
        recorded.turns[2]!,
      ],
    },
    model(next),
  );
  t.same(meaningOf(json), meaningOf(next.request));
});

t.test('redacted reasoning goes back byte for byte', { skip }, async (t) => {
  const fixture = fixtures.find(({ name }) => name === 'thinking-redacted')!;
  const body = JSON.parse(fixture.whole!) as { output: { message: JsonObject } };
  const { seals, text } = summary(
    new ConverseDecoder('anthropic').decodeWhole(body as unknown as JsonObject).chunks,
  );
  t.match(seals, [{ of: 'redacted', issuer: 'anthropic', value: /^Eu8ECkgI/ }], "Anthropic's own spelling");
  const { json } = encode({
    ...fromConverse(fixture.request),
    turns: [
      { role: 'user', blocks: [{ type: 'text', text: 'Hi' }] },
      {
        role: 'assistant',
        blocks: [
          { type: 'reasoning', text: '', redacted: true, seal: seals[0]! },
          { type: 'text', text },
        ],
      },
      { role: 'user', blocks: [{ type: 'text', text: 'Go on' }] },
    ],
  });
  t.same((json['messages'] as readonly JsonObject[])[1], body.output.message);
});

t.test(
  'counted tokens come as Anthropic would say them, for the prompt that was counted',
  { skip },
  async (t) => {
    const fixture = fixtures.find(({ name }) => name === 'count-tokens')!;
    const adapter = makeProvider().dialect('count_tokens', model(fixture));
    if (adapter === null || typeof adapter === 'string' || adapter.kind !== 'adapter')
      throw new Error('no adapter');
    const input = (fixture.request['input'] as { converse: JsonObject }).converse;
    const call = { body: {}, conversation: () => fromConverse(input), context: contextOf(model(fixture)) };
    const sent = JSON.parse(adapter.encode(call).body) as { input: { converse: JsonObject } };
    t.same(meaningOf(sent.input.converse), meaningOf(input));
    t.same(adapter.answer(JSON.parse(fixture.whole!) as JsonObject, call), { input_tokens: 375 });
  },
);

t.test('recorded errors are what they are', { skip }, async (t) => {
  const expected: Record<string, object> = {
    'error-400-model': { kind: 'not_found', code: 'model_not_found', status: 404 },
    'error-400-too-long': { kind: 'context_length', code: 'context_length_exceeded', status: 400 },
    'error-429-throttling': { kind: 'rate_limit', code: 'rate_limit_exceeded', status: 429 },
  };
  for (const [name, failure] of Object.entries(expected)) {
    const { meta, whole } = fixtures.find((fixture) => fixture.name === name)!;
    const headers = meta['response_headers'] as Record<string, string>;
    t.match(makeProvider().failure({ status: Number(meta['status']), headers, body: whole! }), failure, name);
  }
});
