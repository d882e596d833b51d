import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { HotIndex } from '../../../../core/stores/vectors/hot-index.ts';
import { NearTables, nearBits } from '../../../../core/stores/vectors/near-tables.ts';
import { maxNearRows, RowVotes } from '../../../../core/stores/vectors/row-votes.ts';
import { Sketcher } from '../../../../core/stores/vectors/sketch.ts';
import { unitVector } from '../../../../core/stores/vectors/unit-vector.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { arbitraryVectors, scaled, seeded, sum } from './_vectors.ts';

const dimensions = 64;
const sketcher = new Sketcher(dimensions);

function sketchOf(vector: Float32Array): { sketch: Uint32Array; margins: Float32Array } {
  const sketch = new Uint32Array(16);
  const margins = new Float32Array(nearBits);
  sketcher.write(vector, sketch, margins);
  return { sketch, margins };
}

t.test('whatever rows come and go, the tables hold those that are there, and no others', async () => {
  const make = arbitraryVectors('dense', dimensions, 3);
  const vectors = Array.from({ length: 24 }, (_, number) => sketchOf(make.entry(number)));
  // A number adds a row with that vector, a fraction removes the row at that share of all; `behind` rows wait.
  const steps = fc.array(fc.oneof(fc.nat(23), fc.double({ min: 0.01, max: 0.99, noNaN: true })), {
    maxLength: 80,
  });
  fc.assert(
    fc.property(steps, fc.nat(3), (list, behind) => {
      const near = new NearTables();
      near.grow();
      const rows: number[] = [];
      for (const step of list) {
        if (Number.isInteger(step)) rows.push(step);
        else if (rows.length > 0) {
          const row = Math.floor(step * rows.length);
          const last = rows.length - 1;
          near.remove(row, last, (one) => vectors[rows[one]!]!.sketch);
          rows[row] = rows[last]!;
          rows.pop();
        }
        while (near.rows < rows.length - behind) near.push(vectors[rows[near.rows]!]!.sketch);
        assert.ok(near.rows <= rows.length);
      }
      const out = new Uint32Array(maxNearRows);
      for (const [number, { sketch, margins }] of vectors.entries()) {
        const count = near.find(sketch, margins, out);
        const found = [...out.subarray(0, count)];
        assert.equal(new Set(found).size, count, 'each once');
        for (const row of found) assert.ok(row < near.rows, 'none that is gone, none that waits');
        const same = rows.flatMap((one, row) => (one === number && row < near.rows ? [row] : []));
        // A bucket holds 15.
        if (same.length <= 15)
          for (const row of same) assert.ok(found.includes(row), 'all that are the same');
      }
    }),
    { numRuns: 25 },
  );
});

t.test('the rows that were named most come first, each once', async () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60), { maxLength: 300 }), (named) => {
      const votes = new RowVotes();
      for (const row of named) votes.add(row, 1);
      const out = new Uint32Array(maxNearRows);
      const count = votes.most(out);
      const counts = (row: number) => Math.min(24, named.filter((one) => one === row).length);
      const rows = [...out.subarray(0, count)];
      const most = Math.max(0, ...named.map(counts));
      const near = new Set(named.filter((row) => counts(row) * 4 >= most));
      assert.equal(count, Math.min(maxNearRows, near.size));
      assert.equal(new Set(rows).size, count);
      for (let at = 1; at < count; at += 1) assert.ok(counts(rows[at - 1]!) >= counts(rows[at]!));
      votes.clear();
      assert.equal(votes.most(out), 0);
    }),
  );
});

t.test('more rows than are counted do not end it', async (t) => {
  const votes = new RowVotes();
  for (let row = 0; row < 20_000; row += 1) votes.add(row * 7, 1);
  t.equal(votes.most(new Uint32Array(maxNearRows)), maxNearRows);
});

const clock = new FakeClock();
const rows = 70_000;
const make = arbitraryVectors('sparse', dimensions * 2, 9);
const index = new HotIndex({ clock, maxBytes: 2 ** 28, evict: 'entries' });
const namespace = index.create('a', dimensions * 2)!;
const entryOf = (number: number) => ({
  id: `${number}`,
  meta: '0',
  tenant: number % 2 ? 'odd' : 'even',
  tags: [],
  expiresAtMs: number % 10 === 9 ? 50 + clock.now() : Number.POSITIVE_INFINITY,
  unit: unitVector(make.entry(number))!,
});
for (let number = 0; number < rows; number += 1) index.add(namespace, entryOf(number));
const random = seeded(4);
/** At a cosine of about 0.95. */
const paraphrase = (number: number) => {
  const noise = unitVector(Float32Array.from({ length: dimensions * 2 }, () => random() - 0.5))!;
  return unitVector(sum(make.entry(number), scaled(noise, 0.32)))!;
};
const asked = Array.from({ length: 500 }, (_, at) => (at * 139) % rows);
const found = (number: number, floor = 0.6) => index.near(namespace, paraphrase(number), 3, floor);

t.test('of 70,000 entries most very near ones are found at once, with their scores', async (t) => {
  let right = 0;
  for (const number of asked) {
    const [best] = found(number);
    if (best?.entry.id === `${number}`) right += 1;
    if (best !== undefined) assert.ok(best.score >= 0.6 && best.score <= 1);
  }
  t.ok(right >= 460, `${right} of 500`);
  t.strictSame(found(7, 0.999), [], 'never one below the floor');
});

t.test('what expired, was removed or purged is not found at once either', async (t) => {
  clock.jump(60);
  for (const number of asked.filter((one) => one % 10 === 9)) {
    assert.ok(!found(number).some(({ entry }) => entry.id === `${number}`), 'expired');
  }
  for (const number of asked.slice(0, 200)) index.remove(namespace, `${number}`);
  for (const number of asked.slice(0, 200)) {
    assert.ok(!found(number).some(({ entry }) => entry.id === `${number}`), 'removed');
  }
  const purged = index.purge({ tenant: 'odd' });
  for (const number of asked) assert.ok(!found(number).some(({ entry }) => entry.tenant === 'odd'), 'purged');
  await purged;
  let right = 0;
  const left = asked.slice(200).filter((number) => number % 2 === 0);
  for (const number of left) if (found(number)[0]?.entry.id === `${number}`) right += 1;
  t.ok(right >= left.length * 0.92, `${right} of ${left.length} that stayed`);
});

t.test('a namespace that gets small gives its tables back', async (t) => {
  const { bytes } = index;
  for (const entry of [...namespace.entries]) index.remove(namespace, entry.id);
  t.equal(namespace.near, null);
  t.ok(index.bytes < bytes);
  t.equal(namespace.heapBytes, 1024 + 24 + 1, 'what an empty one takes');
});
