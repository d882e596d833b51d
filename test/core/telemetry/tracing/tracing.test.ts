import t, { type Test } from 'tap';
import {
  chatReply,
  type OpenStream,
  type ScriptedUpstream,
  settled,
  testGateway,
} from '../../../../core/testing.ts';
import { definePlugin } from '../../../../sdk/index.ts';
import { type OtlpReceiver, otlpReceiver, type ReceivedSpan } from './otlp-receiver.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const canary = 'a very private question';

const configOf = (otlp: string, more = '') => `
providers:
  openai: { kind: openai, base_url: http://up.test/v1, api_key: sk-canary-up }
  other:  { kind: openai, base_url: http://other.test/v1, api_key: sk-canary-other }
models: { test: [openai/a, other/b] }
telemetry: { otlp: "${otlp}"${more} }
`;

const cache = definePlugin({
  name: 'memo',
  summary: 'Finds nothing.',
  schema: { type: 'object', properties: {} },
  needs: [],
  onFailure: 'open',
  caches: true,
  setup: () => ({ onRequest: () => ({ type: 'continue', tags: { prompt_version: 'greeting@3' } }) }),
});

const policies = {
  '00-ledger.yaml': 'plugin: ledger\nprices: { "*": { input: $1000, output: $2000 } }\n',
  '10-memo.yaml': 'plugin: memo\n',
  '30-fallback.yaml': 'plugin: fallback\nretry: { max: 0 }\n',
};

async function withReceiver(t: Test): Promise<OtlpReceiver> {
  const receiver = await otlpReceiver();
  t.teardown(() => receiver.close());
  return receiver;
}

/** Waits until so many calls of providers were made. */
async function calls(upstream: ScriptedUpstream, count: number): Promise<void> {
  while (upstream.calls.length < count) await settled();
}

/** Answers a call with a whole chat completion. */
function feed(stream: OpenStream, text: string): void {
  stream.head(200, { 'content-type': 'application/json' });
  stream.bytes(JSON.stringify(chatReply(text).json));
  stream.end();
}

const named = (spans: readonly ReceivedSpan[], name: string) => spans.filter((span) => span.name === name);

t.test('a collector sees the spans of a fallback with a cache miss, with their true times', async (t) => {
  const receiver = await withReceiver(t);
  const config = configOf(receiver.url, ', otlp_headers: { Authorization: Basic sk-canary-collector }');
  const gateway = await testGateway({ config, policies, plugins: [cache], data: t.testdir() });
  const { chat, upstream, clock } = gateway;
  const [first, second] = [upstream.open(), upstream.open()];
  const asked = chat(
    canary,
    { user: 'somebody' },
    {
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      'x-session-id': 'session-7',
      'x-tenant-id': 'acme',
      'x-feature-id': 'search',
    },
  );
  await calls(upstream, 1);
  await clock.advance(40);
  first.head(503, { 'content-type': 'application/json' });
  first.end();
  await calls(upstream, 2);
  await clock.advance(60);
  feed(second, 'fine');
  const response = await asked;
  t.equal(response.status, 200);
  await response.text();
  const trace = gateway.trace(response);
  await gateway.close();

  t.match(receiver.requests, [
    {
      path: '/v1/traces',
      headers: { 'content-type': 'application/x-protobuf', authorization: 'Basic sk-canary-collector' },
    },
  ]);
  const { spans } = receiver;
  const [root] = named(spans, 'gateway.request');
  t.match(root, {
    traceId,
    parentSpanId: 'b7ad6b7169203331',
    kind: 2,
    status: { code: 0 },
    resource: { 'service.name': 'sluice' },
    attributes: {
      'http.response.status_code': 200,
      'sluice.request_id': trace.requestId,
      'sluice.tenant': 'acme',
      'sluice.fallback': /vendor/,
      'session.id': 'session-7',
      'user.id': /^(?!somebody)/,
      'langfuse.release': trace.policyVersion,
      'langfuse.version': 'greeting@3',
      'langfuse.trace.tags': ['tenant:acme', 'feature:search', 'alias:test', 'prompt_version:greeting@3'],
      'langfuse.trace.metadata.prompt_version': 'greeting@3',
    },
  });
  t.equal(root!.end - root!.start, BigInt(Math.round(trace.durationMs * 1000)) * 1000n);
  for (const span of spans) {
    t.equal(span.traceId, traceId);
    if (span !== root) t.equal(span.parentSpanId, root?.spanId, span.name);
    t.ok(span.start >= root!.start && span.end <= root!.end, `${span.name} is within the request`);
  }
  t.equal(new Set(spans.map(({ spanId }) => spanId)).size, spans.length);
  t.match(named(spans, 'gateway.cache'), [
    { attributes: { 'sluice.step': 'memo', 'sluice.hook': 'onRequest' } },
  ]);
  t.ok(named(spans, 'gateway.policy').some(({ attributes }) => attributes['sluice.step'] === 'fallback'));

  const [failed, answered, ...more] = named(spans, 'gateway.provider');
  t.strictSame(more, []);
  t.match(failed, {
    kind: 3,
    status: { code: 2, message: trace.attempts[0]!.failure },
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'a',
      'http.response.status_code': 503,
      'error.type': trace.attempts[0]!.failure,
      'langfuse.observation.level': 'ERROR',
    },
  });
  t.equal(failed!.end - failed!.start, 40_000_000n);
  const { usage } = trace;
  t.match(answered, {
    kind: 3,
    status: { code: 0 },
    attributes: {
      'gen_ai.provider.name': 'other',
      'gen_ai.request.model': 'b',
      'gen_ai.response.model': trace.model,
      'gen_ai.usage.input_tokens': usage!.inputTokens,
      'gen_ai.usage.output_tokens': usage!.outputTokens,
      'gen_ai.conversation.id': 'session-7',
      'langfuse.observation.type': 'generation',
      'langfuse.observation.prompt.name': 'greeting',
      'langfuse.observation.prompt.version': 3,
      'langfuse.observation.cost_details': JSON.stringify({ total: trace.costNanoUsd! / 1e9 }),
    },
  });
  t.match(JSON.parse(answered!.attributes['langfuse.observation.usage_details'] as string), {
    input: usage!.inputTokens,
    output: usage!.outputTokens,
  });
  const told = upstream.calls.map(({ request }) => request.headers['traceparent']);
  t.strictSame(
    told,
    [failed, answered].map((span) => `00-${traceId}-${span?.spanId}-01`),
  );

  const bytes = Buffer.concat(receiver.bodies as Buffer[]).toString('latin1');
  for (const secret of [canary, 'fine', 'sk-canary', 'somebody', 'up.test'])
    t.notOk(bytes.includes(secret), `${secret} is not told`);
});

