import fc from 'fast-check';
import t from 'tap';
import { parseDurationMs, parseNanoUsd, parseSizeBytes, UnitError } from '../../../core/config/units.ts';

t.test('durations, sizes and money are read as people write them', (t) => {
  t.equal(parseDurationMs('200ms'), 200);
  t.equal(parseDurationMs('30s'), 30_000);
  t.equal(parseDurationMs('1.5m'), 90_000);
  t.equal(parseDurationMs(' 24 h '), 86_400_000);
  t.equal(parseDurationMs('30d'), 2_592_000_000);
  t.equal(parseDurationMs('2W'), 1_209_600_000);
  t.equal(parseSizeBytes('20mb'), 20_971_520);
  t.equal(parseSizeBytes('64KiB'), 65_536);
  t.equal(parseSizeBytes('0b'), 0);
  t.equal(parseNanoUsd('$20'), 20_000_000_000);
  t.equal(parseNanoUsd(20), 20_000_000_000);
  t.equal(parseNanoUsd('$0.10'), 100_000_000);
  t.equal(parseNanoUsd('$1_000.50'), 1_000_500_000_000);
  t.equal(parseNanoUsd(0.1), 100_000_000);
  t.equal(parseNanoUsd(1e-7), 100);
  t.equal(parseNanoUsd('0.0000000010'), 1);
  t.end();
});

t.test('what is no quantity is refused with what was expected and what came', (t) => {
  const messageOf = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      t.ok(error instanceof UnitError);
      return (error as Error).message;
    }
    return 'no error';
  };
  t.equal(
    messageOf(() => parseDurationMs('30')),
    'expected a duration with its unit (ms, s, m, h, d, w), such as 30s or 5m; came "30"',
  );
  t.equal(
    messageOf(() => parseDurationMs(30)),
    'expected a duration with its unit (ms, s, m, h, d, w), such as 30s or 5m; came 30',
  );
  t.equal(
    messageOf(() => parseSizeBytes('20 megs')),
    'expected a size with its unit (b, kb, mb, gb), such as 20mb; came "20 megs"',
  );
  t.equal(
    messageOf(() => parseNanoUsd('€5')),
    'expected an amount in US dollars, such as $20 or 0.25; came "€5"',
  );
  t.match(
    messageOf(() => parseNanoUsd('0.0000000001')),
    /with at most 9 decimals/,
  );
  t.match(
    messageOf(() => parseNanoUsd('$10000000')),
    /at most \$9,007,199/,
  );
  for (const wrong of [
    '-5s',
    '5',
    's',
    '5y',
    '',
    '1e3s',
    '5s5s',
    '5constructor',
    null,
    undefined,
    {},
    Number.NaN,
  ]) {
    t.throws(() => parseDurationMs(wrong), UnitError);
    t.throws(() => parseSizeBytes(wrong), UnitError);
  }
  for (const wrong of ['-5', -5, '', '$', '1,5', '1e3', null, Number.POSITIVE_INFINITY, 1e-12, true]) {
    t.throws(() => parseNanoUsd(wrong), UnitError);
  }
  t.throws(() => parseSizeBytes('99999999999999999gb'), UnitError);
  t.end();
});

t.test('every whole number of a unit reads back exactly', (t) => {
  const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  fc.assert(
    fc.property(fc.nat(100_000), fc.constantFrom(...Object.entries(units)), (n, [unit, ms]) => {
      return parseDurationMs(`${n}${unit}`) === n * ms;
    }),
  );
  fc.assert(
    fc.property(fc.nat(1000), fc.constantFrom('kb', 'mb', 'gb'), (n, unit) => {
      return parseSizeBytes(`${n}${unit}`) === n * 1024 ** (['kb', 'mb', 'gb'].indexOf(unit) + 1);
    }),
  );
  t.end();
});

t.test('every amount of nano-dollars that a number can hold reads back exactly', (t) => {
  fc.assert(
    fc.property(fc.bigInt(0n, 9_007_199n * 1_000_000_000n), (nano) => {
      const text = `$${nano / 1_000_000_000n}.${(nano % 1_000_000_000n).toString().padStart(9, '0')}`;
      return parseNanoUsd(text) === Number(nano);
    }),
  );
  t.end();
});
