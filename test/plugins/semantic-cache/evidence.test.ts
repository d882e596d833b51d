import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { createMemoryVectors } from '../../../core/stores/vectors/memory.ts';
import { BookKeeper } from '../../../plugins/semantic-cache/book-keeper.ts';
import { ErrorBook, steps } from '../../../plugins/semantic-cache/error-book.ts';
import {
  type Counts,
  type Evidence,
  equal,
  evidenceIn,
  jsonOfEvidence,
  merge,
  sumOf,
} from '../../../plugins/semantic-cache/evidence.ts';
import { Notes } from '../../../plugins/semantic-cache/notes.ts';
import type { CacheStore, Json } from '../../../sdk/index.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { recordingLog } from '../../../sdk/testing/fakes.ts';

const counts: fc.Arbitrary<Counts> = fc
  .tuple(fc.nat(9), fc.nat(9), fc.nat(9), fc.nat(9))
  .map(([a, b, c, d]) => [a, a + b, c, c + d]);
const evidence: fc.Arbitrary<Evidence> = fc.record({
  era: fc.nat(2),
  level: fc.nat(steps),
  rows: fc.dictionary(fc.constantFrom('a', 'b', 'base'), counts, { noNullPrototype: true }),
});

t.test('copies that are merged in any order, and as often as one likes, come to the same', (t) => {
  const same = (one: Evidence, other: Evidence) => assert.ok(equal(one, other), JSON.stringify([one, other]));
  fc.assert(
    fc.property(evidence, evidence, evidence, (a, b, c) => {
      // Within an era each row is one gateway's, and only grows; eras are begun by one gateway each.
      const [x, y, z] = [a, b, c];
      same(merge(x, x), x);
      if (x.era !== y.era || y.era !== z.era || x.era !== z.era) return;
      same(merge(x, y), merge(y, x));
      same(merge(merge(x, y), z), merge(x, merge(y, z)));
    }),
  );
  fc.assert(
    fc.property(evidence, evidence, (a, b) => {
      const both = merge(a, b);
      assert.ok(both.era >= a.era && both.era >= b.era);
      if (a.era === b.era) assert.equal(both.level, Math.max(a.level, b.level), 'the careful one holds');
    }),
  );
  t.end();
});

t.test('what is written is read back, and whatever lies in a store is read or not, and never throws', (t) => {
  fc.assert(
    fc.property(evidence, (one) => {
      const read = evidenceIn(JSON.parse(JSON.stringify(jsonOfEvidence(one))) as Json, steps);
      assert.ok(read !== null && equal(read, one));
    }),
  );
  fc.assert(fc.property(fc.jsonValue(), (value) => void evidenceIn(value as Json, steps)));
  for (const bad of [
    { v: 1, era: 1, level: steps + 1, rows: {} },
    { v: 1, era: 1, level: -1, rows: {} },
    { v: 1, era: 1.5, level: 0, rows: {} },
    { v: 1, era: 1, level: 0, rows: { a: [3, 2, 3, 3] } },
    { v: 1, era: 1, level: 0, rows: { a: [1, 2, 3] } },
    JSON.parse('{ "v": 1, "era": 1, "level": 0, "rows": { "__proto__": [0, 0, 0, 0] } }'),
    { v: 2, era: 1, level: 0, rows: {} },
  ] as Json[]) {
    t.equal(evidenceIn(bad, steps), null, JSON.stringify(bad));
  }
  t.end();
});

