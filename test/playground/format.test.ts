import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { usdText } from '../../core/reports/money.ts';
import {
  count,
  countShort,
  duration,
  fromNow,
  money,
  moneyParts,
  moneyShort,
  nanoOf,
  percent,
} from '../../playground/src/data/format.ts';

const anyNano = fc.integer({ min: -(2 ** 53 - 1), max: 2 ** 53 - 1 });

t.test('money has the digits of the reports, whatever the amount', async () => {
  fc.assert(
    fc.property(anyNano, (nano) => {
      const plain = money(nano).replaceAll(',', '').replace('−', '-').replace('$', '');
      assert.equal(plain, usdText(nano));
    }),
  );
});

t.test('amounts of a column have their decimals below each other', async () => {
  fc.assert(
    fc.property(anyNano, fc.integer({ min: 2, max: 6 }), (nano, decimals) => {
      const { head, tail } = moneyParts(nano, decimals);
      assert.equal(head.split('.')[1]!.length, decimals);
      assert.equal(tail.length, 9 - decimals);
      const digits = (head + tail).replaceAll(',', '').replace('−', '-').replace('$', '');
      assert.equal(BigInt(digits.replace('.', '')), BigInt(nano));
    }),
  );
});

t.test('dollars of a key are its nano-dollars again', async () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 1e15 }), (nano) => assert.equal(nanoOf(nano / 1e9), nano)));
});

t.test('money is read at a glance and exact to the last digit', async (t) => {
  t.strictSame(moneyParts(1_234_560_000_000), { head: '$1,234.56', tail: '' });
  t.strictSame(moneyParts(182_430_117_400), { head: '$182.43', tail: '01174' });
  t.strictSame(moneyParts(123), { head: '$0.000000123', tail: '' });
  t.strictSame(moneyParts(1_234_567), { head: '$0.00123', tail: '4567' });
  t.strictSame(moneyParts(0), { head: '$0.00', tail: '' });
  t.strictSame(moneyParts(-5_000_000_000), { head: '−$5.00', tail: '' });
  t.strictSame(moneyParts(8_868_037, 4), { head: '$0.0088', tail: '68037' });
});

t.test('axes round, and never hide what is there', async (t) => {
  t.equal(moneyShort(0), '$0');
  t.equal(moneyShort(50_000_000), '$0.05');
  t.equal(moneyShort(12_340_000_000), '$12.34');
  t.equal(moneyShort(12_300_000_000_000), '$12.3k');
  t.equal(countShort(9999), '9,999');
  t.equal(countShort(12_400), '12.4k');
  t.equal(countShort(3_100_000), '3.1M');
  t.equal(count(1_234_567), '1,234,567');
  t.equal(percent(0), '0 %');
  t.equal(percent(0.000001), '< 0.1 %');
  t.equal(percent(0.9999), '> 99.9 %');
  t.equal(percent(0.0142), '1.4 %');
});

t.test('durations have the unit that fits', async (t) => {
  t.strictSame([0, 0.13, 4.2, 840, 2400, 59_000, 60_000, 185_000, 7_200_000, 7_260_000].map(duration), [
    '0 ms',
    '0.13 ms',
    '4.2 ms',
    '840 ms',
    '2.4 s',
    '59 s',
    '1 min',
    '3 min 5 s',
    '2 h',
    '2 h 1 min',
  ]);
  t.equal(fromNow('2026-06-18T14:00:08.000Z', Date.UTC(2026, 5, 18, 14)), 'in 8 s');
  t.equal(fromNow('2026-06-18T13:57:00.000Z', Date.UTC(2026, 5, 18, 14)), '3 min ago');
  t.equal(fromNow('never', 0), '–');
});
