import fc from 'fast-check';
import t from 'tap';
import { adopt, type Bucket, drain, fits, giveBack, take } from '../../../../core/stores/counters/bucket.ts';

const fresh = (limit: number, periodMs: number): Bucket => ({ used: 0, credit: 0, atMs: 0, limit, periodMs });

t.test('in no stretch of time is more used than the limit and what refills in it', async (t) => {
  const call = fc.record({
    waitMs: fc.nat(700),
    amount: fc.integer({ min: 1, max: 12 }),
    actual: fc.nat(12),
    lastsMs: fc.nat(2500),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.array(call, { maxLength: 40 }), (limit, calls) => {
      const periodMs = 1000;
      const bucket = fresh(limit, periodMs);
      const passed: { atMs: number; actual: number }[] = [];
      let open: { endMs: number; taken: Bucket; unused: number }[] = [];
      let nowMs = 0;
      for (const { waitMs, amount, actual, lastsMs } of calls) {
        nowMs += waitMs;
        drain(bucket, nowMs);
        const ended = open.filter(({ endMs }) => endMs <= nowMs);
        open = open.filter(({ endMs }) => endMs > nowMs);
        for (const { taken, unused } of ended) {
          drain(taken, nowMs);
          giveBack(bucket, taken, unused);
        }
        if (!fits(bucket, amount)) continue;
        take(bucket, amount);
        const used = Math.min(actual, amount);
        passed.push({ atMs: nowMs, actual: used });
        open.push({ endMs: nowMs + lastsMs, taken: { ...bucket }, unused: amount - used });
      }
      for (const [from, first] of passed.entries()) {
        let sum = 0;
        for (const { atMs, actual } of passed.slice(from)) {
          sum += actual;
          if (sum > limit + (limit * (atMs - first.atMs)) / periodMs) throw new Error('too much passed');
        }
      }
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

t.test('a clock that goes back refills nothing and counts on from there', async (t) => {
  const bucket = fresh(10, 1000);
  bucket.atMs = 5000;
  take(bucket, 10);
  drain(bucket, 1000);
  t.match(bucket, { used: 10, atMs: 1000 });
  drain(bucket, 1500);
  t.match(bucket, { used: 5 });
});

t.test('another period keeps what is used', async (t) => {
  const bucket = fresh(7, 1000);
  take(bucket, 7);
  drain(bucket, 100);
  t.match(bucket, { used: 7, credit: 700 });
  adopt(bucket, 70, 500);
  t.match(bucket, { used: 7, credit: 0, limit: 70 });
});