t.test(
  'two books that hear of each other now and then know as much as one, and no check counts twice',
  (t) => {
    const event = fc.record({
      who: fc.nat(1),
      wrong: fc.boolean(),
      hear: fc.constantFrom('no', 'one', 'both'),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 120 }), (events) => {
        const books = [new ErrorBook(0.1, 'a'), new ErrorBook(0.1, 'b')] as const;
        const hear = (to: 0 | 1) => {
          const other = books[to === 0 ? 1 : 0].evidence('t', 'm');
          books[to].learn('t', 'm', other, false);
          books[to === 0 ? 1 : 0].told('t', 'm', other);
        };
        for (const { who, wrong, hear: heard } of events) {
          books[who === 0 ? 0 : 1].record('t', 'm', wrong);
          if (heard !== 'no') hear(0);
          if (heard === 'both') hear(1);
        }
        for (let round = 0; round < 3; round += 1) {
          hear(0);
          hear(1);
        }
        const [one, other] = books.map((book) => book.evidence('t', 'm')) as [Evidence, Evidence];
        if (events.length > 0) assert.ok(equal(one, other), JSON.stringify([one, other]));
        assert.equal(books[0].floor('t', 'm', 0.5), books[1].floor('t', 'm', 0.5));
        const [, , everWrong, everTotal] = sumOf(one);
        assert.ok(everTotal <= events.length, 'nothing counts twice');
        assert.ok(everWrong <= events.filter(({ wrong }) => wrong).length);
      }),
      { numRuns: 200 },
    );
    t.end();
  },
);

/** A cache that gateways share, in the memory of the test; away while it is told so. */
class SharedCache implements CacheStore {
  readonly #values = new Map<string, Uint8Array>();
  failures = 0;
  away = false;
  async get(key: string) {
    if (this.away) this.failures += 1;
    const value = this.away ? undefined : this.#values.get(key);
    return value === undefined ? null : { value, meta: null };
  }
  async put({ key, value }: { key: string; value: Uint8Array }) {
    if (this.away) return false;
    this.#values.set(key, value);
    return true;
  }
  async delete(key: string) {
    return this.#values.delete(key);
  }
  async purge() {
    this.#values.clear();
  }
  stats() {
    const none = { hits: 0, misses: 0, puts: 0, refused: 0, entries: null, bytes: null };
    return { ...none, state: 'up' as const, failures: this.failures, maxBytes: null, evicted: null };
  }
}

function keeperOf(cache: CacheStore, clock: FakeClock, node: string, vectors = memoryVectors(clock)) {
  const book = new ErrorBook(0.1, node);
  return { book, keeper: new BookKeeper(book, new Notes(cache, vectors), clock) };
}
const memoryVectors = (clock: FakeClock) => createMemoryVectors({ clock, log: recordingLog() });

async function stop({ book, keeper }: ReturnType<typeof keeperOf>): Promise<void> {
  while (book.floor('t', 'm', 0.5) !== null) await keeper.record('t', 'm', true);
  await keeper.flush();
}

t.test('a group that one gateway stopped is stopped at the others after two seconds at most', async (t) => {
  const clock = new FakeClock();
  const cache = new SharedCache();
  const [one, other] = [keeperOf(cache, clock, 'a'), keeperOf(cache, clock, 'b')];
  await other.keeper.ready('t', 'm');
  await stop(one);
  t.equal(await other.keeper.ready('t', 'm'), true);
  t.not(other.book.floor('t', 'm', 0.5), null, 'what was read is taken for all there is for a while');
  await clock.advance(2000);
  t.equal(await other.keeper.ready('t', 'm'), true);
  t.equal(other.book.floor('t', 'm', 0.5), null);
  t.equal(other.book.floor('t', 'another', 0.5), 0.5);
});

t.test('gateways that write at once lose nothing for long', async (t) => {
  const clock = new FakeClock();
  const cache = new SharedCache();
  const all = ['a', 'b', 'c'].map((node) => keeperOf(cache, clock, node));
  // Right ones: none of them changes what is served.
  for (let time = 0; time < 5; time += 1) {
    await Promise.all(all.map(({ keeper }) => keeper.record('t', 'm', false)));
  }
  for (let round = 0; round < 3; round += 1) {
    await clock.advance(2000);
    for (const { keeper } of all) {
      await keeper.ready('t', 'm');
      await keeper.flush();
    }
  }
  for (const { book } of all) t.match(book.toJson(), [{ checked: 15, checked_ever: 15, wrong: 0 }]);
});

