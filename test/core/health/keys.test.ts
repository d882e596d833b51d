import assert from 'node:assert';
import fc from 'fast-check';
import t from 'tap';
import { keyOrder, keysWaitMs, providerKeyId } from '../../../core/health/keys.ts';
import { call, healthAt } from './_rule.ts';

t.test('keys take turns, each call beginning with the next', async (t) => {
  const { health } = healthAt();
  const used: number[] = [];
  for (let count = 0; count < 7; count++) {
    const order = keyOrder('up', 3, health);
    used.push(order[0]!);
    const one = call(health, providerKeyId('up', order[0]!), null);
    // Those under way count, too.
    if (count % 2 === 0) one.succeeded(1);
  }
  t.strictSame(used, [0, 1, 2, 0, 1, 2, 0]);
  t.strictSame(keyOrder('other', 3, health), [0, 1, 2], 'each provider has its own turn');
});

t.test('keys that must wait come last, the shortest wait first, and are told of when all do', async (t) => {
  const { health, clock } = healthAt();
  call(health, 'up#1', null).failed('auth', 60_000);
  call(health, 'up#2', null).failed('rate_limit', 500);
  t.strictSame(keyOrder('up', 3, health), [2, 1, 0]);
  t.equal(keysWaitMs('up', 3, health), 0);
  call(health, 'up#3', null).failed('rate_limit', 9000);
  t.strictSame(keyOrder('up', 3, health), [1, 2, 0]);
  t.equal(keysWaitMs('up', 3, health), 500);
  clock.ms = 500;
  t.equal(keysWaitMs('up', 3, health), 0);
  t.equal(keyOrder('up', 3, health)[0], 1);
  t.equal(keysWaitMs('up', 0, health), 0);
});

t.test('whatever happened to the keys, each is tried once and those at rest after the others', async () => {
  const events = fc.array(
    fc.record({ key: fc.nat(5), restMs: fc.constantFrom(null, 10, 100), ms: fc.nat(60) }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), events, (keyCount, happened) => {
      const { health, clock } = healthAt();
      for (const { key, restMs, ms } of happened) {
        clock.ms += ms;
        const one = call(health, providerKeyId('up', key % keyCount), null);
        if (restMs === null) one.succeeded(1);
        else one.failed('rate_limit', restMs);
        const order = keyOrder('up', keyCount, health);
        assert.deepStrictEqual(
          [...order].sort(),
          Array.from({ length: keyCount }, (_, index) => index),
        );
        const waits = order.map((index) => health.of(providerKeyId('up', index)).waitMs);
        const firstWaiting = waits.findIndex((waitMs) => waitMs > 0);
        if (firstWaiting >= 0) {
          const rest = waits.slice(firstWaiting);
          assert.deepStrictEqual(
            rest,
            [...rest].sort((a, b) => a - b),
          );
          assert.ok(rest.every((waitMs) => waitMs > 0));
        }
        assert.strictEqual(keysWaitMs('up', keyCount, health), Math.min(...waits));
      }
    }),
    { numRuns: 300 },
  );
});
