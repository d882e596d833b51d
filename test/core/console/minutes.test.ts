import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import {
  latencyClass,
  latencyClasses,
  percentileMs,
} from '../../../core/console/overview/latency-histogram.ts';
import { Minutes } from '../../../core/console/overview/minutes.ts';
import { Kept } from '../../../core/console/overview/spend.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { attemptOf, traceOf } from './_traces.ts';

const minuteMs = 60_000;
const nowMs = Date.UTC(2026, 0, 1, 12);

t.test('percentiles are within a tenth of the true ones', async () => {
  const ms = fc.double({ min: 1, max: 600_000, noNaN: true });
  fc.assert(
    fc.property(fc.array(ms, { minLength: 1, maxLength: 200 }), fc.constantFrom(0.5, 0.95), (all, share) => {
      const counts = new Uint32Array(latencyClasses);
      for (const one of all) counts[latencyClass(one)]! += 1;
      const sorted = all.toSorted((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(all.length * share)) - 1]!;
      const told = percentileMs(counts, share)!;
      assert.ok(Math.abs(told - exact) <= exact * 0.1 + 0.1, `${told} for ${exact}`);
    }),
  );
});

t.test('odd durations have a class all the same', async (t) => {
  for (const ms of [0, -1, Number.NaN, 0.5, 1]) t.equal(latencyClass(ms), 0);
  t.equal(latencyClass(Number.POSITIVE_INFINITY), latencyClasses - 1);
  t.equal(percentileMs(new Uint32Array(latencyClasses), 0.5), null);
});

t.test('requests are counted in their minute, whatever became of them', async (t) => {
  const minutes = new Minutes();
  const usage = {
    inputTokens: 10,
    cacheReadTokens: 5,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: 3,
    reasoningTokens: 0,
    estimated: false,
  };
  minutes.count(
    traceOf({
      usage,
      costNanoUsd: 7,
      attempts: [attemptOf('a', 'timeout'), attemptOf('b')],
      fallback: 'cross-vendor',
    }),
    nowMs,
  );
  minutes.count(traceOf({ outcome: 'denied', status: 429, errorCode: 'rate_limit_exceeded' }), nowMs);
  minutes.count(
    traceOf({ outcome: 'denied', status: 402, errorCode: 'budget_exceeded', costNanoUsd: null }),
    nowMs + 1,
  );
  minutes.count(traceOf({ outcome: 'failed', status: 502 }), nowMs + minuteMs);
  minutes.count(traceOf({ outcome: 'client_gone', status: 0 }), nowMs + minuteMs);
  minutes.count(traceOf({ source: 'exact' }), nowMs + minuteMs);
  const [empty, first, second] = minutes.buckets(nowMs + minuteMs, 3, 1);
  t.match(empty, { startMs: nowMs - minuteMs, minute: { requests: 0 } });
  t.match(first, {
    startMs: nowMs,
    minute: {
      requests: 3,
      denied: 2,
      rateLimited: 2,
      errors: 0,
      fallbacks: 1,
      inputTokens: 15,
      outputTokens: 3,
      costNanoUsd: 7,
    },
  });
  t.strictSame(
    [...first!.minute.providers],
    [
      ['a', { attempts: 1, errors: 1 }],
      ['b', { attempts: 1, errors: 0 }],
    ],
  );
  t.match(second, { minute: { requests: 3, errors: 1, denied: 0, cacheAsked: 1, cacheHits: 1 } });
});

t.test('buckets of any width add up to the same', async () => {
  const times = fc.array(fc.integer({ min: -1500, max: 0 }), { maxLength: 50 });
  fc.assert(
    fc.property(
      times,
      fc.integer({ min: 1, max: 1440 }),
      fc.integer({ min: 1, max: 60 }),
      (ago, window, width) => {
        const minutes = new Minutes();
        // As they come: a place of the ring that is used again forgets what was in it.
        for (const minute of ago.toSorted((a, b) => a - b))
          minutes.count(traceOf(), nowMs + minute * minuteMs);
        const sum = minutes.buckets(nowMs, window, width).reduce((all, one) => all + one.minute.requests, 0);
        assert.equal(sum, ago.filter((minute) => minute > -window).length);
      },
    ),
    { numRuns: 60 },
  );
});

t.test('a clock that is set back mixes no two times', async (t) => {
  const minutes = new Minutes();
  const dayMs = 1440 * minuteMs;
  minutes.count(traceOf(), nowMs + dayMs);
  minutes.count(traceOf(), nowMs);
  t.equal(minutes.buckets(nowMs, 1, 1)[0]!.minute.requests, 1);
  t.equal(minutes.buckets(nowMs + dayMs, 1, 1)[0]!.minute.requests, 0);
});

t.test('a value is made once for all who ask within its time, and a failure is not kept', async (t) => {
  const clock = new FakeClock();
  const kept = new Kept<number>(clock, 1000);
  let made = 0;
  const make = async () => {
    made += 1;
    return made;
  };
  t.strictSame(await Promise.all([kept.get(0, make), kept.get(0, make)]), [1, 1]);
  await clock.advance(999);
  t.equal(await kept.get(0, make), 1);
  t.equal(await kept.get(1, make), 2, 'another key');
  await clock.advance(1000);
  t.equal(await kept.get(1, make), 3);
  await clock.advance(1000);
  await t.rejects(kept.get(1, () => Promise.reject(new Error('down'))));
  t.equal(await kept.get(1, make), 4);
});
