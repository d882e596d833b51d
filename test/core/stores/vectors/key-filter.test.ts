import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { KeyFilter } from '../../../../core/stores/vectors/key-filter.ts';
import { rowKey } from '../../../../core/stores/vectors/namespace-key.ts';

t.test('a key that is there is never taken for one that is not', async () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (keys, others) => {
      const filter = new KeyFilter(keys);
      for (const key of keys) assert.ok(filter.has(key));
      if (keys.length === 0) for (const key of others) assert.ok(!filter.has(key));
    }),
  );
});

t.test('of keys that are not there hardly any is taken for one that is', async (t) => {
  const keys = Array.from({ length: 20_000 }, (_, at) => rowKey('a', `e${at}`));
  const filter = new KeyFilter(keys);
  t.ok(keys.every((key) => filter.has(key)));
  const others = Array.from({ length: 20_000 }, (_, at) => rowKey('b', `e${at}`));
  const taken = others.filter((key) => filter.has(key)).length;
  t.ok(taken < 40, `${taken} of 20,000`);
});
