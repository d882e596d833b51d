import fc from 'fast-check';
import t from 'tap';
import { Histogram } from './histogram.ts';

t.test('a percentile is within 1.2 % of the one that sorting all samples gives', (t) => {
  const latencies = fc.array(fc.double({ min: 0.1, max: 20_000_000, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(latencies, fc.constantFrom(0.5, 0.9, 0.99, 1), (values, share) => {
      const histogram = new Histogram();
      for (const value of values) histogram.record(value);
      const sorted = [...values].sort((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1]!;
      return Math.abs(histogram.percentile(share) - exact) <= exact * 0.012;
    }),
  );
  t.end();
});

t.test('the largest sample is kept exactly and nothing is above it', (t) => {
  const histogram = new Histogram();
  for (const value of [3, 1000.25, 7]) histogram.record(value);
  t.match(histogram.summary(), { count: 3, maxUs: 1000.25 });
  t.ok(histogram.percentile(1) <= 1000.25);
  t.end();
});

t.test('an empty histogram has no percentiles', (t) => {
  t.ok(Number.isNaN(new Histogram().percentile(0.5)));
  t.end();
});

t.test('negative and enormous latencies are counted at the ends', (t) => {
  const histogram = new Histogram();
  histogram.record(-5);
  histogram.record(1e12);
  t.equal(histogram.count, 2);
  t.ok(histogram.percentile(0.5) < 0.1);
  t.ok(histogram.percentile(1) > 1e7);
  t.end();
});
