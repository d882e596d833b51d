import t from 'tap';
import { KeyDirectory } from '../../../core/keys/directory.ts';
import { hashKey } from '../../../core/keys/secret-key.ts';
import { FakeClock, settled } from '../../../sdk/testing/clock.ts';
import { recordingLog } from '../../../sdk/testing/fakes.ts';
import { keyOf } from '../stores/keys/_records.ts';
import { oneGateway, testKeys } from './_gateways.ts';
import { MemoryKeys } from './_memory-keys.ts';

/** A record whose key is `sk-NAME`. */
const recordOf = (name: string, changes: Parameters<typeof keyOf>[1] = {}) =>
  keyOf(name, { hash: hashKey(`sk-${name}`), ...changes });

/** Lets time pass, and everything end that began meanwhile. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  await clock.advance(ms);
  for (let turn = 0; turn < 50; turn += 1) await settled();
}

t.test('a key is found by itself, and nothing else is', async (t) => {
  const { store, clock, directory } = await oneGateway();
  await store.put(recordOf('a'), null);
  await directory.sync();
  t.match(directory.find('sk-a'), { ok: true, record: { hash: hashKey('sk-a') }, replacedUntilMs: null });
  for (const wrong of ['sk-A', 'sk-', 'sk-a ', '', hashKey('sk-a'), 'a', 'sk-a'.repeat(200), '\ud800\0'])
    t.match(directory.find(wrong), { ok: false, code: 'invalid_api_key' }, wrong.slice(0, 20));
  await directory.close();
  t.equal(clock.pending, 0);
});

t.test('a key expires to the millisecond, and a blocked one says that it is blocked', async (t) => {
  const { store, clock, directory } = await oneGateway();
  await store.put(recordOf('a', { expiresAtMs: clock.now() + 1000 }), null);
  await store.put(recordOf('b', { blocked: true }), null);
  await directory.sync();
  clock.jump(999);
  t.ok(directory.find('sk-a').ok);
  clock.jump(1);
  t.match(directory.find('sk-a'), { ok: false, code: 'key_expired' });
  t.match(directory.find('sk-b'), { ok: false, code: 'key_blocked' });
  await directory.close();
});

t.test('a replaced key is the key that replaced it, while its grace lasts', async (t) => {
  const { store, clock, directory } = await oneGateway();
  const until = (name: string, ms: number) => ({ hash: hashKey(`sk-${name}`), untilMs: clock.now() + ms });
  await store.put(recordOf('c'), null);
  await store.put(recordOf('b', { replacedBy: until('c', 1000) }), null);
  await store.put(recordOf('a', { replacedBy: until('b', 2000) }), null);
  await directory.sync();
  t.match(directory.find('sk-a'), {
    ok: true,
    record: { hash: hashKey('sk-c') },
    replacedUntilMs: clock.now() + 1000,
  });
  clock.jump(1000);
  t.match(directory.find('sk-a'), { ok: false, code: 'key_expired', message: /replaced by a new one/ });
  clock.jump(-1000);
  await store.put(recordOf('c', { blocked: true }), recordOf('c').updatedAtMs);
  await directory.sync();
  t.match(directory.find('sk-a'), { code: 'key_blocked' });
  await store.delete(hashKey('sk-c'));
  await directory.sync();
  t.match(directory.find('sk-a'), { code: 'invalid_api_key' });
  await directory.close();
});

t.test('keys that replace each other in a circle are no keys', async (t) => {
  const { store, clock, directory } = await oneGateway();
  const by = (name: string) => ({ replacedBy: { hash: hashKey(`sk-${name}`), untilMs: clock.now() + 1000 } });
  await store.put(recordOf('a', by('b')), null);
  await store.put(recordOf('b', by('a')), null);
  await directory.sync();
  t.match(directory.find('sk-a'), { ok: false, code: 'invalid_api_key' });
  await directory.close();
});

t.test('what another gateway writes is known within two seconds', async (t) => {
  const store = new MemoryKeys();
  const clock = new FakeClock();
  const here = await testKeys(store, clock);
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await store.put(recordOf(name), null);
  t.notOk(here.directory.find('sk-g').ok);
  await pass(clock, 1000);
  t.ok(here.directory.find('sk-g').ok, 'all pages are read in one go');
  await store.delete(hashKey('sk-a'));
  await pass(clock, 1000);
  t.match(here.directory.find('sk-a'), { code: 'invalid_api_key' });
  await here.directory.close();
  const reads = store.reads;
  await pass(clock, 10_000);
  t.equal(store.reads, reads, 'a closed directory reads nothing');
});

t.test('a store that is down leaves the last known keys, says so, and is followed again', async (t) => {
  const { store, clock, directory, log } = await oneGateway();
  await store.put(recordOf('a'), null);
  await directory.sync();
  t.match(directory.status(), { state: 'live', keys: 1 });
  store.down = true;
  await pass(clock, 30_000);
  t.match(directory.status(), { state: 'stale', keys: 1 });
  t.ok(directory.status().ageMs! >= 30_000);
  t.ok(directory.find('sk-a').ok);
  t.match(directory.find('sk-b'), { ok: false, code: 'store_unavailable' }, 'it may be a new one');
  t.equal(log.lines.length, 1, 'said once, not every second');
  store.down = false;
  await store.delete(hashKey('sk-a'));
  await pass(clock, 1000);
  t.match(directory.status(), { state: 'live', keys: 0 });
  t.match(directory.find('sk-a'), { code: 'invalid_api_key' });
  t.strictSame(
    log.lines.map(({ level, message }) => [level, message]),
    [
      ['warn', 'the key store cannot be read; the keys known so far are served'],
      ['info', 'the key store can be read again'],
    ],
  );
  await directory.close();
});

t.test('a store that is down at the start is waited for', async (t) => {
  const store = new MemoryKeys();
  await store.put(recordOf('a'), null);
  store.down = true;
  const { clock, directory } = await testKeys(store);
  t.match(directory.status(), { state: 'loading', keys: 0, ageMs: null });
  t.match(directory.find('sk-a'), { code: 'store_unavailable' });
  await t.rejects(directory.sync(), { code: 'store_unavailable' });
  store.down = false;
  await pass(clock, 1000);
  t.ok(directory.find('sk-a').ok);
  await directory.close();
});

t.test('a store that never answers is stale after five seconds', async (t) => {
  const { store, clock, directory } = await oneGateway();
  store.pause = () => new Promise(() => {});
  await pass(clock, 5000);
  t.equal(directory.status().state, 'live');
  await pass(clock, 1);
  t.equal(directory.status().state, 'stale');
});

t.test(
  'a reader that is told to begin anew serves the old keys until it has all, and forgets the others',
  async (t) => {
    const { store, clock, directory } = await oneGateway();
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) await store.put(recordOf(name), null);
    await directory.sync();
    store.down = true;
    await pass(clock, 2000);
    store.down = false;
    await store.delete(hashKey('sk-b'));
    store.forgetDeleted();
    let served = 0;
    store.pause = async () => {
      if (directory.find('sk-e').ok) served += 1;
    };
    await directory.sync();
    t.ok(served > 4);
    t.strictSame(
      names.map((name) => directory.find(`sk-${name}`).ok),
      [true, false, true, true, true],
    );
    t.match(directory.status(), { state: 'live', keys: 4 });
    await directory.close();
  },
);

t.test('a store that begins anew again and again is a store that does not work', async (t) => {
  const clock = new FakeClock();
  const again = { mark: 0, changed: [], deleted: [], more: true, reset: true };
  const store = Object.assign(new MemoryKeys(), { changes: async () => again });
  const directory = new KeyDirectory({ store, clock, log: recordingLog() });
  await t.rejects(directory.sync(), /begins anew again and again/);
  t.equal(directory.status().state, 'loading');
});

t.test('many who want to know at once share a reading, and none that began before', async (t) => {
  const { store, directory } = await oneGateway();
  const before = store.reads;
  const running = directory.sync();
  await settled();
  await store.put(recordOf('a'), null);
  await Promise.all([...Array.from({ length: 100 }, () => directory.sync()), running]);
  t.ok(store.reads - before <= 2);
  t.ok(directory.find('sk-a').ok);
  await directory.close();
});

t.test('keys are found by alias, a key and the one that replaces it', async (t) => {
  const { store, directory } = await oneGateway();
  const one = recordOf('a', { alias: 'x' });
  await store.put(one, null);
  await store.put(recordOf('b', { alias: 'x', id: one.id }), null);
  await store.put(recordOf('c', { alias: null }), null);
  await directory.sync();
  const named = (alias: string) => directory.withAlias(alias).map(({ name }) => name);
  t.strictSame(named('x'), ['sk-…a', 'sk-…b']);
  await store.put({ ...one, alias: 'y' }, one.updatedAtMs);
  await directory.sync();
  t.strictSame([named('x'), named('y')], [['sk-…b'], ['sk-…a']]);
  await store.delete(hashKey('sk-b'));
  await directory.sync();
  t.strictSame(named('x'), []);
  await directory.close();
});
