import { readdirSync } from 'node:fs';
import t from 'tap';
import { systemClock } from '../../../../core/services/clock.ts';
import { segmentsOf, tableName } from '../../../../core/stores/vectors/lance-segment.ts';
import type { Clock } from '../../../../sdk/services.ts';
import type { Vectors } from '../../../../sdk/vectors.ts';
import { until } from '../counters/until.ts';
import { entry } from './_conformance.ts';
import { make, many, stage } from './_stage.ts';

t.test('segments are told by their names, the oldest first', async (t) => {
  const segments = [
    { dimensions: 24, number: 0 },
    { dimensions: 24, number: 2 },
    { dimensions: 24, number: 10 },
    { dimensions: 512, number: 0 },
  ];
  const names = segments.map(({ dimensions, number }) => tableName(dimensions, number));
  t.strictSame(names, ['entries_24', 'entries_24_2', 'entries_24_10', 'entries_512']);
  const others = ['entries_', 'entries_x', 'entries_24_0', 'entries_24_02', 'entries_24_2_2', 'other'];
  t.strictSame(segmentsOf([...names.reverse(), ...others]), segments);
});

const tables = (uri: string) => segmentsOf(readdirSync(uri).map((name) => name.replace(/\.lance$/, '')));

/** Forty writes: one more than after how many the store is tidied. */
async function write(vectors: Vectors, from: number, count: number, more = {}): Promise<void> {
  for (let at = 0; at < 40; at += 1) {
    vectors.add('a', many(from + at * (count / 40), count / 40, more));
    await vectors.flush();
  }
}

stage(
  'a table that is large enough grows no more, and all of them are one store',
  async (t, { open, uri }) => {
    const first = await open({ segmentRows: 50, flushMs: 600_000 });
    for (let round = 0; round < 3; round += 1) await write(first, round * 80, 80);
    t.ok(tables(uri).length >= 3, `${tables(uri).length} tables`);
    first.remove('a', ['e3', 'e230']);
    first.add('a', [entry('e5', 500), entry('e100', 501)]);
    await first.purge({ tenant: 'nobody' });
    await first.close();
    const second = await open({ segmentRows: 50 });
    t.match(await second.search('a', make.near(7), 1, 0.6), [{ id: 'e7' }], 'cold, from the first');
    await until(async () => {
      const before = second.stats().hot;
      await second.search('a', make.near(7), 1, 0.6);
      return second.stats().hot > before;
    });
    t.equal(second.stats().entries, 238);
    for (const number of [0, 60, 239]) {
      t.match(await second.search('a', make.near(number), 1, 0.6), [{ id: `e${number}` }]);
    }
    for (const number of [3, 5, 100, 230]) {
      t.strictSame(await second.search('a', make.entry(number), 1, 0.9), [], `no e${number} of old`);
    }
    t.match(await second.search('a', make.entry(501), 1, 0.9), [{ id: 'e100' }]);
  },
);

stage('tables all of whose rows are gone go too', async (t, { open, uri }) => {
  let aheadMs = 0;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const vectors = await open({ clock, segmentRows: 50, flushMs: 600_000 });
  await write(vectors, 0, 80, { expiresAtMs: clock.now() + 600_000 });
  await write(vectors, 80, 80);
  t.equal(tables(uri)[0]!.number, 0);
  aheadMs = 600_000;
  await write(vectors, 160, 80);
  t.equal(tables(uri)[0]!.number, 0, 'not at once: another gateway may be writing to them');
  aheadMs += 300_000;
  await write(vectors, 240, 80);
  t.notOk(
    tables(uri).some(({ number }) => number === 0),
    'the first',
  );
  t.match(await vectors.search('a', make.near(100), 1, 0.6), [{ id: 'e100' }]);
});
