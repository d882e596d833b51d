import fc from 'fast-check';
import type t from 'tap';
import { type KeyRecord, type KeyStore, maxListedKeys } from '../../../../sdk/keys.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { hashOf, keyOf } from './_records.ts';

type Test = Pick<typeof t, 'test' | 'equal' | 'strictSame' | 'match' | 'ok' | 'rejects'>;

export interface KeysUnderTest {
  /** Two of them on the same keys, as of two gateways. */
  readonly stores: readonly [KeyStore, KeyStore];
  close(): Promise<void>;
}

/** Stores with nothing in them. */
export type OpenKeys = (clock: FakeClock) => Promise<KeysUnderTest>;

/** What the `keys` plugin does: keeps all keys in memory and follows changes. */
export class Follower {
  readonly #store: KeyStore;
  keys = new Map<string, KeyRecord>();
  mark = 0;
  pages = 0;
  resets = 0;

  constructor(store: KeyStore) {
    this.#store = store;
  }

  async follow(): Promise<void> {
    for (;;) {
      const page = await this.#store.changes(this.mark);
      this.pages += 1;
      if (page.reset) {
        this.resets += 1;
        this.keys.clear();
      }
      for (const record of page.changed) this.keys.set(record.hash, record);
      for (const hash of page.deleted) this.keys.delete(hash);
      this.mark = page.mark;
      if (!page.more) return;
    }
  }

  /** Everything, in the order of a list. */
  sorted(): KeyRecord[] {
    return [...this.keys.values()].sort(
      (a, b) => a.createdAtMs - b.createdAtMs || Buffer.compare(Buffer.from(a.hash), Buffer.from(b.hash)),
    );
  }
}

