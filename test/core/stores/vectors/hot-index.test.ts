import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { silentLog } from '../../../../core/services/log.ts';
import { HotIndex } from '../../../../core/stores/vectors/hot-index.ts';
import { createMemoryVectors } from '../../../../core/stores/vectors/memory.ts';
import { createScan, pageBytes, rowsPerPage } from '../../../../core/stores/vectors/scan-kernel.ts';
import { distanceLimit, Sketcher, sketchBits } from '../../../../core/stores/vectors/sketch.ts';
import { unitVector } from '../../../../core/stores/vectors/unit-vector.ts';
import { wasm } from '../../../../core/stores/vectors/wasm.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { arbitraryVectors, cosine, seeded, type VectorKind } from './_vectors.ts';

const words = sketchBits / 32;

function differing(a: Uint32Array, b: Uint32Array, count: number): number {
  let bits = 0;
  for (let at = 0; at < count; at += 1) {
    for (let left = (a[at]! ^ b[at]!) >>> 0; left !== 0; left &= left - 1) bits += 1;
  }
  return bits;
}

t.test('the kernel finds what counting bits finds, for any number of rows', async () => {
  const memory = new wasm.Memory({ initial: 8, maximum: 65_536 });
  const scan = createScan(memory);
  const all = new Uint32Array(memory.buffer);
  const [list, out, firstPage] = [64, 4096, 65_536];
  const property = fc.property(
    fc.nat(300),
    fc.integer(),
    fc.nat(128),
    fc.nat(512),
    (rows, seed, headLimit, limit) => {
      const random = seeded(seed);
      const word = () => Math.floor(random() * 2 ** 32);
      const query = Uint32Array.from({ length: words }, word);
      all.set(query, 0);
      const sketches = Array.from({ length: rows }, (_, row) => {
        // Some near, some far.
        const sketch = query.map((one) => one ^ (row % 3 === 0 ? word() & word() & word() : word()));
        const page = (firstPage + Math.floor(row / rowsPerPage) * pageBytes) / 4;
        all.set(sketch.subarray(0, 4), page + (row % rowsPerPage) * 4);
        all.set(sketch.subarray(4), page + rowsPerPage * 4 + (row % rowsPerPage) * 12);
        return sketch;
      });
      for (let page = 0; page < 5; page += 1) all[list / 4 + page] = firstPage + page * pageBytes;
      const count = (scan(list, rows, 0, headLimit, limit, out) - out) / 8;
      const found = Array.from({ length: count }, (_, at) => [
        all[out / 4 + at * 2],
        all[out / 4 + at * 2 + 1],
      ]);
      const expected = sketches
        .map((sketch, row) => [row, differing(sketch, query, words), differing(sketch, query, 4)] as const)
        .filter(([, distance, head]) => head <= headLimit && distance <= limit)
        .map(([row, distance]) => [row, distance]);
      assert.deepEqual(found, expected);
    },
  );
  fc.assert(property, { numRuns: 150 });
});

t.test('sketches tell angles, for sparse and dense vectors of any dimensions', async (t) => {
  for (const dimensions of [24, 50, 256, 384, 512, 1536]) {
    const sketcher = new Sketcher(dimensions);
    const sketch = (vector: Float32Array) => {
      const found = new Uint32Array(words);
      sketcher.write(vector, found);
      return found;
    };
    for (const kind of ['sparse', 'dense', 'alike'] as const) {
      const make = arbitraryVectors(kind, dimensions, 3);
      let beyond = 0;
      for (let at = 0; at < 60; at += 1) {
        const [a, b] = [make.entry(at), make.near(at)];
        const angle = cosine(a, b);
        if (differing(sketch(a), sketch(b), words) > distanceLimit(angle, sketchBits)) beyond += 1;
        if (differing(sketch(a), sketch(b), 4) > distanceLimit(angle, sketchBits / 4)) beyond += 1;
      }
      t.equal(beyond, 0, `${kind}, ${dimensions} dimensions`);
    }
  }
});

t.test('the nearest are those of a plain scan, and scores are cosines', async (t) => {
  for (const kind of ['sparse', 'dense', 'alike'] satisfies VectorKind[]) {
    const make = arbitraryVectors(kind, 128, 11);
    const vectors = createMemoryVectors({ clock: new FakeClock(), log: silentLog });
    const all = Array.from({ length: 3000 }, (_, at) => make.entry(at));
    vectors.add(
      'a',
      all.map((vector, at) => ({ id: `${at}`, vector, meta: at, tenant: null, expiresAtMs: null })),
    );
    let same = 0;
    for (let at = 0; at < 60; at += 1) {
      const asked = make.near(at * 50);
      const best = all.map((vector, id) => ({ id: `${id}`, score: cosine(vector, asked) }));
      best.sort((a, b) => b.score - a.score);
      const found = await vectors.search('a', asked, 3, 0.7);
      if (found[0]?.id === best[0]!.id) same += 1;
      for (const { id, score } of found) {
        assert.ok(Math.abs(score - cosine(all[Number(id)]!, asked)) < 0.005);
      }
    }
    t.ok(same >= 59, `${same} of 60, ${kind}`);
  }
});

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
  const make = arbitraryVectors('dense', 16, 2);
  const index = new HotIndex({ clock: new BusyClock(), maxBytes: 2 ** 27, evict: 'entries' });
  const units = Array.from({ length: 500 }, (_, at) => unitVector(make.entry(at))!);
  const fill = () => {
    const namespace = index.create('a', 16)!;
    for (let at = 0; at < 20_000; at += 1) {
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
  for (let at = 7; at < 20_000; at += 1000) index.remove(namespace, `${at}`);
  const found = await first;
  t.ok(found.length > 10);
  for (const { entry } of found) assert.ok(Number(entry.id) % 500 === 7 && Number(entry.id) % 1000 !== 7);

  const second = index.search(namespace, unit, 64, 0.9);
  const purged = index.purge({ tenant: 'odd' });
  t.ok((await second).every(({ entry }) => entry.tenant === 'even'));
  await purged;
  t.equal(index.entries, 10_000);

  const third = index.search(namespace, unit, 64, 0.9);
  await index.purge({ namespace: 'a' });
  t.strictSame(await third, []);
  const { bytes } = index;
  fill();
  t.equal(index.entries, 20_000);
  await index.purge({ all: true });
  t.equal(index.bytes, bytes, 'all pages are used again');
});
