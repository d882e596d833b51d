import assert from 'node:assert/strict';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import type { Framing } from '../../sdk/wire.ts';
import { exceptionFor } from './exceptions.ts';
import { loadProviderCases, noSharedCases, ownCases, type ProviderCase, sharedCases } from './fixture.ts';
import { type Front, fronts } from './fronts.ts';
import { providerGateway, providerOf } from './gateway.ts';
import { answerTo, askOf } from './situation.ts';
import { type Transform, transformOf } from './transform.ts';

const made = await providerGateway(true);
const { kit, missing } = made;
t.teardown(() => kit.close());

const byteByByte = (bytes: Buffer) => Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1));
const cutAt = (bytes: Buffer, cuts: readonly number[]) =>
  [0, ...cuts].map((cut, index) => bytes.subarray(cut, cuts[index] ?? bytes.length));

function clientsOf(fixture: ProviderCase): { front: Front; transform: Transform }[] {
  return fronts
    .filter((front) => exceptionFor(fixture.name, front.name) === null)
    .map((front) => ({
      front,
      transform: transformOf(made, fixture, front, 'req_00000000000000000000ffff'),
    }));
}

/** What the gateway sends for the stream in these pieces. */
async function throughGateway(
  fixture: ProviderCase,
  front: Front,
  pieces: readonly Buffer[],
): Promise<string> {
  const situation = { kit, fixture, front, stream: true };
  const { text, response } = await answerTo(situation, front.path, front.request(askOf(situation)), pieces);
  return `${response.status} ${text}`;
}

interface FramedEvent {
  readonly data: string;
  readonly event: string;
  readonly raw: string | undefined;
}

function framed(framing: Framing, pieces: readonly Buffer[]): (FramedEvent | string)[] {
  const events: (FramedEvent | string)[] = [];
  const framer = framing.framer(
    (data, event, raw) => events.push({ data, event, raw }),
    (raw) => events.push(raw),
  );
  try {
    for (const piece of pieces) framer.push(piece);
    events.push(`end: ${framer.end()}`);
  } catch (error) {
    events.push(`error: ${(error as Error).message}`);
  }
  return events;
}

/** Cuts within each event, with the events before and after it: what is further away has been framed long before. */
function checkFraming(framing: Framing, { bytes, ends }: ProviderCase): void {
  const edges = [0, ...ends.filter((end) => end < bytes.length), bytes.length];
  for (let index = 0; index + 1 < edges.length; index++) {
    const from = edges[Math.max(0, index - 1)]!;
    const part = bytes.subarray(from, edges[Math.min(edges.length - 1, index + 2)]);
    const whole = framed(framing, [part]);
    for (let cut = edges[index]!; cut < edges[index + 1]!; cut++) {
      const at = cut - from;
      assert.deepEqual(
        framed(framing, [part.subarray(0, at), part.subarray(at)]),
        whole,
        `cut at byte ${cut}`,
      );
    }
  }
}

function check(t: Test, fixture: ProviderCase, everyCut: boolean): void {
  void t.test(fixture.name, async (t) => {
    const why = missing.get(providerOf(fixture));
    if (why !== undefined) return void t.fail(`provider ${providerOf(fixture)} cannot be configured: ${why}`);
    const clients = clientsOf(fixture);
    if (clients.length === 0) return;
    checkFraming(clients[0]!.transform.framing, fixture);
    for (const { front, transform } of clients) {
      const uncut = await throughGateway(fixture, front, [fixture.bytes]);
      const direct = transform.run([fixture.bytes]);
      if (!direct.endsWith('error'))
        assert.equal(`200 ${direct}`, uncut, `${front.name}: the gateway does the same`);
      assert.equal(
        await throughGateway(fixture, front, byteByByte(fixture.bytes)),
        uncut,
        `${front.name}: 1-byte reads`,
      );
      assert.equal(transform.run(byteByByte(fixture.bytes)), direct);
    }
    if (everyCut) {
      const uncut = clients.map(({ transform }) => transform.run([fixture.bytes]));
      // Each cut with one of the clients: what they differ in comes after the framing.
      for (let cut = 1; cut < fixture.bytes.length; cut++) {
        const at = cut % clients.length;
        const { front, transform } = clients[at]!;
        assert.equal(
          transform.run(cutAt(fixture.bytes, [cut])),
          uncut[at],
          `${front.name}: cut at byte ${cut}`,
        );
      }
    }
    await randomCuts(fixture, clients);
    t.pass('every way of cutting gives the same');
  });
}

async function randomCuts(
  fixture: ProviderCase,
  clients: readonly { front: Front; transform: Transform }[],
): Promise<void> {
  const uncut = clients.map(({ transform }) => transform.run([fixture.bytes]));
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: fixture.bytes.length - 1 }), { maxLength: 40 });
  fc.assert(
    fc.property(cuts, fc.nat(clients.length - 1), (places, at) => {
      const sorted = places.sort((a, b) => a - b);
      assert.equal(clients[at]!.transform.run(cutAt(fixture.bytes, sorted)), uncut[at]);
    }),
    { numRuns: 12, seed: 7 },
  );
}

const streams = (root: string) =>
  loadProviderCases(root).filter((it) => it.stream && it.status === 200 && it.api !== 'completions');

t.test('the project’s own streams say the same however they are cut', async (t) => {
  for (const fixture of streams(ownCases)) check(t, fixture, true);
});

t.test('recorded streams say the same however they are cut', { skip: noSharedCases }, async (t) => {
  for (const fixture of streams(sharedCases)) check(t, fixture, false);
});
