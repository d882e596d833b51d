import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { betaCdf, lowerBound, upperBound } from '../../../plugins/semantic-cache/bound.ts';

t.test('the sample sizes that show at most 1 % and at most 0.5 % are the known ones', async (t) => {
  const sizes: readonly (readonly [number, number, number])[] = [
    [0.01, 0, 299],
    [0.01, 1, 473],
    [0.01, 2, 628],
    [0.01, 3, 773],
    [0.01, 5, 1049],
    [0.01, 8, 1441],
    [0.005, 0, 598],
    [0.005, 1, 947],
    [0.005, 2, 1258],
  ];
  for (const [target, wrong, total] of sizes) {
    t.ok(upperBound(wrong, total) <= target, `${wrong} of ${total}`);
    t.ok(upperBound(wrong, total - 1) > target, `${wrong} of ${total - 1}`);
  }
});

t.test('without wrong ones the bound has a closed form', async (t) => {
  for (const total of [1, 10, 299, 100_000, 10_000_000]) {
    t.ok(Math.abs(upperBound(0, total) / (1 - 0.05 ** (1 / total)) - 1) < 1e-8, String(total));
  }
  t.equal(upperBound(0, 0), 1);
  t.equal(upperBound(7, 7), 1);
  t.equal(lowerBound(0, 7), 0);
});

t.test('bounds hold the share between them, grow with the count and shrink with the total', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(), (total, seed) => {
      const count = seed % (total + 1);
      const upper = upperBound(count, total);
      const lower = lowerBound(count, total);
      assert.ok(lower <= count / total && count / total <= upper);
      assert.ok(Math.abs(upper - (1 - lowerBound(total - count, total))) < 1e-9);
      if (count < total) assert.ok(upperBound(count + 1, total) > upper);
      assert.ok(upperBound(count, total + 1) <= upper);
    }),
    { numRuns: 200 },
  );
});

t.test('the beta function equals the sum of the binomial tail', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.nat(),
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      (n, seed, x) => {
        const k = seed % (n + 1);
        let tail = 0;
        let term = (1 - x) ** n;
        for (let i = 0; i <= n; i++) {
          if (i > k) tail += term;
          term *= ((n - i) / (i + 1)) * (x / (1 - x));
        }
        if (k < n) assert.ok(Math.abs(betaCdf(x, k + 1, n - k) - tail) < 1e-9);
      },
    ),
    { numRuns: 300 },
  );
});

t.test('what is no count is refused', async (t) => {
  t.throws(() => upperBound(3, 2), RangeError);
  t.throws(() => upperBound(0.5, 2), RangeError);
  t.throws(() => upperBound(0, 2, 1), RangeError);
});