t.test(
  'what is not known is not served: a store that does not answer may say that a group is stopped',
  async (t) => {
    const clock = new FakeClock();
    const cache = new SharedCache();
    await stop(keeperOf(cache, clock, 'a'));
    cache.away = true;
    const late = keeperOf(cache, clock, 'b');
    t.equal(await late.keeper.ready('t', 'm'), false);
    t.equal(await late.keeper.ready('t', 'm'), false, 'and it is asked again');
    cache.away = false;
    t.equal(await late.keeper.ready('t', 'm'), true);
    t.equal(late.book.floor('t', 'm', 0.5), null);
    cache.away = true;
    await clock.advance(2000);
    t.equal(await late.keeper.ready('t', 'm'), true, 'what was known stays known');
    t.equal(late.book.floor('t', 'm', 0.5), null);
  },
);

t.test('before a purge a store is asked again until it is open and says what is known', async (t) => {
  const clock = new FakeClock();
  const cache = new SharedCache();
  await stop(keeperOf(cache, clock, 'a'));
  cache.away = true;
  const vectors = memoryVectors(clock);
  let flushes = 0;
  vectors.flush = async () => {
    flushes += 1;
    if (flushes === 3) cache.away = false;
  };
  const late = keeperOf(cache, clock, 'b', vectors);
  t.equal(await late.keeper.readBeforePurge(), true);
  t.equal(flushes, 3);
  t.equal(late.book.floor('t', 'm', 0.5), null);
  cache.away = true;
  t.equal(await keeperOf(cache, clock, 'c').keeper.readBeforePurge(), false, 'but not for ever');
});

t.test('what a shared cache forgot comes back from the vectors, and from those who know', async (t) => {
  const clock = new FakeClock();
  const cache = new SharedCache();
  const vectors = memoryVectors(clock);
  const one = keeperOf(cache, clock, 'a', vectors);
  await stop(one);
  await cache.purge();
  const restarted = keeperOf(cache, clock, 'a', vectors);
  await restarted.keeper.ready('t', 'm');
  t.equal(restarted.book.floor('t', 'm', 0.5), null);
  await restarted.keeper.flush();
  const another = keeperOf(cache, clock, 'b');
  await another.keeper.ready('t', 'm');
  t.equal(another.book.floor('t', 'm', 0.5), null, 'the one that knew told the shared cache again');
});

t.test('a namesake of before is counted as another gateway', async (t) => {
  const clock = new FakeClock();
  const cache = new SharedCache();
  const first = keeperOf(cache, clock, 'a');
  for (let time = 0; time < 3; time += 1) await first.keeper.record('t', 'm', false);
  await first.keeper.flush();
  const second = keeperOf(cache, clock, 'a');
  await second.keeper.record('t', 'm', false);
  await second.keeper.flush();
  t.match(second.book.toJson(), [{ checked: 4 }]);
});

t.test('groups that made room for others are read again before anything is served', async (t) => {
  const clock = new FakeClock();
  const own = keeperOf(new SharedCache(), clock, 'a');
  await stop(own);
  for (let at = 0; at < 10_001; at += 1) own.book.record('t', `m${at}`, false);
  t.equal(own.book.floor('t', 'm', 0.5), 0.5, 'it is forgotten here');
  t.equal(await own.keeper.ready('t', 'm'), true);
  t.equal(own.book.floor('t', 'm', 0.5), null);
});

t.test('all groups with a name are known again for whoever wants to see them', async (t) => {
  const clock = new FakeClock();
  const vectors = memoryVectors(clock);
  const cache = new SharedCache();
  const one = keeperOf(cache, clock, 'a', vectors);
  await one.keeper.record('t', 'm', false);
  await one.keeper.record('u', 'm', true);
  await one.keeper.flush();
  const later = keeperOf(cache, clock, 'b', vectors);
  await later.keeper.readAll();
  t.match(later.book.toJson(), [{ tenant: /t|u/, checked: 1 }, { checked: 1 }]);
});
