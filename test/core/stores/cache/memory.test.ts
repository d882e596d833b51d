import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { createMemoryCache } from '../../../../core/stores/cache/memory.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { cacheConformance, entry } from './_conformance.ts';

cacheConformance(
  t,
  'memory',
  async () => {
    const clock = new FakeClock();
    return { cache: createMemoryCache({ clock }), advance: (ms) => clock.advance(ms), close: async () => {} };
  },
  200,
);

t.test('the bound of bytes is never passed, and all that is counted is there', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ key: fc.nat(60), size: fc.nat(12_000), ttlMs: fc.integer({ min: 1, max: 90 }) }), {
        maxLength: 200,
      }),
      (puts) => {
        const clock = new FakeClock();
        const cache = createMemoryCache({ clock, maxBytes: 65_536, maxEntryBytes: 20_000 });
        for (const { key, size, ttlMs } of puts) {
          void cache.put(entry(`${key}`, '', { value: new Uint8Array(size), ttlMs }));
          void cache.get(`${(key * 7) % 60}`);
          const { bytes, entries } = cache.stats();
          assert.ok(bytes! <= 65_536);
          assert.ok(bytes! >= entries! * 512);
          void clock.advance(1);
        }
        for (let key = 0; key <= 60; key += 1) void cache.delete(`${key}`);
        assert.deepEqual([cache.stats().bytes, cache.stats().entries], [0, 0]);
      },
    ),
    { numRuns: 100 },
  );
});

t.test('what is asked for stays while what nobody asks for passes through', async (t) => {
  const cache = createMemoryCache({ clock: new FakeClock(), maxBytes: 200_000 });
  for (let at = 0; at < 50; at += 1) await cache.put(entry(`hot ${at}`, 'x'.repeat(500)));
  for (let at = 0; at < 5000; at += 1) {
    await cache.get(`hot ${at % 50}`);
    await cache.put(entry(`cold ${at}`, 'x'.repeat(500)));
  }
  let left = 0;
  for (let at = 0; at < 50; at += 1) if ((await cache.get(`hot ${at}`)) !== null) left += 1;
  t.ok(left >= 48, `${left} of 50`);
  t.ok(cache.stats().evicted! > 4000);
});

t.test('expired values go without being asked for', async (t) => {
  const clock = new FakeClock();
  const cache = createMemoryCache({ clock });
  for (let at = 0; at < 100; at += 1) await cache.put(entry(`short ${at}`, 'x', { ttlMs: 10 }));
  await clock.advance(20);
  for (let at = 0; at < 120; at += 1) await cache.put(entry(`long ${at}`));
  t.equal(cache.stats().entries, 120);
});

t.test('a purge of many hides them at once and never takes a long turn', async (t) => {
  const cache = createMemoryCache({ clock: new FakeClock() });
  for (let at = 0; at < 20_000; at += 1) {
    await cache.put(entry(`${at}`, 'x', { tenant: at % 2 ? 'a' : 'b' }));
  }
  const purged = cache.purge({ tenant: 'a' });
  t.equal(await cache.get('19999'), null);
  t.ok(await cache.get('19998'));
  t.ok(cache.stats().entries! > 10_000, 'not all in one turn');
  await cache.put(entry('19999', 'new', { tenant: 'a' }));
  await purged;
  t.ok(await cache.get('19999'));
  t.equal(cache.stats().entries, 10_001);
});

t.test('a bound that is none is a mistake', async (t) => {
  t.throws(() => createMemoryCache({ clock: new FakeClock(), maxBytes: 100 }), RangeError);
});
