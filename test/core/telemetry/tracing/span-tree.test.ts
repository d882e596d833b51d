import assert from 'node:assert/strict';
import { resourceFromAttributes } from '@opentelemetry/resources';
import fc from 'fast-check';
import t from 'tap';
import { tracesUrl } from '../../../../core/telemetry/tracing/otlp-sender.ts';
import { spanCount } from '../../../../core/telemetry/tracing/span-count.ts';
import { spansOf } from '../../../../core/telemetry/tracing/span-tree.ts';
import { countingIds } from '../../../../core/testing.ts';
import type { Models } from '../../../../sdk/services.ts';
import type { Target } from '../../../../sdk/target.ts';
import { attemptRecord, traceRecord } from '../../../../sdk/testing/trace.ts';
import type { TraceStep } from '../../../../sdk/trace.ts';

const azure: Target = {
  id: 'eu/gpt',
  provider: 'eu',
  kind: 'azure',
  model: 'gpt',
  vendor: 'openai',
  tier: 'standard',
  region: 'eu',
  weight: 1,
};
const models: Models = {
  aliases: [],
  resolve: (name) => (name === azure.id ? [azure] : undefined),
  strategy: () => 'ordered',
  tier: () => 'standard',
  nearest: () => undefined,
};
const sources = () => ({ ids: countingIds(), models, resource: resourceFromAttributes({}) });

const stepOf = (changes: Partial<TraceStep>): TraceStep => ({
  hook: 'onRequest',
  file: '10-x.yaml',
  name: 'x',
  decision: 'continue',
  startedMs: 0,
  durationUs: 1,
  ...changes,
});

const failure = fc.constantFrom(null, 'timeout' as const);
const ms = fc.double({ min: 0, max: 600_000, noNaN: true }).map((value) => Math.round(value * 1000) / 1000);

t.test('a record makes as many spans as are counted, each with a time that is one', async () => {
  const attempts = fc.array(
    fc
      .record({ failure, startedMs: ms, durationMs: fc.option(ms), firstByteMs: fc.option(ms) })
      .map(attemptRecord),
    { maxLength: 80 },
  );
  const steps = fc.array(fc.record({ startedMs: ms, durationUs: fc.nat() }).map(stepOf), { maxLength: 80 });
  const record = fc.record({
    startedAtMs: fc.nat({ max: 4e12 }),
    durationMs: ms,
    steps,
    attempts,
    asides: fc.array(
      ms.map((startedMs) => ({ ...attemptRecord({ startedMs }), purpose: 'judge' })),
      { maxLength: 5 },
    ),
    parentSpanId: fc.constantFrom(null, 'b7ad6b7169203331'),
    status: fc.constantFrom(0, 200, 429, 502),
  });
  fc.assert(
    fc.property(record, (changes) => {
      const trace = traceRecord(changes);
      const spans = spansOf(trace, sources());
      assert.equal(spans.length, spanCount(trace));
      const [root, ...others] = spans;
      assert.equal(root!.parentSpanContext?.spanId, trace.parentSpanId ?? undefined);
      for (const span of others) assert.equal(span.parentSpanContext?.spanId, root!.spanContext().spanId);
      for (const { startTime, endTime, attributes } of spans) {
        for (const [seconds, nanos] of [startTime, endTime]) {
          assert.ok(Number.isInteger(seconds) && Number.isInteger(nanos));
          assert.ok(nanos >= 0 && nanos < 1e9);
        }
        assert.ok(endTime[0] - startTime[0] + (endTime[1] - startTime[1]) / 1e9 >= 0);
        for (const value of Object.values(attributes)) assert.notEqual(value, undefined);
      }
    }),
    { numRuns: 50 },
  );
});

t.test('errors of the server are errors of its span, refusals are not', async (t) => {
  const codeOf = (changes: Parameters<typeof traceRecord>[0]) =>
    spansOf(traceRecord(changes), sources())[0]!.status;
  t.strictSame(codeOf({}), { code: 0 });
  t.strictSame(codeOf({ status: 429, outcome: 'denied', errorCode: 'rate_limit_exceeded' }), { code: 0 });
  t.strictSame(codeOf({ status: 0, outcome: 'client_gone' }), { code: 0 });
  t.match(codeOf({ status: 502, outcome: 'failed', errorCode: 'upstream_error' }), {
    code: 2,
    message: 'upstream_error',
  });
  t.match(codeOf({ outcome: 'interrupted', errorCode: 'stream_interrupted' }), { code: 2 });
});

