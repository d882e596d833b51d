import assert from 'node:assert/strict';
import t, { type Test } from 'tap';
import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import { assertNothingLeaks, breaksOff, refusalOf } from './check.ts';
import { exceptionFor } from './exceptions.ts';
import {
  loadProviderCases,
  noSharedCases,
  ownCases,
  type ProviderCase,
  payloadsOf,
  sharedCases,
} from './fixture.ts';
import { type Front, fronts } from './fronts.ts';
import { providerGateway, providerOf } from './gateway.ts';
import { answerTo, askOf, passesThrough } from './situation.ts';

const { kit, missing } = await providerGateway();
t.teardown(() => kit.close());

/** True when so much of a stream has said how its answer ends: what is missing is only usage or an end marker. */
function ended(api: string, payloads: readonly JsonObject[]): boolean {
  const some = (test: (payload: JsonObject) => boolean) => payloads.some(test);
  const inList = (value: Json | undefined, name: string) =>
    Array.isArray(value) && value.some((item) => isJsonObject(item) && typeof item[name] === 'string');
  switch (api) {
    case 'chat.completions':
      return some((it) => inList(it['choices'], 'finish_reason'));
    case 'responses':
      return some((it) => /^response\.(completed|incomplete|failed)$/.test(String(it['type'])));
    case 'messages':
    case 'bedrock.invoke.messages':
      return some((it) => it['type'] === 'message_stop');
    case 'converse':
      return some((it) => it['stopReason'] !== undefined);
    case 'generateContent':
      return some((it) => inList(it['candidates'], 'finishReason') || it['promptFeedback'] !== undefined);
    case 'ollama.chat':
      return some((it) => it['done'] === true);
    default:
      throw new Error(`no rule for ${api}`);
  }
}

async function checkCutAfter(fixture: ProviderCase, front: Front, end: number): Promise<void> {
  const situation = { kit, fixture, front, stream: true };
  const bytes = fixture.bytes.subarray(0, end);
  const request = front.request(askOf(situation));
  const { response, text, trace } = await answerTo(situation, front.path, request, [bytes]);
  const { origin } = kit.upstream.calls[0]!.request;
  assertNothingLeaks({ response, text, trace }, fixture, origin);
  if (response.status !== 200) {
    assert.ok(response.status >= 500, `status ${response.status}`);
    assert.notEqual(front.readWhole(text).error, null);
    assert.equal(trace.outcome, 'failed');
    return;
  }
  const seen = front.readStream(text, !passesThrough(situation));
  assert.equal(seen.complete, trace.outcome === 'complete', `the record says ${trace.outcome}`);
  assert.notEqual(seen.complete, seen.error !== null, 'either a clean end or an error');
  const type = fixture.headers['content-type']!.split(';')[0]!;
  if (seen.complete)
    assert.ok(ended(fixture.api, payloadsOf(type, bytes)), `a cut answer ends cleanly: ${text.slice(-200)}`);
}

function check(t: Test, fixture: ProviderCase): void {
  void t.test(fixture.name, async (t) => {
    const why = missing.get(providerOf(fixture));
    if (why !== undefined) return void t.fail(`provider ${providerOf(fixture)} cannot be configured: ${why}`);
    for (const front of fronts) {
      if (exceptionFor(fixture.name, front.name) !== null) continue;
      for (const [index, end] of fixture.ends.slice(0, -1).entries()) {
        try {
          await checkCutAfter(fixture, front, end);
        } catch (error) {
          t.fail(`${front.name}, cut after event ${index}: ${(error as Error).message.slice(0, 600)}`, {
            at: null,
          });
          break;
        }
      }
    }
    t.pass('checked');
  });
}

const streams = (root: string) =>
  loadProviderCases(root).filter(
    (it) =>
      it.stream && it.status === 200 && it.api !== 'completions' && !breaksOff(it) && refusalOf(it) === null,
  );

t.test('the project’s own streams, cut after each event, end with an error', async (t) => {
  for (const fixture of streams(ownCases)) check(t, fixture);
});

t.test('recorded streams, cut after each event, end with an error', { skip: noSharedCases }, async (t) => {
  for (const fixture of streams(sharedCases)) check(t, fixture);
});
