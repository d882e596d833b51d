import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { byId } from '../../../core/console/overview/health-states.ts';
import { minuteJson, minuteOf } from '../../../core/console/overview/minute-json.ts';
import { Minutes } from '../../../core/console/overview/minutes.ts';
import { Numbers } from '../../../core/console/overview/numbers.ts';
import { providersJson } from '../../../core/console/overview/providers.ts';
import type { HealthState } from '../../../sdk/health.ts';
import { FakeFleet } from './_fleet.ts';
import { attemptOf, traceOf } from './_traces.ts';

const minuteMs = 60_000;
const nowMs = Date.UTC(2026, 0, 1, 12);

function stateOf(more: Partial<HealthState> = {}): HealthState {
  return {
    id: 'up/m',
    breaker: 'closed',
    waitMs: 0,
    successes: 1,
    failures: 0,
    consecutiveFailures: 0,
    lastFailure: null,
    inFlight: 0,
    latencyMs: 100,
    ...more,
  };
}

t.test('the numbers of several are those that one would have counted', async () => {
  const request = fc.record({
    worker: fc.nat(2),
    agoMs: fc.nat(10 * minuteMs),
    durationMs: fc.integer({ min: 0, max: 100_000 }),
    outcome: fc.constantFrom('complete' as const, 'denied' as const, 'failed' as const),
    provider: fc.constantFrom('a', 'b'),
    costNanoUsd: fc.nat(1000),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { maxLength: 60 }),
      fc.constantFrom(1, 2, 5),
      async (requests, width) => {
        const fleet = new FakeFleet();
        const all = new Minutes();
        const workers = [0, 1, 2].map((index) => {
          const minutes = new Minutes();
          const health = { all: () => [stateOf()] };
          const numbers = new Numbers({ minutes, health, inFlight: () => 1, peers: fleet.peersOf(index) });
          fleet.add({ numbers: (question) => numbers.answer(question) });
          return { minutes, numbers };
        });
        for (const { worker, agoMs, provider, ...more } of requests.toSorted((a, b) => b.agoMs - a.agoMs)) {
          const trace = traceOf({
            ...more,
            attempts: [attemptOf(provider, more.outcome === 'failed' ? 'timeout' : null)],
          });
          workers[worker]!.minutes.count(trace, nowMs - agoMs);
          all.count(trace, nowMs - agoMs);
        }
        const expected = all.buckets(nowMs, 10, width);
        for (const { numbers } of workers) {
          const read = await numbers.read(nowMs, 10, width);
          assert.deepEqual(
            read.buckets.map(({ startMs, minute }) => ({ startMs, minute: sorted(minuteJson(minute)) })),
            expected.map(({ startMs, minute }) => ({ startMs, minute: sorted(minuteJson(minute)) })),
          );
          assert.equal(read.inFlight, 3);
          assert.equal(read.health.length, 3);
        }
      },
    ),
    { numRuns: 50 },
  );
});

function sorted(json: ReturnType<typeof minuteJson>) {
  return { ...json, providers: json.providers.toSorted(([a], [b]) => (a < b ? -1 : 1)) };
}

t.test('a minute survives being JSON, and one of another release is taken as far as it goes', async (t) => {
  const minutes = new Minutes();
  minutes.count(traceOf({ attempts: [attemptOf('up')], durationMs: 250 }), nowMs);
  const { minute } = minutes.buckets(nowMs, 1, 1)[0]!;
  t.strictSame(minuteOf(JSON.parse(JSON.stringify(minuteJson(minute)))), minute);
  t.equal(minuteOf({ counts: [3], latencies: [[9999, 1]], providers: [] }).requests, 3);
});

t.test('a breaker that is open in one of two is told as open, and its provider is not down', async (t) => {
  const open = stateOf({
    breaker: 'open',
    waitMs: 5000,
    failures: 6,
    consecutiveFailures: 6,
    lastFailure: 'timeout',
  });
  const [shared] = byId([stateOf({ successes: 3, latencyMs: 200, inFlight: 2 }), open]);
  t.match(shared, {
    breaker: 'open',
    waitMs: 5000,
    notClosed: 1,
    successes: 4,
    failures: 6,
    consecutiveFailures: 6,
    lastFailure: 'timeout',
    inFlight: 2,
    latencyMs: 175,
  });
  const config = { providers: [{ name: 'up', kind: 'openai', region: null, options: {} }], models: [] };
  const shown = (states: readonly HealthState[]) =>
    providersJson(config as never, states, (id) => stateOf({ id }), [], nowMs);
  t.match(shown([stateOf(), open]), {
    providers: [
      { state: 'degraded', targets: [{ state: 'degraded', breaker: 'open', not_closed: 1, known_by: 2 }] },
    ],
  });
  t.match(shown([open, open]), { providers: [{ state: 'down', targets: [{ not_closed: 2 }] }] });
  t.match(shown([stateOf(), stateOf()]), { providers: [{ state: 'ok', latency_ms: 100 }] });
});
