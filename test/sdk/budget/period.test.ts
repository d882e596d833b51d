import t from 'tap';
import { budgetPeriod } from '../../../sdk/budget/period.ts';

t.test('durations are the periods that people mean by them', async (t) => {
  for (const [duration, period] of [
    ['60s', 'minute'],
    ['1m', 'minute'],
    ['60m', 'hour'],
    ['1h', 'hour'],
    ['1d', 'day'],
    ['24h', 'day'],
    ['28d', 'month'],
    ['30d', 'month'],
    ['1mo', 'month'],
    ['7d', null],
    ['1w', null],
    ['2mo', null],
    ['90s', null],
    ['no', null],
    [null, null],
  ] as const) {
    t.equal(budgetPeriod(duration), period, String(duration));
  }
});