t.test('a question of a plugin is a call within its request, at its time', async (t) => {
  const receiver = await withReceiver(t);
  const asks = definePlugin({
    name: 'asks',
    summary: 'Asks a model.',
    schema: { type: 'object', properties: {} },
    needs: ['completions', 'clock'],
    onFailure: 'closed',
    setup: (_, { completions }) => ({
      async onRequest(ctx) {
        await completions.complete({
          purpose: 'judge',
          requestId: ctx.requestId,
          model: 'openai/a',
          messages: [{ role: 'user', text: canary }],
          maxOutputTokens: 5,
          signal: new AbortController().signal,
        });
        return undefined;
      },
    }),
  });
  const gateway = await testGateway({
    config: configOf(receiver.url),
    policies: { '10-asks.yaml': 'plugin: asks\n' },
    plugins: [asks],
  });
  const { upstream, chat, clock } = gateway;
  const stream = upstream.open();
  upstream.reply(chatReply('fine'));
  const asked = chat('Hi');
  await calls(upstream, 1);
  await clock.advance(30);
  feed(stream, 'yes');
  await (await asked).text();
  await gateway.close();
  const [answer, question] = named(receiver.spans, 'gateway.provider');
  t.match(question, { attributes: { 'sluice.purpose': 'judge', 'gen_ai.request.model': 'a' } });
  t.ok(answer!.start >= question!.end, 'the request was asked after it');
  t.equal(question!.end - question!.start, 30_000_000n);
  t.notOk(Buffer.concat(receiver.bodies as Buffer[]).includes(canary));
});

t.test('what the caller or the share leaves out is not exported, and providers are told so', async (t) => {
  const receiver = await withReceiver(t);
  const gateway = await testGateway({ config: configOf(receiver.url, ', sample: 0.5') });
  const { chat, upstream } = gateway;
  const ask = async (id: string, flags: string) => {
    upstream.reply(chatReply('fine'));
    await (await chat('Hi', {}, { traceparent: `00-${id}-b7ad6b7169203331-${flags}` })).text();
    return upstream.calls.at(-1)!.request.headers['traceparent']!.slice(-2);
  };
  t.equal(await ask(`${'a'.repeat(20)}${'f'.repeat(12)}`, '01'), '01');
  t.equal(await ask(`${'a'.repeat(20)}${'1'.repeat(12)}`, '01'), '00');
  t.equal(await ask(`${'b'.repeat(20)}${'f'.repeat(12)}`, '00'), '00');
  await gateway.close();
  t.strictSame(
    named(receiver.spans, 'gateway.request').map((span) => span.traceId),
    [`${'a'.repeat(20)}${'f'.repeat(12)}`],
  );
});

t.test('without an address nothing of OpenTelemetry is loaded or sent', async (t) => {
  const gateway = await testGateway();
  gateway.upstream.reply(chatReply('fine'));
  await (await gateway.chat('Hi')).text();
  t.equal(gateway.clock.pending, 0);
  await gateway.close();
});