/** What every key store does. */
export function keysConformance(t: Test, name: string, open: OpenKeys, runs: number): void {
  const test = (
    sentence: string,
    body: (t: Test, keys: KeyStore, other: KeyStore, clock: FakeClock) => Promise<void>,
  ) =>
    t.test(`${name}: ${sentence}`, async (t) => {
      const clock = new FakeClock();
      const { stores, close } = await open(clock);
      try {
        await body(t, stores[0], stores[1], clock);
      } finally {
        await close();
      }
    });

  test('an alias belongs to one key, whichever gateway gives it away', async (t, keys, other) => {
    const [first, second] = [keyOf('first', { alias: 'bot' }), keyOf('second', { alias: 'bot' })];
    const taken = {
      code: 'invalid_request',
      status: 400,
      param: 'key_alias',
      message: 'key_alias: expected a name that no other key has; "bot" is taken',
    };
    const race = await Promise.allSettled([
      (async () => keys.put(first, null))(),
      (async () => other.put(second, null))(),
    ]);
    t.strictSame(
      race.map(({ status }) => status).sort(),
      ['fulfilled', 'rejected'],
      'of two at once one gets it',
    );
    t.match(
      race.find(({ status }) => status === 'rejected'),
      { reason: taken },
    );
    const [owner, loser] = race[0]!.status === 'fulfilled' ? [first, second] : [second, first];
    t.equal(await keys.get(loser.hash), null, 'nothing of the other was written');
    t.ok(await other.put({ ...loser, alias: null }, null));
    const named = await keys.get(loser.hash);
    await t.rejects(async () => keys.put({ ...named!, alias: 'bot' }, named!.updatedAtMs), taken);
    t.ok(await keys.put({ ...owner, rpmLimit: 1 }, owner.updatedAtMs), 'its owner keeps it');
    const heir = keyOf('heir', { alias: 'bot', id: owner.id });
    t.ok(await keys.put(heir, null), 'one of the same line may share it');
    await keys.delete(owner.hash);
    await keys.delete(heir.hash);
    t.ok(await other.put({ ...named!, alias: 'bot' }, named!.updatedAtMs), 'free once they are gone');
    t.equal((await keys.get(loser.hash))?.alias, 'bot');
  });

  test('a key comes back as it was written, on every gateway', async (t, keys, other) => {
    const record = keyOf('odd', {
      alias: '日本語 🎉 \0 \ud800 "\'\\',
      metadata: { '': '\0', deep: [{ a: [] }] },
      maxBudgetNanoUsd: Number.MAX_SAFE_INTEGER,
      replacedBy: { hash: hashOf('next'), untilMs: 5 },
      models: [],
    });
    t.equal(await keys.put(record, null), true);
    t.strictSame(await keys.get(record.hash), record);
    t.strictSame(await other.get(record.hash), record);
    t.equal(await keys.get(hashOf('absent')), null);
    t.equal(await keys.get('no hash at all'), null);
  });

  test('a change is written only over what its writer had read', async (t, keys, other) => {
    const record = keyOf('a');
    t.equal(await keys.put(record, 5), false, 'there is none to be changed');
    t.equal(await keys.put(record, null), true);
    t.equal(await other.put(record, null), false, 'it is there already');
    const blocked = { ...record, blocked: true, updatedAtMs: record.updatedAtMs + 10 };
    t.equal(await keys.put(blocked, record.updatedAtMs), true);
    t.equal(await other.put({ ...record, plan: 'free' }, record.updatedAtMs), false);
    t.strictSame(await other.get(record.hash), blocked);
  });

  test('two changes in one millisecond, or with the clock set back, do not hide each other', async (t, keys, other) => {
    const record = keyOf('a');
    await keys.put(record, null);
    const atMs = record.updatedAtMs;
    t.equal(await keys.put({ ...record, plan: 'first' }, atMs), true);
    t.equal(await other.put({ ...record, plan: 'second' }, atMs), false);
    const first = (await keys.get(record.hash))!;
    t.match(first, { plan: 'first', updatedAtMs: atMs + 1 });
    t.equal(await keys.put({ ...first, plan: 'earlier', updatedAtMs: 7 }, first.updatedAtMs), true);
    t.match(await keys.get(record.hash), { plan: 'earlier', updatedAtMs: atMs + 2 });
  });

  test('a deleted key is gone, and can be made again', async (t, keys, other) => {
    const record = keyOf('a');
    t.equal(await keys.delete(record.hash), false);
    await keys.put(record, null);
    t.equal(await other.delete(record.hash), true);
    t.equal(await keys.delete(record.hash), false);
    t.equal(await keys.get(record.hash), null);
    t.strictSame(await keys.list(0, 10), []);
    t.equal(await keys.put({ ...record, plan: 'x' }, record.updatedAtMs), false);
    t.equal(await keys.put(record, null), true);
    t.strictSame(await keys.list(0, 10), [record]);
  });

  test('of many writers at once one wins', async (t, keys, other) => {
    await keys.put(keyOf('a'), null);
    const { updatedAtMs } = keyOf('a');
    const won = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? keys : other).put(keyOf('a', { plan: `p${index}` }), updatedAtMs),
      ),
    );
    t.equal(won.filter(Boolean).length, 1);
    t.match(await keys.get(hashOf('a')), { plan: `p${won.indexOf(true)}` });
    const made = await Promise.all([keys, other, keys].map((store) => store.put(keyOf('b'), null)));
    t.equal(made.filter(Boolean).length, 1);
  });

  test('a list shows the oldest first, a page at a time', async (t, keys) => {
    const records = Array.from({ length: 450 }, (_, index) =>
      keyOf(`k${index}`, { createdAtMs: 1000 + (index % 7) }),
    );
    for (const record of records) await keys.put(record, null);
    const follower = new Follower(keys);
    await follower.follow();
    const expected = follower.sorted();
    t.equal(expected.length, 450);
    t.strictSame(await keys.list(0, maxListedKeys), expected);
    t.strictSame(await keys.list(200, 150), expected.slice(200, 350));
    t.strictSame(await keys.list(440, 50), expected.slice(440));
    t.strictSame(await keys.list(450, 50), []);
    t.strictSame(await keys.list(0, 0), []);
    t.ok(follower.pages >= 3, 'changes come in pages');
  });

  test('what changed after a mark is told once', async (t, keys, other) => {
    const [a, b] = [keyOf('a'), keyOf('b')];
    await keys.put(a, null);
    await keys.put(b, null);
    const all = await other.changes(0);
    t.match(all, { changed: [a, b], deleted: [], more: false, reset: false });
    t.strictSame((await other.changes(all.mark)).changed, []);
    t.equal((await other.changes(all.mark)).mark, all.mark);
    await keys.put({ ...a, blocked: true }, a.updatedAtMs);
    await keys.delete(b.hash);
    const next = await other.changes(all.mark);
    t.match(next, { changed: [{ hash: a.hash, blocked: true }], deleted: [b.hash], more: false });
    t.strictSame((await other.changes(next.mark)).deleted, []);
  });

  test('deletions are remembered for a week; who was away for longer reads everything anew', async (t, keys, other, clock) => {
    const away = new Follower(other);
    const present = new Follower(other);
    for (let index = 0; index < 300; index += 1) await keys.put(keyOf(`k${index}`), null);
    await away.follow();
    await present.follow();
    for (let index = 0; index < 250; index += 1) await keys.delete(hashOf(`k${index}`));
    await present.follow();
    await clock.advance(8 * 86_400_000);
    // Each write forgets some.
    for (let index = 0; index < 6; index += 1) await keys.put(keyOf(`new${index}`), null);
    await present.follow();
    await away.follow();
    t.equal(present.resets, 0);
    t.equal(away.resets, 1);
    const fresh = new Follower(keys);
    await fresh.follow();
    t.equal(fresh.resets, 0, 'a first reading in pages is not taken for an old one');
    t.equal(fresh.keys.size, 56);
    t.strictSame(away.sorted(), fresh.sorted());
    t.strictSame(present.sorted(), fresh.sorted());
    t.match(await keys.changes(1e9), { reset: true, mark: 0 }, 'a mark of another store');
  });

  test('what is not a key is refused', async (t, keys) => {
    const wrong: [KeyRecord, RegExp][] = [
      [{ ...keyOf('a'), hash: 'sk-plain' }, /64 hexadecimal digits; came 8 characters/],
      [keyOf('a', { updatedAtMs: Number.NaN }), /updatedAtMs .* came NaN/],
      [keyOf('a', { createdAtMs: -1 }), /createdAtMs .* came -1/],
      [keyOf('a', { metadata: { long: 'x'.repeat(70_000) } }), /at most 65536 bytes/],
    ];
    for (const [record, message] of wrong) {
      await t.rejects(async () => keys.put(record, null), { name: 'RangeError', message });
    }
  });

  test('a follower ends with what is there, whatever is written meanwhile and by whom', async (t) => {
    const names = ['a', 'b', 'c', 'd'];
    const step = fc.record({
      kind: fc.constantFrom('make', 'change', 'delete', 'follow'),
      name: fc.constantFrom(...names),
      writer: fc.constantFrom(0, 1),
      plan: fc.string({ maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { maxLength: 8 }),
        async (turns) => {
          const { stores, close } = await open(new FakeClock());
          try {
            const follower = new Follower(stores[1]);
            for (const turn of turns) {
              // The steps of a turn run at once.
              await Promise.all(
                turn.map(async ({ kind, name, writer, plan }) => {
                  const store = stores[writer]!;
                  if (kind === 'make') await store.put(keyOf(name, { plan }), null);
                  else if (kind === 'delete') await store.delete(hashOf(name));
                  else if (kind === 'change') {
                    const found = await store.get(hashOf(name));
                    if (found !== null) await store.put({ ...found, plan }, found.updatedAtMs);
                  }
                }),
              );
              if (turn.some(({ kind }) => kind === 'follow')) {
                await follower.follow();
                t.strictSame(follower.sorted(), await stores[0].list(0, 100));
              }
            }
            await follower.follow();
            t.strictSame(follower.sorted(), await stores[0].list(0, 100));
            t.equal(follower.resets, 0);
          } finally {
            await close();
          }
        },
      ),
      { numRuns: runs },
    );
  });

  test('a follower that reads all the while misses nothing', async (t, keys, other) => {
    let stop = false;
    const follower = new Follower(other);
    const following = (async () => {
      while (!stop) {
        await follower.follow();
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const writers = [keys, other, keys, other].map(async (store, writer) => {
      for (let index = 0; index < 100; index += 1) {
        await store.put(keyOf(`w${writer}-${index}`), null);
        if (index % 3 === 0) await store.delete(hashOf(`w${writer}-${index}`));
        if (index % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    });
    await Promise.all(writers);
    stop = true;
    await following;
    await follower.follow();
    t.equal(follower.keys.size, 264);
    t.strictSame(follower.sorted(), await keys.list(0, 1000));
  });
}
