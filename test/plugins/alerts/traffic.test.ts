import assert from 'node:assert';
import fc from 'fast-check';
import t from 'tap';
import { Latency } from '../../../plugins/alerts/latency.ts';
import { RollingSums } from '../../../plugins/alerts/rolling-sums.ts';
import { Traffic } from '../../../plugins/alerts/traffic.ts';
import { attemptRecord, traceRecord } from '../../../sdk/testing/trace.ts';

t.test('a rolling sum is that of the parts within the window, whatever came when', async () => {
  const entries = fc.array(fc.record({ gapMs: fc.nat({ max: 3_000 }), amount: fc.nat({ max: 9 }) }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(entries, (list) => {
      const sums = new RollingSums(5, 1_000, 1);
      let nowMs = 0;
      const seen: { at: number; amount: number }[] = [];
      for (const { gapMs, amount } of list) {
        nowMs += gapMs;
        sums.add(nowMs, 0, amount);
        seen.push({ at: Math.floor(nowMs / 1_000), amount });
        const oldest = Math.floor(nowMs / 1_000) - 5;
        const expected = seen.reduce((sum, one) => (one.at > oldest ? sum + one.amount : sum), 0);
        assert.equal(sums.sum(nowMs, 0), expected);
      }
    }),
  );
});

t.test('a quantile is within 15 percent of the true one', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 12, max: 900_000 }), { minLength: 20, maxLength: 300 }),
      (times) => {
        const latency = new Latency();
        for (const ms of times) latency.add(1_000, ms);
        const sorted = times.toSorted((a, b) => a - b);
        const exact = sorted[Math.ceil(0.95 * sorted.length) - 1]!;
        const found = latency.quantile(1_000, 0.95, 20)!;
        assert.ok(found >= exact / 1.16 && found <= exact * 1.16, `${found} for ${exact}`);
      },
    ),
  );
  t.equal(new Latency().quantile(0, 0.95, 1), null);
  const long = new Latency();
  for (let index = 0; index < 30; index += 1) long.add(0, 10_000_000);
  t.ok(long.quantile(0, 0.95, 20)! > 1_000_000);
  t.equal(long.quantile(400_000, 0.95, 1), null, 'five minutes later they are forgotten');
});

t.test('questions of plugins count as calls of providers, not as requests', async (t) => {
  const traffic = new Traffic();
  const attempts = [attemptRecord({ provider: 'up', failure: 'server_error' })];
  traffic.add(traceRecord({ aside: { purpose: 'classifier', number: 1 }, attempts }), 0);
  t.equal(traffic.limited(0).of, 0);
  t.match(traffic.providers(0), [['up', { share: 1, of: 1 }]]);
});

t.test('faults of clients are none of their provider, and names are bounded', async (t) => {
  const traffic = new Traffic();
  for (const failure of ['invalid_request', 'context_length', 'content_filter', 'unsupported'] as const) {
    traffic.add(traceRecord({ attempts: [attemptRecord({ provider: 'up', failure })] }), 0);
  }
  t.match(traffic.providers(0), [['up', { share: 0, of: 4 }]]);
  for (let index = 0; index < 1_000; index += 1) {
    traffic.add(traceRecord({ attempts: [attemptRecord({ provider: `p${index}` })] }), 0);
  }
  t.equal(traffic.providers(0).length, 201);
});
