import assert from 'node:assert/strict';
import t from 'tap';
import { silentLog } from '../../../../core/services/log.ts';
import { HotIndex } from '../../../../core/stores/vectors/hot-index.ts';
import { createMemoryVectors } from '../../../../core/stores/vectors/memory.ts';
import { unitVector } from '../../../../core/stores/vectors/unit-vector.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { arbitraryVectors } from './_vectors.ts';

t.test('a hundred of the same vector do not hide the one that is meant', async (t) => {
  const make = arbitraryVectors('dense', 64);
  const clock = new FakeClock();
  const vectors = createMemoryVectors({ clock, log: silentLog });
  const of = (id: string, expiresAtMs: number | null) => ({
    id,
    vector: make.entry(1),
    meta: id,
    tenant: null,
    expiresAtMs,
  });
  vectors.add(
    'a',
    Array.from({ length: 500 }, (_, at) => of(`old ${at}`, clock.now() + 10)),
  );
  vectors.add('a', [of('new', null)]);
  clock.jump(10);
  await vectors.search('a', make.entry(1), 3);
  for (let at = 0; at < 10; at += 1) await vectors.search('a', make.entry(1), 3);
  t.match(await vectors.search('a', make.entry(1), 3), [{ id: 'new' }]);
});

/** Each look at it takes a millisecond: every slice of a search is a turn of its own. */
class BusyClock extends FakeClock {
  #readings = 0;

  override monotonic(): number {
    this.#readings += 1;
    return this.#readings;
  }
}

t.test('while a long search takes its turns, entries may come, go and be purged', async (t) => {
  const rows = 40_000;
  const make = arbitraryVectors('dense', 16, 2);
  const index = new HotIndex({ clock: new BusyClock(), maxBytes: 2 ** 27, evict: 'entries' });
  const units = Array.from({ length: 500 }, (_, at) => unitVector(make.entry(at))!);
  const fill = () => {
    const namespace = index.create('a', 16)!;
    for (let at = 0; at < rows; at += 1) {
      index.add(namespace, {
        id: `${at}`,
        meta: '0',
        tenant: at % 2 ? 'odd' : 'even',
        tags: [],
        expiresAtMs: Number.POSITIVE_INFINITY,
        unit: units[at % 500]!,
      });
    }
    return namespace;
  };
  const namespace = fill();
  const unit = units[7]!;
  const first = index.search(namespace, unit, 64, 0.9);
  t.ok(first instanceof Promise, 'in several turns');
  for (let at = 7; at < rows; at += 1000) index.remove(namespace, `${at}`);
  const found = await first;
  t.ok(found.length > 10);
  for (const { entry } of found) assert.ok(Number(entry.id) % 500 === 7 && Number(entry.id) % 1000 !== 7);

  const second = index.search(namespace, unit, 64, 0.9);
  const purged = index.purge({ tenant: 'odd' });
  t.ok((await second).every(({ entry }) => entry.tenant === 'even'));
  await purged;
  t.equal(index.entries, rows / 2);

  const third = index.search(namespace, unit, 64, 0.9);
  await index.purge({ namespace: 'a' });
  t.strictSame(await third, []);
  const { bytes } = index;
  fill();
  t.equal(index.entries, rows);
  await index.purge({ all: true });
  t.equal(index.bytes, bytes, 'all pages are used again');
});
