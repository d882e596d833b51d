import assert from 'node:assert/strict';
import t, { type Test } from 'tap';
import { checkCase } from './check.ts';
import { exceptionFor } from './exceptions.ts';
import { loadProviderCases, noSharedCases, ownCases, type ProviderCase, sharedCases } from './fixture.ts';
import { fronts } from './fronts.ts';
import { pathOf, providerGateway, providerOf } from './gateway.ts';
import type { Situation } from './situation.ts';

const { kit, missing } = await providerGateway();
t.teardown(() => kit.close());

const conversations = new Set([
  'chat.completions',
  'responses',
  'messages',
  'converse',
  'generateContent',
  'ollama.chat',
  'bedrock.invoke.messages',
  'ollama.generate',
]);
/** The others have tests of their own: other.test.ts. */
const isConversation = ({ api }: ProviderCase) => conversations.has(api);

function check(t: Test, fixture: ProviderCase): void {
  void t.test(fixture.name, async (t) => {
    const why = missing.get(providerOf(fixture));
    if (why !== undefined) return void t.fail(`provider ${providerOf(fixture)} cannot be configured: ${why}`);
    assert.ok(fixture.bytes.length > 0);
    for (const front of fronts) {
      const reason = exceptionFor(fixture.name, front.name);
      if (reason !== null) {
        t.comment(`not for ${front.name}: ${reason}`);
        continue;
      }
      if (pathOf[fixture.api] === undefined) {
        t.fail(`api ${fixture.api} has neither a path nor an exception`);
        continue;
      }
      for (const stream of [false, true]) {
        // A provider streams only for a client that does.
        if (fixture.stream && fixture.status === 200 && !stream) continue;
        const situation: Situation = { kit, fixture, front, stream };
        const name = `${front.name}, ${stream ? 'streaming' : 'whole'}`;
        try {
          await checkCase(situation);
          t.pass(name);
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          t.fail(`${name}: ${message.slice(0, 1200)}`, { at: null });
        }
      }
    }
  });
}

t.test('the project’s own cases mean the same to every client', async (t) => {
  const cases = loadProviderCases(ownCases).filter(isConversation);
  t.ok(cases.length > 100);
  for (const fixture of cases) check(t, fixture);
});

t.test('recorded answers mean the same to every client', { skip: noSharedCases }, async (t) => {
  for (const fixture of loadProviderCases(sharedCases).filter(isConversation)) check(t, fixture);
});
