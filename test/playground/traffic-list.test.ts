import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { Summary } from '../../playground/src/api/types.ts';
import { mostRows, TrafficList } from '../../playground/src/console/traffic/traffic-list.ts';
import { seeded, summary } from './mock-data.ts';

const random = seeded(1);
const template = summary(0, 0, random);

function row(id: number, second = id): Summary {
  return { ...template, request_id: `r${id}`, at: new Date(second * 1000).toISOString() };
}

const ids = (list: TrafficList) => list.rows.map(({ request_id: id }) => id);

t.test(
  'every request is shown once and the newest first, in whatever pieces and order they come',
  async () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 8 }), { maxLength: 12 }),
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        (batches, holds) => {
          const list = new TrafficList();
          batches.forEach((batch, index) => {
            list.hold(holds[index]!);
            list.push(batch.map((id) => row(id)));
          });
          list.hold(false);
          const all = [...new Set(batches.flat())].sort((a, b) => b - a);
          assert.deepEqual(
            ids(list),
            all.map((id) => `r${id}`),
          );
        },
      ),
    );
  },
);

t.test('while it is held nothing moves, and what came is counted', async (t) => {
  const list = new TrafficList();
  list.push([row(1), row(2)]);
  list.hold(true);
  list.push([row(3), row(2)]);
  list.push([row(4)]);
  t.strictSame(ids(list), ['r2', 'r1']);
  t.equal(list.waitingCount, 2);
  list.hold(false);
  t.strictSame(ids(list), ['r4', 'r3', 'r2', 'r1']);
  t.equal(list.waitingCount, 0);
});

t.test('older ones go below, those that are there already do not come again', async (t) => {
  const list = new TrafficList();
  list.push([row(5), row(6)]);
  list.append([row(5), row(4), row(3)]);
  t.strictSame(ids(list), ['r6', 'r5', 'r4', 'r3']);
});

t.test('it never grows beyond its limit, also while it is held', async (t) => {
  const list = new TrafficList();
  const batch = (from: number) => Array.from({ length: 4000 }, (_, index) => row(from + index));
  for (let from = 0; from < 40_000; from += 4000) list.push(batch(from));
  t.equal(list.rows.length, mostRows);
  t.equal(list.rows[0]!.request_id, 'r39999');
  list.hold(true);
  for (let from = 40_000; from < 80_000; from += 4000) list.push(batch(from));
  t.equal(list.waitingCount, 40_000);
  list.hold(false);
  t.equal(list.rows.length, mostRows);
  t.equal(list.rows[0]!.request_id, 'r79999');
  t.equal(list.rows.at(-1)!.request_id, 'r70000');
  t.ok(list.full);
  list.append([row(1)]);
  t.equal(list.rows.at(-1)!.request_id, 'r70000');
  list.clear();
  list.push([row(79_999)]);
  t.equal(list.rows.length, 1);
});