t.test('steps are named by what they are for, and tell no reason, error or detail', async (t) => {
  const secret = 'the words of a user';
  const rule = {
    policy: 'p',
    rule: 'hard',
    at: 'p:1',
    matched: true,
    leaves: [],
    us: 1,
    fuel: 0,
    error: secret,
  };
  const spans = spansOf(
    traceRecord({
      attempts: [],
      steps: [
        stepOf({ role: 'auth' }),
        stepOf({ role: 'cache', decision: 'respond', reason: secret }),
        stepOf({
          decision: 'error',
          error: secret,
          details: { secret },
          wrote: secret,
          rules: [rule],
          attempt: 2,
        }),
      ],
    }),
    sources(),
  );
  t.strictSame(
    spans.map(({ name }) => name),
    ['gateway.request', 'gateway.auth', 'gateway.cache', 'gateway.policy'],
  );
  t.match(spans[3], {
    status: { code: 2, message: 'policy_error' },
    attributes: { 'sluice.rules': ['hard'], 'sluice.attempt': 2 },
  });
  t.notMatch(JSON.stringify(spans), secret);
});

t.test('a call names who is called by the conventions, and tokens in classes that add up', async (t) => {
  const usage = {
    inputTokens: 10,
    cacheReadTokens: 20,
    cacheWrite5mTokens: 3,
    cacheWrite1hTokens: 4,
    outputTokens: 5,
    reasoningTokens: 2,
    estimated: true,
  };
  const attempt = attemptRecord({ target: azure.id, provider: 'eu', usage, costNanoUsd: 1_500_000_000 });
  const [, call] = spansOf(traceRecord({ attempts: [attempt], api: 'embeddings' }), sources());
  t.match(call?.attributes, {
    'gen_ai.operation.name': 'embeddings',
    'gen_ai.provider.name': 'azure.ai.openai',
    'gen_ai.request.model': 'gpt',
    'gen_ai.usage.input_tokens': 37,
    'gen_ai.usage.cache_read.input_tokens': 20,
    'gen_ai.usage.cache_creation.input_tokens': 7,
    'sluice.usage.estimated': true,
    'langfuse.observation.type': 'embedding',
    'langfuse.observation.cost_details': '{"total":1.5}',
    'langfuse.observation.completion_start_time': '"1970-01-01T00:00:00.100Z"',
  });
  t.strictSame(JSON.parse(call?.attributes['langfuse.observation.usage_details'] as string), {
    input: 10,
    input_cached_tokens: 20,
    input_cache_creation: 7,
    output: 5,
  });
});

t.test('a prompt is linked by its name and a version that is a number', async (t) => {
  const linked = (version: string) => {
    const [, call] = spansOf(traceRecord({ tags: { prompt_version: version } }), sources());
    const { attributes } = call!;
    return [
      attributes['langfuse.observation.prompt.name'],
      attributes['langfuse.observation.prompt.version'],
    ];
  };
  t.strictSame(linked('greeting@3'), ['greeting', 3]);
  t.strictSame(linked('greeting@v12'), ['greeting', 12]);
  for (const version of ['greeting', 'greeting@latest', '@3', 'greeting@', 'greeting@-1'])
    t.strictSame(linked(version), [undefined, undefined], version);
});

t.test('the path of traces is added to a base address, once', async (t) => {
  t.equal(tracesUrl('http://c:4318'), 'http://c:4318/v1/traces');
  t.equal(tracesUrl('http://c:4318/'), 'http://c:4318/v1/traces');
  t.equal(tracesUrl('https://l.test/api/public/otel'), 'https://l.test/api/public/otel/v1/traces');
  t.equal(tracesUrl('https://l.test/v1/traces'), 'https://l.test/v1/traces');
  t.equal(tracesUrl('https://l.test/x?a=b'), 'https://l.test/x/v1/traces?a=b');
});
