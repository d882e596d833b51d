import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { removalOf } from '../../../../core/stores/vectors/removal.ts';
import type { Vectors } from '../../../../sdk/vectors.ts';
import { until } from '../counters/until.ts';
import { entry, ids } from './_conformance.ts';
import { make, many, stage } from './_stage.ts';

// Gateways that have nothing in common but one LanceDB. Each has a process of its own for it.

const found = async (vectors: Vectors, name: string, number: number) =>
  ids(await vectors.search(name, make.entry(number), 1, 0.9));

/** Has all of a namespace in memory. */
async function read(vectors: Vectors, name: string, count: number): Promise<void> {
  await until(async () => {
    const before = vectors.stats().hot;
    await vectors.search(name, make.entry(1), 1);
    return vectors.stats().hot > before && vectors.stats().entries >= count;
  });
}

stage('what one gateway purges leaves the memory of the other', async (t, { open }) => {
  const first = await open({ newsMs: 20 });
  first.add('a', many(0, 20, { tags: ['kb1'] }));
  first.add('a', many(20, 20, { tags: ['kb2'] }));
  first.add('b', many(0, 20, { tenant: 'other', tags: ['kb1'] }));
  await first.flush();
  const second = await open({ newsMs: 20 });
  await read(second, 'a', 40);
  await read(second, 'b', 60);
  await first.purge({ tenant: 'acme', tag: 'kb1' });
  await until(async () => (await found(second, 'a', 7)).length === 0);
  t.strictSame(await found(second, 'a', 27), ['e27'], 'nothing else');
  t.strictSame(await found(second, 'b', 7), ['e7']);
  await second.purge({ namespace: 'b' });
  await until(async () => (await found(first, 'b', 7)).length === 0);
  t.strictSame(await found(first, 'a', 27), ['e27']);
  await first.purge({ all: true });
  await until(async () => (await found(second, 'a', 27)).length === 0);
  await until(() => second.stats().entries === 0);
});

stage('what one gateway removes leaves the memory of the other', async (t, { open }) => {
  const first = await open({ newsMs: 20 });
  first.add('a', many(0, 20));
  await first.flush();
  const second = await open({ newsMs: 20 });
  await read(second, 'a', 20);
  first.remove('a', ['e7', 'unknown']);
  first.remove('unknown', ['e8']);
  await first.flush();
  await until(async () => (await found(second, 'a', 7)).length === 0);
  t.strictSame(await found(second, 'a', 8), ['e8']);
});

stage('what was added after a purge stays, at both', async (t, { open }) => {
  const first = await open({ newsMs: 20 });
  first.add('a', many(0, 20));
  await first.flush();
  const second = await open({ newsMs: 20 });
  await read(second, 'a', 20);
  await first.purge({ tenant: 'acme' });
  first.add('a', [entry('e3', 3), entry('new', 100)]);
  await first.flush();
  await until(async () => (await found(second, 'a', 7)).length === 0);
  // The other reads again what is there now.
  await until(async () => (await found(second, 'a', 100)).length === 1);
  second.add('a', [entry('later', 200)]);
  await second.flush();
  // Another removal is heard, and with it all that was written before.
  await first.purge({ tenant: 'nobody' });
  first.add('b', [entry('mark', 5)]);
  await first.flush();
  first.remove('b', ['mark']);
  await first.flush();
  for (const vectors of [first, second]) t.strictSame(await found(vectors, 'a', 100), ['new']);
  t.strictSame(await found(second, 'a', 200), ['later']);
  await first.close();
  await second.close();
  const third = await open();
  await read(third, 'a', 3);
  t.strictSame(ids(await third.search('a', make.entry(1), 9)), ['e3', 'later', 'new']);
});

stage('what waits at one gateway while another purges is not written afterwards', async (t, { open }) => {
  const first = await open({ newsMs: 20 });
  first.add('a', [entry('one', 1)]);
  await first.flush();
  const second = await open({ newsMs: 20, flushMs: 600_000 });
  second.add('a', many(10, 5));
  second.add('b', many(10, 5, { tenant: 'other' }));
  await first.purge({ tenant: 'acme' });
  await until(async () => (await found(second, 'a', 12)).length === 0);
  await second.flush();
  await second.close();
  const third = await open();
  await read(third, 'b', 5);
  t.strictSame(await third.search('a', make.entry(12), 9), []);
  t.equal(third.stats().entries, 5);
});

stage('a gateway that starts does not do again what was removed before', async (t, { open }) => {
  const first = await open({ newsMs: 20 });
  first.add('a', many(0, 10));
  await first.flush();
  await first.purge({ all: true });
  first.remove('a', ['e1']);
  await first.flush();
  const second = await open({ newsMs: 20 });
  second.add('a', many(0, 10));
  await second.flush();
  await first.purge({ tenant: 'nobody' });
  await first.close();
  await second.close();
  const third = await open();
  await read(third, 'a', 10);
  t.equal(third.stats().entries, 10);
});

stage(
  'a gateway that is asked as it starts finds what was added after a purge',
  async (t, { open, openAtOnce }) => {
    const first = await open();
    await first.purge({ all: true });
    first.add('a', many(0, 2000));
    await first.flush();
    await first.close();
    for (let time = 0; time < 3; time += 1) {
      const next = openAtOnce();
      const wrong: string[] = [];
      for (let at = 0; next.stats().entries < 2000; at += 1) {
        const { missed } = next.stats();
        const got = await found(next, 'a', at % 2000);
        // A slow machine may owe searches to others: then it says so.
        if (next.stats().missed > missed) continue;
        if (got[0] !== `e${at % 2000}`) wrong.push(`search ${at}: ${got.join() || 'nothing'}`);
      }
      t.strictSame(wrong, []);
      await next.close();
    }
  },
);

stage('a namespace that one gateway began is found by the other', async (t, { open }) => {
  const first = await open({ listMs: 30 });
  const second = await open();
  t.strictSame(await found(first, 'a', 7), []);
  second.add('a', many(0, 10));
  await second.flush();
  await until(async () => (await found(first, 'a', 7)).length === 1);
  t.strictSame(await found(first, 'a', 7), ['e7']);
});

t.test('a row of the log that nobody understands is a removal of everything', async (t) => {
  const all = { purge: { all: true } };
  for (const text of [
    '',
    'null',
    '1',
    '[]',
    '{}',
    '{"purge":{}}',
    '{"purge":{"tenant":1}}',
    '{"purge":null}',
  ])
    t.strictSame(removalOf(text), all, text);
  for (const text of ['{"purge":{"tenant":"a","model":"b"}}', '{"removed":[["a"]]}', '{"moved":[]}'])
    t.strictSame(removalOf(text), all, text);
  const filter = fc.record(
    { namespace: fc.string(), tenant: fc.string(), tag: fc.string(), all: fc.constant(true as const) },
    { requiredKeys: ['tenant'] },
  );
  const names = fc.array(fc.tuple(fc.string(), fc.string()));
  fc.assert(
    fc.property(
      fc.oneof(fc.record({ purge: filter }), fc.record({ removed: names }), fc.record({ recalled: names })),
      (removal) => {
        const text = JSON.stringify(removal);
        assert.equal(JSON.stringify(removalOf(text)), text);
      },
    ),
  );
  fc.assert(fc.property(fc.string(), (text) => assert.ok(typeof removalOf(text) === 'object')));
  fc.assert(fc.property(fc.json(), (text) => assert.ok(typeof removalOf(text) === 'object')));
});
