import fc from 'fast-check';
import t from 'tap';
import { SteadyTime } from '../../../sdk/budget/steady-time.ts';
import { after, dayMs, parseTimeSpan } from '../../../sdk/budget/time-span.ts';
import { budgetWindow } from '../../../sdk/budget/window.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';

const at = (text: string) => Date.parse(text);
const window = (budgetDuration: string | null, start: string, now: string) => {
  const { index, startMs, resetsAtMs } = budgetWindow({ budgetDuration, budgetStartMs: at(start) }, at(now));
  return [
    index,
    new Date(startMs).toISOString(),
    resetsAtMs === null ? null : new Date(resetsAtMs).toISOString(),
  ];
};

t.test('30d and 24h roll on from the moment when the budget began', async (t) => {
  const start = '2026-01-15T10:30:00.250Z';
  t.strictSame(window('30d', start, start), [0, '2026-01-15T10:30:00.250Z', '2026-02-14T10:30:00.250Z']);
  t.strictSame(window('30d', start, '2026-02-14T10:30:00.249Z'), [
    0,
    '2026-01-15T10:30:00.250Z',
    '2026-02-14T10:30:00.250Z',
  ]);
  t.strictSame(window('30d', start, '2026-02-14T10:30:00.250Z'), [
    1,
    '2026-02-14T10:30:00.250Z',
    '2026-03-16T10:30:00.250Z',
  ]);
  t.strictSame(window('24h', start, '2026-01-17T00:00:00Z'), [
    1,
    '2026-01-16T10:30:00.250Z',
    '2026-01-17T10:30:00.250Z',
  ]);
});

t.test('1d, 1w and months are UTC days, weeks from Monday, and months', async (t) => {
  const start = '2026-01-15T10:30:00Z';
  t.strictSame(window('1d', start, '2026-01-16T00:00:00Z'), [
    1,
    '2026-01-16T00:00:00.000Z',
    '2026-01-17T00:00:00.000Z',
  ]);
  t.strictSame(window('1w', start, start), [0, '2026-01-12T00:00:00.000Z', '2026-01-19T00:00:00.000Z']);
  t.strictSame(window('1mo', start, '2026-01-31T23:59:59.999Z'), [
    0,
    '2026-01-01T00:00:00.000Z',
    '2026-02-01T00:00:00.000Z',
  ]);
  t.strictSame(window('1mo', start, '2028-02-29T12:00:00Z'), [
    25,
    '2028-02-01T00:00:00.000Z',
    '2028-03-01T00:00:00.000Z',
  ]);
  t.strictSame(window('3mo', '2026-11-30T00:00:00Z', '2027-02-01T00:00:00Z'), [
    1,
    '2027-02-01T00:00:00.000Z',
    '2027-05-01T00:00:00.000Z',
  ]);
});

t.test('a budget without a duration has one window for ever', async (t) => {
  const start = '2026-01-15T10:30:00Z';
  t.strictSame(window(null, start, '2036-01-01T00:00:00Z'), [0, '2026-01-15T10:30:00.000Z', null]);
});

t.test('a moment before the budget began is in its first window', async (t) => {
  for (const duration of ['30d', '24h', '1d', '1w', '1mo', '6mo']) {
    const budgetStartMs = at('2026-06-15T10:30:00Z');
    const terms = { budgetDuration: duration, budgetStartMs };
    t.strictSame(budgetWindow(terms, 0), budgetWindow(terms, budgetStartMs), duration);
  }
});

t.test('a duration that is none is an error', async (t) => {
  for (const bad of [
    '',
    '0d',
    '30',
    'd',
    '-1d',
    '1.5d',
    '30 d',
    '1y',
    '1MO',
    '99999999999d',
    '1201mo',
    '40000d',
  ]) {
    t.equal(parseTimeSpan(bad), null, bad);
  }
  t.throws(
    () => budgetWindow({ budgetDuration: 'weekly', budgetStartMs: 0 }, 0),
    /expected a budget duration/,
  );
});

const durations = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 400 }), fc.constantFrom('m', 'h', 'd', 'w'))
    .map(([n, unit]) => n + unit),
  fc.integer({ min: 1, max: 30 }).map((n) => `${n}mo`),
  fc.constantFrom('1d', '1w', '1mo', '30d', '24h', '1s'),
);
const moments = fc.integer({ min: at('1971-01-01T00:00:00Z'), max: at('2150-01-01T00:00:00Z') });

