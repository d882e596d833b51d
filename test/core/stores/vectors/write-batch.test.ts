import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { rowsIn, toTable } from '../../../../core/stores/vectors/lance-schema.ts';
import {
  batchSize,
  type Change,
  keyOf,
  takeBatch,
  toChanges,
} from '../../../../core/stores/vectors/write-batch.ts';

const batchBytes = 262_144;

const change = fc.record({
  metaLength: fc.oneof(fc.nat(200), fc.nat(65_536)),
  dimensions: fc.constantFrom(8, 512, 4096),
  removed: fc.boolean(),
  fresh: fc.boolean(),
});

function changesOf(
  kinds: readonly { metaLength: number; dimensions: number; removed: boolean; fresh: boolean }[],
) {
  const changes = new Map<string, Change>();
  for (const [at, { metaLength, dimensions, removed, fresh }] of kinds.entries()) {
    const id = `e${at}`;
    const entry = {
      id,
      meta: 'm'.repeat(metaLength),
      tenant: null,
      tags: [],
      expiresAtMs: Infinity,
      unit: new Float32Array(dimensions),
    };
    changes.set(keyOf('a', id), { namespace: 'a', id, entry: removed ? null : entry, fresh });
  }
  return changes;
}

const bytesOf = ({ entry }: Change) => (entry === null ? 0 : entry.meta.length + entry.unit.byteLength);

t.test('changes are cut into messages that are small enough, in their order, each once', async () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 400 }), (kinds) => {
      const changes = changesOf(kinds);
      const expected = [...changes.keys()];
      const taken: string[] = [];
      while (changes.size > 0) {
        const batch = takeBatch(changes);
        const bytes = [...batch.values()].reduce((sum, one) => sum + bytesOf(one), 0);
        assert.ok(batch.size >= 1 && batch.size <= batchSize);
        assert.ok(bytes <= batchBytes || batch.size === 1);
        const { removed, replaced, added } = toChanges(batch.values(), 1);
        const rows = added.reduce((sum, { ids }) => sum + ids.length, 0);
        assert.equal(removed.length + rows, batch.size);
        assert.ok(replaced.length <= rows);
        taken.push(...batch.keys());
      }
      assert.deepEqual(taken, expected);
    }),
    { numRuns: 50 },
  );
});

t.test('what is read is cut by its bytes as well', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(60_000), { minLength: 1, maxLength: 40 }),
      fc.nat(10),
      fc.integer({ min: 1, max: 64 }),
      (lengths, from, most) => {
        const kinds = lengths.map((metaLength) => ({
          metaLength,
          dimensions: 8,
          removed: false,
          fresh: true,
        }));
        const { added } = toChanges(changesOf(kinds).values(), 1);
        const [batch] = toTable(added[0]!, 1).batches;
        const rest = batch!.slice(Math.min(from, lengths.length - 1));
        const count = rowsIn(rest, 100_000, most);
        const own = lengths.slice(-rest.numRows);
        const bytes = (rows: number) => own.slice(0, rows).reduce((sum, length) => sum + length + 32, 0);
        assert.ok(count >= 1 && count <= most && count <= rest.numRows);
        assert.ok(count === 1 || bytes(count) <= 100_000);
        if (count < Math.min(most, rest.numRows)) assert.ok(bytes(count + 1) > 100_000);
      },
    ),
    { numRuns: 50 },
  );
});
