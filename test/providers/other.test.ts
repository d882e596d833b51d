import assert from 'node:assert/strict';
import t, { type Test } from 'tap';
import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import { assertNothingLeaks, checkRefusal, refusalOf } from './check.ts';
import { loadProviderCases, noSharedCases, ownCases, type ProviderCase, sharedCases } from './fixture.ts';
import { fronts } from './fronts.ts';
import { pathOf, providerGateway, providerOf } from './gateway.ts';
import { number, object, objects, parse } from './json.ts';
import { readSse } from './read/sse.ts';
import { answerTo, inTime } from './situation.ts';

const { kit, missing } = await providerGateway();
t.teardown(() => kit.close());

const embeddingApis = new Set(['embeddings', 'batchEmbedContents', 'bedrock.embeddings', 'ollama.embed']);
const countApis = new Set([
  'messages.count_tokens',
  'responses.input_tokens',
  'countTokens',
  'bedrock.count_tokens',
]);
const chat = fronts[0]!;

interface Run {
  readonly path: string;
  readonly body: JsonObject;
  check(body: JsonObject): void;
}

function runsOf(fixture: ProviderCase): Run[] {
  const model = `${providerOf(fixture)}/${fixture.model}`;
  if (embeddingApis.has(fixture.api)) return embeddingRuns(fixture, model);
  if (countApis.has(fixture.api)) {
    const body = { model, system: 'Kürze.', messages: [{ role: 'user', content: 'Grüß Gott 👋' }] };
    const check = (answer: JsonObject) => assert.equal(answer['input_tokens'], fixture.facts.input_tokens);
    return [{ path: '/v1/messages/count_tokens', body, check }];
  }
  if (fixture.api !== 'completions') return [];
  const body = {
    model,
    prompt: 'Once',
    ...(fixture.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
  return [{ path: '/v1/completions', body, check: (answer) => checkCompletion(fixture, answer) }];
}

function embeddingRuns(fixture: ProviderCase, model: string): Run[] {
  const { facts } = fixture;
  const texts = ['Grüße', 'aus Łódź'].slice(0, facts.embeddings ?? 1);
  return ['float', 'base64'].flatMap((encoding) => {
    // Whoever asks OpenAI's own API gets what it sent: it encodes by itself.
    const native = fixture.api === 'embeddings' && fixture.status === 200;
    if (native && encoding !== encodingOf(fixture)) return [];
    return [
      {
        path: '/v1/embeddings',
        body: { model, input: texts, encoding_format: encoding },
        check: (answer: JsonObject) => checkEmbeddings(fixture, answer, encoding),
      },
    ];
  });
}

function encodingOf({ payloads }: ProviderCase): string {
  const [first] = objects(payloads[0]?.['data'], 'data');
  return typeof first?.['embedding'] === 'string' ? 'base64' : 'float';
}

function checkEmbeddings({ facts }: ProviderCase, answer: JsonObject, encoding: string): void {
  assert.equal(answer['object'], 'list');
  const data = objects(answer['data'], 'data');
  assert.equal(data.length, facts.embeddings);
  for (const [index, item] of data.entries()) {
    assert.equal(item['object'], 'embedding');
    assert.equal(item['index'], index);
    const vector = vectorOf(item['embedding'], encoding);
    assert.equal(vector.length, facts.dimensions);
    if (facts.vectors !== undefined) assert.deepEqual(vector, facts.vectors[index]);
  }
  const usage = object(answer['usage'], 'usage');
  if (facts.usage !== undefined) assert.equal(usage['prompt_tokens'], facts.usage['input_total']);
  number(usage['total_tokens'], 'usage.total_tokens');
}

/** Numbers, or 32-bit floats, little-endian, in base64. */
function vectorOf(value: Json | undefined, encoding: string): readonly number[] {
  if (encoding === 'float') return value as readonly number[];
  assert.equal(typeof value, 'string', 'a vector in base64');
  const bytes = Buffer.from(value as string, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_empty, index) => bytes.readFloatLE(index * 4));
}

function checkCompletion({ facts }: ProviderCase, answer: JsonObject): void {
  const [choice] = objects(answer['choices'], 'choices');
  assert.equal(choice!['text'], facts.text);
  assert.equal(choice!['finish_reason'], facts.finish);
  assert.equal(object(answer['usage'], 'usage')['total_tokens'], facts.usage?.['total']);
}

/** The events of a streamed completion as the whole answer that they add up to. */
function joined(text: string): JsonObject {
  const events = readSse(text);
  assert.equal(events.at(-1)?.data, '[DONE]');
  let said = '';
  let finish: Json = null;
  let usage: Json = null;
  for (const { data } of events.slice(0, -1)) {
    const event = object(parse(data, 'an event'), 'an event');
    for (const choice of objects(event['choices'], 'choices')) {
      said += String(choice['text'] ?? '');
      finish = choice['finish_reason'] ?? finish;
    }
    if (isJsonObject(event['usage'])) usage = event['usage'];
  }
  return { choices: [{ text: said, finish_reason: finish }], usage };
}

async function checkRun(fixture: ProviderCase, run: Run): Promise<void> {
  const situation = { kit, fixture, front: chat, stream: false };
  const outcome = await answerTo(situation, run.path, run.body);
  assert.equal(
    kit.upstream.calls.length,
    1,
    `one call is made; the client got: ${outcome.text.slice(0, 300)}`,
  );
  const { path, origin } = kit.upstream.calls[0]!.request;
  assert.match(path, pathOf[fixture.api]!);
  assertNothingLeaks(outcome, fixture, origin);
  const refusal = refusalOf(fixture);
  if (refusal !== null) return checkRefusal(situation, outcome, refusal);
  assert.equal(outcome.response.status, 200, outcome.text.slice(0, 300));
  assert.equal(outcome.trace.outcome, 'complete');
  run.check(fixture.stream ? joined(outcome.text) : object(parse(outcome.text, 'the answer'), 'the answer'));
}

function check(t: Test, fixture: ProviderCase): void {
  void t.test(fixture.name, async (t) => {
    const why = missing.get(providerOf(fixture));
    if (why !== undefined) return void t.fail(`provider ${providerOf(fixture)} cannot be configured: ${why}`);
    for (const run of runsOf(fixture)) {
      const name = `${run.path} ${JSON.stringify(run.body['encoding_format'] ?? '')}`;
      try {
        await checkRun(fixture, run);
        t.pass(name);
      } catch (error) {
        t.fail(`${name}: ${(error as Error).message.slice(0, 600)}`, { at: null });
      }
    }
  });
}

const others = (root: string) => loadProviderCases(root).filter((fixture) => runsOf(fixture).length > 0);

t.test('the project’s own embeddings, counts and completions mean the same to every client', async (t) => {
  const cases = others(ownCases);
  t.ok(cases.length > 8);
  for (const fixture of cases) check(t, fixture);
});

t.test('recorded embeddings, counts and completions too', { skip: noSharedCases }, async (t) => {
  for (const fixture of others(sharedCases)) check(t, fixture);
});

t.test('tokens are counted, if only roughly, where the provider cannot count them', async (t) => {
  kit.upstream.calls.length = 0;
  const body = {
    model: 'compatible/some-model',
    messages: [{ role: 'user', content: 'Grüß Gott '.repeat(40) }],
  };
  const response = await inTime(kit.post('/v1/messages/count_tokens', body));
  t.equal(response.status, 200);
  const { input_tokens: count } = (await response.json()) as { input_tokens: number };
  t.ok(count > 40 && count < 400, `${count} tokens`);
  t.equal(kit.upstream.calls.length, 0, 'nobody is asked');
});

t.test('token arrays cannot be translated', async (t) => {
  for (const model of [
    'gemini/gemini-embedding-001',
    'ollama/nomic-embed-text',
    'bedrock/amazon.titan-embed-text-v2:0',
  ]) {
    const response = await inTime(kit.post('/v1/embeddings', { model, input: [1, 2, 3] }));
    t.equal(response.status, 400, model);
    t.match(await response.json(), { error: { code: /unsupported_parameter|invalid_request/ } });
  }
});