t.test('every moment from the start on is in exactly one window, and windows follow each other', async () => {
  fc.assert(
    fc.property(durations, moments, moments, (budgetDuration, a, b) => {
      const terms = { budgetDuration, budgetStartMs: Math.min(a, b) };
      const now = Math.max(a, b);
      const { index, startMs, resetsAtMs } = budgetWindow(terms, now);
      const same = [startMs, resetsAtMs! - 1].filter((ms) => ms >= terms.budgetStartMs);
      return (
        startMs <= now &&
        now < resetsAtMs! &&
        index >= 0 &&
        same.every((ms) => budgetWindow(terms, ms).index === index) &&
        budgetWindow(terms, resetsAtMs!).startMs === resetsAtMs &&
        budgetWindow(terms, resetsAtMs!).index === index + 1
      );
    }),
    { numRuns: 2000 },
  );
});

t.test('calendar windows begin at midnight UTC, months on the first, weeks on Monday', async () => {
  const calendar = fc.constantFrom('1d', '1w', '1mo', '2mo', '12mo');
  fc.assert(
    fc.property(calendar, moments, moments, (budgetDuration, budgetStartMs, now) => {
      const { startMs, resetsAtMs } = budgetWindow({ budgetDuration, budgetStartMs }, now);
      return [startMs, resetsAtMs!].every((ms) => {
        const date = new Date(ms);
        return (
          ms % dayMs === 0 &&
          (!budgetDuration.endsWith('mo') || date.getUTCDate() === 1) &&
          (budgetDuration !== '1w' || date.getUTCDay() === 1)
        );
      });
    }),
    { numRuns: 1000 },
  );
});

t.test('an expiry months ahead is on the same day, or on the last one of its month', async (t) => {
  const later = (text: string, from: string) => new Date(after(parseTimeSpan(text)!, at(from))).toISOString();
  t.equal(later('1mo', '2026-01-31T10:00:00.500Z'), '2026-02-28T10:00:00.500Z');
  t.equal(later('1mo', '2028-01-31T10:00:00Z'), '2028-02-29T10:00:00.000Z');
  t.equal(later('13mo', '2026-12-15T00:00:00Z'), '2028-01-15T00:00:00.000Z');
  t.equal(later('1d', '2026-01-31T10:00:00Z'), '2026-02-01T10:00:00.000Z', 'a day is 24 hours here');
  t.equal(later('2w', '2026-01-01T00:00:00Z'), '2026-01-15T00:00:00.000Z');
});

t.test('however the clock is set, a window never comes back', async () => {
  const moves = fc.array(
    fc.record({
      passMs: fc.integer({ min: 0, max: 3 * dayMs }),
      jumpMs: fc.integer({ min: -400 * dayMs, max: 5 * dayMs }),
    }),
    { maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(durations, moves, async (budgetDuration, moves) => {
      const clock = new FakeClock();
      const time = new SteadyTime(clock);
      const terms = { budgetDuration, budgetStartMs: clock.now() };
      let last = -1;
      let lastNow = 0;
      for (const { passMs, jumpMs } of moves) {
        await clock.advance(passMs);
        clock.jump(jumpMs);
        const now = time.now();
        const { index } = budgetWindow(terms, now);
        if (index < last || now < lastNow || time.aheadMs < 0) return false;
        last = index;
        lastNow = now;
      }
      return true;
    }),
    { numRuns: 300 },
  );
});

t.test(
  'after a clock was set back time goes on at half its speed until the clock has caught up',
  async (t) => {
    const clock = new FakeClock(at('2026-01-02T00:30:00Z'));
    const time = new SteadyTime(clock);
    clock.jump(-3_600_000);
    t.equal(time.now(), at('2026-01-02T00:30:00Z'));
    t.equal(time.aheadMs, 3_600_000);
    await clock.advance(3_600_000);
    t.equal(time.now(), at('2026-01-02T01:00:00Z'));
    t.equal(time.aheadMs, 1_800_000);
    await clock.advance(3_600_000);
    t.equal(time.now(), clock.now());
    t.equal(time.aheadMs, 0);
    await clock.advance(1000);
    t.equal(time.now(), clock.now());
  },
);
