import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { errorCodes } from '../../sdk/errors.ts';
import type { JsonObject } from '../../sdk/json.ts';
import { requestsOf } from './bad-requests.ts';
import { loadProviderCases, ownCases } from './fixture.ts';
import { fronts } from './fronts.ts';
import { providerGateway } from './gateway.ts';
import { damaged, mutated } from './mutate.ts';
import { richRequests } from './rich.ts';
import { answerTo, type Outcome, type Situation } from './situation.ts';

const { kit, missing } = await providerGateway();
t.teardown(() => kit.close());

const cases = new Map(loadProviderCases(ownCases).map((fixture) => [fixture.name, fixture]));
const caseNamed = (name: string) => cases.get(name)!;

/** One provider of each kind: a model, and answers that it gives. */
const kinds = [
  {
    provider: 'openai',
    model: 'gpt-4o-mini',
    whole: 'openai/chat-text',
    api: 'chat',
    answers: /^openai\/chat-/,
  },
  {
    provider: 'openai-responses',
    model: 'gpt-5-mini',
    whole: 'openai/responses-text',
    api: 'responses',
    answers: /^openai\/responses-(?!input)/,
  },
  {
    provider: 'azure',
    model: 'gpt-4o',
    whole: 'azure/chat-text-filters',
    api: 'chat',
    answers: /^azure\/chat-/,
  },
  {
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    whole: 'anthropic/text',
    api: 'messages',
    answers: /^anthropic\/(?!error|count)/,
  },
  {
    provider: 'gemini',
    model: 'gemini-2.5-flash',
    whole: 'gemini/text',
    api: '',
    answers: /^gemini\/(?!error|count|embed)/,
  },
  {
    provider: 'bedrock',
    model: 'anthropic.claude-sonnet-4-20250514-v1:0',
    whole: 'bedrock/text',
    api: '',
    answers: /^bedrock\/(?!error|count|embed)/,
  },
  {
    provider: 'ollama',
    model: 'qwen3:8b',
    whole: 'ollama/text',
    api: '',
    answers: /^ollama\/(?!error|embed)/,
  },
] as const;

/** Every answer is one: no fault of the gateway, and errors of its own table. */
function assertSound(outcome: Outcome, situation: Situation): void {
  const { response, text } = outcome;
  const fault = kit.log.lines.find(({ level }) => level === 'error');
  assert.equal(fault?.fields['error'] ?? fault?.message, undefined, 'the gateway logs no fault');
  assert.notEqual(response.status, 500, text.slice(0, 300));
  const { front } = situation;
  const strict = situation.fixture.api !== front.api;
  const streams = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (!strict && response.status === 200) return;
  const seen = streams ? front.readStream(text, strict) : front.readWhole(text);
  if (streams) assert.notEqual(seen.complete, seen.error !== null, 'a stream ends clean or with an error');
  if (response.status === 200) return;
  assert.ok(seen.error !== null && seen.error.message.length > 10, text);
  // What is refused before it is taken in leaves no record.
  if (response.headers.get('x-gateway-policy-version') === null) return;
  const { errorCode } = outcome.trace;
  assert.ok(Object.hasOwn(errorCodes, errorCode ?? ''), `code ${errorCode}`);
}

async function ask(situation: Situation, body: JsonObject, bytes?: Buffer): Promise<Outcome> {
  (kit.log.lines as unknown[]).length = 0;
  return answerTo(situation, situation.front.path, body, bytes === undefined ? undefined : [bytes]);
}

for (const front of fronts) {
  for (const kind of kinds) {
    const model = `${kind.provider}/${kind.model}`;
    const native = kind.api === front.name;
    t.test(`${front.name} to ${kind.provider}: a clear error or an answer, whatever comes`, async (t) => {
      if (missing.has(kind.provider)) return void t.fail(`not configured: ${missing.get(kind.provider)}`);
      const situation = { kit, fixture: caseNamed(kind.whole), front, stream: false };
      for (const { name, body, want } of requestsOf(
        front.name,
        native || kind.provider !== 'openai-responses',
      )) {
        try {
          const outcome = await ask(situation, { ...body, model });
          assertSound(outcome, situation);
          const { status } = outcome.response;
          const wanted = want === 'refused' && !native ? [400] : want === 'carried' ? [200] : [200, 400];
          assert.ok(wanted.includes(status), `status ${status}: ${outcome.text.slice(0, 300)}`);
          t.pass(name);
        } catch (error) {
          t.fail(`${name}: ${(error as Error).message.slice(0, 500)}`, { at: null });
        }
      }
    });

    t.test(`${front.name} to ${kind.provider}: requests that went wrong are answered`, async (t) => {
      if (missing.has(kind.provider)) return void t.fail(`not configured: ${missing.get(kind.provider)}`);
      const situation = { kit, fixture: caseNamed(kind.whole), front, stream: false };
      await fc.assert(
        fc.asyncProperty(mutated(richRequests[front.name], ['model']), async (body) => {
          assertSound(await ask(situation, { ...body, model }), situation);
        }),
        { numRuns: 60, seed: 3, includeErrorInReport: true },
      );
      t.pass();
    });

    t.test(`${front.name} to ${kind.provider}: answers that went wrong end`, async (t) => {
      if (missing.has(kind.provider)) return void t.fail(`not configured: ${missing.get(kind.provider)}`);
      const answers = [...cases.values()].filter((it) => kind.answers.test(it.name) && it.status === 200);
      t.ok(answers.length > 3);
      const harmed = fc
        .constantFrom(...answers)
        .chain((fixture) => fc.record({ name: fc.constant(fixture.name), bytes: damaged(fixture.bytes) }));
      await fc.assert(
        fc.asyncProperty(harmed, fc.boolean(), async ({ name, bytes }, streaming) => {
          const fixture = caseNamed(name);
          const situation = { kit, fixture, front, stream: fixture.stream || streaming };
          const body = front.request({ model, stream: situation.stream, tools: ['look_up', 'now'] });
          try {
            assertSound(await ask(situation, body, bytes), situation);
          } catch (error) {
            throw new Error(`${(error as Error).message} for ${bytes.toString()}`);
          }
        }),
        { numRuns: 120, seed: 5, includeErrorInReport: true },
      );
      t.pass();
    });
  }
}

t.test('bodies that are no JSON are refused in the client’s dialect', async (t) => {
  for (const front of fronts) {
    for (const body of [
      '',
      '{',
      'null',
      '[]',
      '"x"',
      '{"model":',
      '\u0000',
      '{"a":1}{"b":2}',
      `${'['.repeat(5000)}`,
    ]) {
      const response = await kit.post(front.path, body);
      const text = await response.text();
      t.equal(response.status, 400, `${front.name}: ${body.slice(0, 10)}`);
      t.not(front.readWhole(text).error, null);
    }
    const broken = new Uint8Array([...Buffer.from('{"model":"'), 0xc3, 0x28, 0xff, ...Buffer.from('"}')]);
    const request = new Request(`http://gateway.test${front.path}`, { method: 'POST', body: broken });
    t.not((await kit.gateway.request(request)).status, 500, 'bytes that are no UTF-8');
  }
});
