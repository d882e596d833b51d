import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { checkFilter, matches, type PurgeFilter, PurgeLog } from '../../../core/stores/purge-log.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';

t.test('a filter names what it names, and must name something', async (t) => {
  const entry = { namespace: 'n', tenant: 'a', tags: ['x', 'y'] };
  const named: PurgeFilter[] = [
    { all: true },
    { tenant: 'a' },
    { tag: 'y' },
    { namespace: 'n', tenant: 'a', tag: 'x' },
  ];
  for (const filter of named) t.ok(matches(filter, entry));
  const others: PurgeFilter[] = [
    { tenant: 'b' },
    { tag: 'z' },
    { namespace: 'm' },
    { tenant: 'a', tag: 'z' },
  ];
  for (const filter of others) t.notOk(matches(filter, entry));
  t.notOk(matches({ tenant: 'a' }, { tenant: null }));
  t.throws(() => checkFilter({}), RangeError);
});

t.test('work that began before a purge is known for an hour, however many there are', async () => {
  const step = fc.oneof(
    fc.record({ purge: fc.nat(3) }),
    fc.record({ waitMs: fc.nat(1000) }),
    fc.record({ ask: fc.nat(3), ageMs: fc.nat(3000) }),
  );
  const property = fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
    const clock = new FakeClock();
    const log = new PurgeLog(clock);
    const purges: { tenant: string; atMs: number }[] = [];
    for (const step of steps) {
      if ('purge' in step) {
        log.add({ tenant: `${step.purge}` });
        purges.push({ tenant: `${step.purge}`, atMs: clock.monotonic() });
      } else if ('waitMs' in step) await clock.advance(step.waitMs);
      else {
        const tenant = `${step.ask}`;
        const beganMs = clock.monotonic() - step.ageMs;
        const purged = purges.some((purge) => purge.tenant === tenant && purge.atMs > beganMs);
        assert.equal(log.purged({ tenant }, step.ageMs), purged);
      }
    }
  });
  await fc.assert(property, { numRuns: 100 });
});

t.test('a thousand purges within an hour purge all that began before', async (t) => {
  const clock = new FakeClock();
  const log = new PurgeLog(clock);
  const before = log.next();
  for (let at = 0; at < 1000; at += 1) log.add({ tenant: `${at}` });
  t.notOk(log.purgedSince({ tenant: 'other' }, before));
  log.add({ tenant: 'last' });
  t.ok(log.purgedSince({ tenant: 'other' }, before));
  const after = log.next();
  t.notOk(log.purgedSince({ tenant: 'other' }, after));
  await clock.advance(1);
  t.ok(log.purged({ tenant: 'other' }, 10));
  t.notOk(log.purged({ tenant: 'other' }, 0));
});
