import { systemClock } from '../../../../core/services/clock.ts';
import type { Clock } from '../../../../sdk/services.ts';
import { until } from '../counters/until.ts';
import { entry, ids } from './_conformance.ts';
import { make, many, stage } from './_stage.ts';

stage('a restart keeps what was flushed: cold first, from memory soon', async (t, { open }) => {
  const first = await open();
  first.add('a', many(0, 300, { tags: ['kb1', 'ü ✓'] }));
  first.add('b', [entry('other', 1)]);
  await first.close();
  const second = await open();
  t.equal(second.stats().entries, 0);
  const cold = await second.search('a', make.near(7), 2, 0.6);
  t.match(cold, [{ id: 'e7', meta: { number: 7 } }]);
  t.equal(second.stats().cold, 1);
  await until(() => second.stats().entries === 300);
  await until(async () => {
    const before = second.stats().hot;
    t.match(await second.search('a', make.near(8), 2, 0.6), [{ id: 'e8' }]);
    return second.stats().hot > before;
  });
  t.strictSame(ids(await second.search('b', make.entry(1), 5)), ['other']);
  await second.purge({ tag: 'ü ✓' });
  t.strictSame(await second.search('a', make.near(7), 2), []);
  await second.close();
  const third = await open();
  t.strictSame(await third.search('a', make.near(7), 2), [], 'and a purge outlives it too');
  t.strictSame(ids(await third.search('b', make.entry(1), 5)), ['other']);
});

stage('a search of a cold namespace never waits longer than it may', async (t, { open }) => {
  const first = await open();
  first.add('a', many(0, 50));
  await first.close();
  // By a real clock the answer may be there before the time is up, where the machine is busy.
  const clock: Clock = {
    ...systemClock,
    after(delayMs, run) {
      if (delayMs > 0) return systemClock.after(delayMs, run);
      queueMicrotask(run);
      return () => {};
    },
  };
  const second = await open({ clock, coldMs: 0 });
  t.strictSame(await second.search('a', make.entry(1), 1), []);
  t.equal(second.stats().missed, 1);
  await until(async () => (await second.search('a', make.entry(1), 1)).length === 1);
});

stage('what was added to a cold namespace meanwhile wins over what is read', async (t, { open }) => {
  const first = await open();
  first.add('a', many(0, 100));
  await first.close();
  const second = await open();
  second.add('a', [entry('e1', 500, { meta: 'new' })]);
  second.remove('a', ['e2']);
  const purged = second.purge({ tenant: 'nobody' });
  await until(() => second.stats().entries === 99);
  await purged;
  t.match(await second.search('a', make.entry(500), 1, 0.9), [{ id: 'e1', meta: 'new' }]);
  t.strictSame(await second.search('a', make.entry(1), 1, 0.9), []);
  t.strictSame(await second.search('a', make.entry(2), 1, 0.9), []);
  await second.close();
  const third = await open();
  t.match(await third.search('a', make.entry(500), 1, 0.9), [{ id: 'e1', meta: 'new' }]);
  t.strictSame(await third.search('a', make.entry(1), 1, 0.9), []);
  await until(() => third.stats().entries === 99);
});

stage('the durable store is bounded too: the oldest go, and what expired', async (t, { open }) => {
  const vectors = await open({ maxEntries: 50, flushMs: 600_000 });
  const soon = systemClock.now() + 40;
  vectors.add('b', many(0, 20, { expiresAtMs: soon }));
  for (let at = 0; at < 40; at += 1) {
    vectors.add('a', many(at * 5, 5));
    await vectors.flush();
  }
  await vectors.close();
  const again = await open();
  await again.search('a', make.entry(1), 1);
  await until(() => again.stats().entries > 0);
  t.ok(again.stats().entries <= 100, `${again.stats().entries} of 200`);
  t.match(await again.search('a', make.entry(199), 1, 0.9), [{ id: 'e199' }]);
});

stage('a namespace that does not fit is answered by both', async (t, { open }) => {
  const first = await open({ maxBytes: 2 ** 22 });
  const big = { meta: { text: 'm'.repeat(2000) } };
  for (let at = 0; at < 1000; at += 100) first.add('a', many(at, 100, big));
  await first.close();
  const second = await open({ maxBytes: 2 ** 21 });
  for (let at = 0; at < 1000; at += 111) {
    t.match(await second.search('a', make.near(at), 1, 0.6), [{ id: `e${at}` }]);
  }
  await until(() => second.stats().entries > 100);
  for (let at = 0; at < 1000; at += 111) {
    t.match(await second.search('a', make.near(at), 1, 0.6), [{ id: `e${at}` }]);
  }
  const { bytes, maxBytes, entries } = second.stats();
  t.ok(bytes <= maxBytes && entries < 1000);
});

stage('closing while everything is under way neither fails nor warns', async (t, { open, log }) => {
  for (let round = 0; round < 4; round += 1) {
    const vectors = await open({ coldMs: 0 });
    for (let at = 0; at < 4; at += 1) void vectors.search(`n${at}`, make.entry(at), 3);
    vectors.add(`n${round % 4}`, many(round * 10, 10));
    if (round % 2 === 0) void vectors.flush();
    await vectors.close();
  }
  const vectors = await open();
  await vectors.search('n0', make.entry(1), 1);
  await until(() => vectors.stats().entries === 10);
  t.strictSame(log.lines, []);
});
