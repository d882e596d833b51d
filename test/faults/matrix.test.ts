import assert from 'node:assert/strict';
import t from 'tap';
import type { Trace } from '../../sdk/trace.ts';
import { fronts } from '../providers/fronts.ts';
import { faults } from './faults.ts';
import { type Case, modelOf, openStage } from './stage.ts';

const cases: readonly Case[] = faults.flatMap((fault) =>
  fronts.flatMap((front) =>
    [false, true].flatMap((stream) =>
      [false, true].map((chain) => ({ fault, front: front.name, stream, chain })),
    ),
  ),
);

/** Cases run side by side, as requests do. */
const atOnce = 12;

t.test('every fault of a provider, whole and streamed, in each dialect', async (t) => {
  const stage = await openStage(cases, t.testdir());
  const results = new Map<Case, unknown>();
  const attempts = new Map<string, number>();
  const queue = cases.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const one of queue) {
        results.set(
          one,
          await check(stage, one, attempts).then(
            () => null,
            (error: unknown) => error,
          ),
        );
      }
    }),
  );
  for (const fault of faults) {
    t.test(fault.name, async (t) => {
      for (const [one, error] of results) {
        if (one.fault !== fault) continue;
        const name = `${one.front}, ${one.stream ? 'streamed' : 'whole'}, ${one.chain ? 'with another target' : 'alone'}`;
        if (error === null) t.pass(name);
        else t.fail(name, { found: String((error as Error).message ?? error).slice(0, 2000) });
      }
    });
  }
  t.test('nothing is left in flight, and every request has its row', async (t) => {
    t.equal(stage.gateway.status().inFlight, 0);
    const report = (await (
      await stage.gateway.request(new Request('http://gateway.test/cost/report?by=provider'))
    ).json()) as { total: { requests: number } };
    t.equal(report.total.requests, cases.length);
    const metrics = await (await fetch(`${stage.url}/metrics`)).text();
    const counted = [...metrics.matchAll(/^sluice_attempts_total\{[^}]*failure="(\w+)"\} (\d+)$/gm)];
    const made = new Map<string, number>();
    for (const [, failure, count] of counted) made.set(failure!, (made.get(failure!) ?? 0) + Number(count));
    t.strictSame([...made].sort(), [...attempts].sort(), 'and every attempt is counted');
    await stage.close();
  });
});

async function check(
  stage: Awaited<ReturnType<typeof openStage>>,
  one: Case,
  attempts: Map<string, number>,
): Promise<void> {
  const front = fronts.find(({ name }) => name === one.front)!;
  const model = modelOf(one);
  const response = await fetch(`${stage.url}${front.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(front.request({ model, stream: one.stream, tools: [] })),
  });
  const text = await response.text();
  const trace = stage.gateway.trace(response.headers.get('x-request-id')!)!;
  const seen = one.stream ? one.fault.stream : one.fault.whole;
  const moves = one.chain && seen.kind !== null && seen.begun !== true && seen.kind !== 'invalid_request';
  const expected = {
    status: moves ? 200 : seen.status,
    code: moves ? null : seen.code,
    kinds: kindsOf(one, moves),
  };
  const kinds = trace.attempts.map(({ failure }) => failure);
  for (const kind of kinds) attempts.set(kind ?? 'none', (attempts.get(kind ?? 'none') ?? 0) + 1);
  // Once a key was refused the others go first.
  if (one.fault.provider === 'pool' && kinds.length === 1) expected.kinds.shift();
  const found = { status: response.status, code: trace.errorCode, kinds };
  assert.deepEqual(found, expected, `${text.slice(0, 300)} ${JSON.stringify(trace.attempts)}`);
  checkAnswer(one, response, text, trace, moves);
  if (one.fault.serve !== undefined) {
    assert.equal(stage.calls(model), kinds.length - (moves ? 1 : 0), 'calls of the target');
  }
}

/** What the attempts end with, in order. */
function kindsOf({ fault, stream, chain }: Case, moves: boolean): (string | null)[] {
  const seen = stream ? fault.stream : fault.whole;
  if (seen.kind === null) return [...Array<string>(seen.calls - 1).fill('auth'), null];
  // A provider that asks to be left alone is, where there is somebody else.
  const calls = seen.calls;
  return chain && moves
    ? [...Array<string>(calls).fill(seen.kind), null]
    : Array<string>(calls).fill(seen.kind);
}

function checkAnswer(one: Case, response: Response, text: string, trace: Trace, moves: boolean): void {
  const front = fronts.find(({ name }) => name === one.front)!;
  const seen = one.stream ? one.fault.stream : one.fault.whole;
  if (moves || seen.kind === null) {
    const read = one.stream ? front.readStream(text, true) : front.readWhole(text);
    assert.equal(read.error, null, text.slice(0, 300));
    assert.equal(trace.outcome, 'complete');
    assert.equal(response.headers.get('x-gateway-fallback'), moves ? 'cross-vendor' : 'none');
    return;
  }
  assert.equal(trace.outcome, seen.begun === true ? 'interrupted' : 'failed');
  if (seen.begun === true) {
    assert.ok(!text.includes('[DONE]') && !text.includes('message_stop'), 'no clean end');
    assert.match(text, /error/);
    assert.notEqual(trace.usage, null, 'what was relayed is billed');
    return;
  }
  const body = JSON.parse(text) as { error: { type: string; message: string } };
  assert.match(body.error.message, /\w/);
}
