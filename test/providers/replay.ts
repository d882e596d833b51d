import assert from 'node:assert/strict';
import type { Ask } from './fronts.ts';
import type { Seen } from './read/seen.ts';
import { sealsIn, sealsOf } from './seals.ts';
import { answerTo, passesThrough, type Situation } from './situation.ts';

/** A provider of a maker that none of the cases has. */
const stranger = { provider: 'openai', model: 'mistral-small' };

/** Seals come back to their issuer byte by byte with the next turn, and go to nobody else. */
export async function checkSeals(situation: Situation, ask: Ask, seen: Seen): Promise<void> {
  const { fixture, front, kit } = situation;
  // OpenAI encrypts anew for each event that repeats an item: what passes through is what the client took.
  const seals = passesThrough(situation) ? sealsIn(seen.turn) : sealsOf(fixture);
  if (seals.length === 0 || seen.turn.length === 0) return;
  const next = await answerTo(situation, front.path, front.goOn(ask, seen.turn, seen.calls));
  assert.equal(next.response.status, 200, `going on: ${next.text.slice(0, 300)}`);
  const sent = String(kit.upstream.calls[0]!.request.body);
  for (const seal of seals) {
    assert.ok(
      sent.includes(JSON.stringify(seal)),
      `seal ${seal.slice(0, 24)}… is not sent back in ${sent.slice(0, 600)}`,
    );
  }
  const foreign = { ...ask, model: `${stranger.provider}/${stranger.model}` };
  await answerTo(situation, front.path, front.goOn(foreign, seen.turn, seen.calls));
  const abroad = String(kit.upstream.calls[0]?.request.body ?? '');
  assert.notEqual(abroad, '', 'the stranger is asked');
  for (const seal of seals) assert.ok(!abroad.includes(seal), 'a seal goes to a stranger');
  assert.ok(!abroad.includes('sluice:'), 'a wrapped seal goes to a stranger');
}
