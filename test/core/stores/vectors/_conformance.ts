import assert from 'node:assert/strict';
import fc from 'fast-check';
import type t from 'tap';
import type { FakeClock } from '../../../../sdk/testing/clock.ts';
import type { VectorEntry, VectorMatch, Vectors } from '../../../../sdk/vectors.ts';
import { arbitraryVectors, cosine } from './_vectors.ts';

type Test = Pick<typeof t, 'test' | 'equal' | 'strictSame' | 'match' | 'ok' | 'notOk' | 'rejects' | 'throws'>;

export interface VectorsUnderTest {
  readonly vectors: Vectors;
  close(): Promise<void>;
}

/** A store with nothing in it. */
export type OpenVectors = (clock: FakeClock, maxBytes?: number) => Promise<VectorsUnderTest>;

const dimensions = 24;
const make = arbitraryVectors('dense', dimensions, 5);

export function entry(id: string, number: number, more: Partial<VectorEntry> = {}): VectorEntry {
  return { id, vector: make.entry(number), meta: { number }, tenant: 'acme', expiresAtMs: null, ...more };
}

export const ids = (matches: readonly VectorMatch[]): string[] => matches.map(({ id }) => id).sort();

/** What every store of vectors does. */
export function vectorsConformance(
  t: Test,
  name: string,
  open: OpenVectors,
  newClock: () => FakeClock,
  runs: number,
): void {
  const test = (sentence: string, body: (t: Test, vectors: Vectors, clock: FakeClock) => Promise<void>) =>
    t.test(`${name}: ${sentence}`, async (t) => {
      const clock = newClock();
      const { vectors, close } = await open(clock);
      try {
        await body(t, vectors, clock);
      } finally {
        await close();
      }
    });

  test('finds the nearest first, with their cosine and their meta', async (t, vectors) => {
    vectors.add(
      'a',
      [1, 2, 3, 4, 5].map((number) => entry(`e${number}`, number)),
    );
    const near = make.near(3);
    const found = await vectors.search('a', near, 2, 0.5);
    t.match(found[0], { id: 'e3', meta: { number: 3 } });
    t.ok(Math.abs(found[0]!.score - cosine(near, make.entry(3))) < 0.005);
    t.equal(
      (await vectors.search('a', make.entry(2), 5)).length,
      5,
      'all where nothing is asked of the score',
    );
    t.ok((await vectors.search('a', make.entry(2), 1))[0]!.score > 0.999);
    t.strictSame(await vectors.search('a', make.near(9), 3, 0.99), []);
  });

  test('scores do not depend on the length of vectors', async (t, vectors) => {
    vectors.add('a', [entry('one', 1, { vector: make.entry(1).map((value) => value * 40) })]);
    const [found] = await vectors.search(
      'a',
      make.entry(1).map((value) => value / 100),
      1,
    );
    t.ok(found!.score > 0.995 && found!.score <= 1);
  });

  test('namespaces do not see each other', async (t, vectors) => {
    vectors.add('a', [entry('one', 1)]);
    vectors.add("a' OR true --", [entry('two', 1)]);
    t.strictSame(ids(await vectors.search('a', make.entry(1), 5)), ['one']);
    t.strictSame(ids(await vectors.search("a' OR true --", make.entry(1), 5)), ['two']);
    t.strictSame(await vectors.search('b', make.entry(1), 5), []);
  });

  test('an id again replaces its entry', async (t, vectors) => {
    vectors.add('a', [entry('one', 1), entry('two', 2)]);
    await vectors.flush();
    vectors.add('a', [entry('one', 3, { meta: 'new' })]);
    t.match(await vectors.search('a', make.entry(3), 1, 0.9), [{ id: 'one', meta: 'new' }]);
    t.strictSame(await vectors.search('a', make.entry(1), 1, 0.9), []);
    t.equal(vectors.stats().entries, 2);
  });

  test('what was removed is not found', async (t, vectors) => {
    vectors.add('a', [entry('one', 1), entry('two', 2)]);
    await vectors.flush();
    vectors.remove('a', ['one', 'unknown']);
    vectors.remove('unknown', ['one']);
    t.strictSame(ids(await vectors.search('a', make.entry(1), 5)), ['two']);
    await vectors.flush();
    t.strictSame(ids(await vectors.search('a', make.entry(1), 5)), ['two']);
  });

  test('entries are found until they expire', async (t, vectors, clock) => {
    vectors.add('a', [
      entry('one', 1, { expiresAtMs: clock.now() + 1000 }),
      entry('two', 1, { expiresAtMs: clock.now() - 1 }),
      entry('three', 1),
    ]);
    t.strictSame(ids(await vectors.search('a', make.entry(1), 5)), ['one', 'three']);
    clock.jump(1000);
    t.strictSame(ids(await vectors.search('a', make.entry(1), 5)), ['three']);
    t.equal(vectors.stats().entries, 1, 'and then they go');
  });

  test('a purge takes what its filter names and nothing else', async (t, vectors) => {
    const fill = async () => {
      vectors.add('a', [
        entry('one', 1, { tenant: 'acme', tags: ['kb1'] }),
        entry('two', 1, { tenant: 'acme', tags: ['kb2', "it's"] }),
        entry('three', 1, { tenant: 'other', tags: ['kb1', 'kb2'] }),
        entry('four', 1, { tenant: null }),
      ]);
      vectors.add('b', [entry('five', 1, { tenant: 'acme', tags: ['kb1'] })]);
      await vectors.flush();
    };
    const left = async () => [
      ...ids(await vectors.search('a', make.entry(1), 9)),
      ...ids(await vectors.search('b', make.entry(1), 9)),
    ];
    await fill();
    t.strictSame(await left(), ['four', 'one', 'three', 'two', 'five']);
    await vectors.purge({ tenant: 'acme', tag: 'kb1' });
    t.strictSame(await left(), ['four', 'three', 'two']);
    await vectors.purge({ tag: "it's" });
    t.strictSame(await left(), ['four', 'three']);
    await fill();
    await vectors.purge({ tenant: 'acme', namespace: 'a' });
    t.strictSame(await left(), ['four', 'three', 'five']);
    await fill();
    await vectors.purge({ namespace: 'a' });
    t.strictSame(await left(), ['five']);
    await fill();
    await vectors.purge({ tenant: 'nobody' });
    await vectors.purge({ tag: 'kb' });
    t.equal((await left()).length, 5);
    await vectors.purge({ all: true });
    t.strictSame(await left(), []);
    await t.rejects(vectors.purge({}), RangeError);
  });

  test('a purge hides at once what it takes, and what is added later stays', async (t, vectors) => {
    vectors.add('a', [entry('one', 1)]);
    const purged = vectors.purge({ tenant: 'acme' });
    t.strictSame(await vectors.search('a', make.entry(1), 5), []);
    vectors.add('a', [entry('two', 1)]);
    await purged;
    await vectors.flush();
    t.strictSame(ids(await vectors.search('a', make.entry(1), 5)), ['two']);
  });

  test('an answer on which work began before a purge is not added after it', async (t, vectors, clock) => {
    await clock.advance(5000);
    await vectors.purge({ tag: 'kb1' });
    await clock.advance(5);
    vectors.add('a', [
      entry('old', 1, { tags: ['kb1'], ageMs: 2000 }),
      entry('new', 1, { tags: ['kb1'], ageMs: 1 }),
      entry('other', 1, { tags: ['kb2'], ageMs: 2000 }),
    ]);
    t.strictSame(ids(await vectors.search('a', make.entry(1), 5)), ['new', 'other']);
    t.equal(vectors.stats().refused, 1);
  });

  test('vectors that are none, or of other dimensions, are misses and counted', async (t, vectors) => {
    vectors.add('a', [entry('one', 1)]);
    const bad = [
      new Float32Array(0),
      new Float32Array(dimensions),
      new Float32Array(dimensions).fill(Number.NaN),
      new Float32Array(dimensions).fill(Number.POSITIVE_INFINITY),
      new Float32Array(dimensions + 1).fill(1),
      new Float32Array(5000).fill(1),
    ];
    for (const vector of bad) {
      t.strictSame(await vectors.search('a', vector, 3), []);
      vectors.add('a', [entry('bad', 2, { vector })]);
    }
    vectors.add('a', [entry('long', 1, { meta: 'x'.repeat(70_000) })]);
    t.match(vectors.stats(), { refused: bad.length + 1, entries: 1 });
    await vectors.flush();
    t.strictSame(ids(await vectors.search('a', make.entry(1), 3)), ['one']);
  });

  test('names and counts out of their bounds are mistakes', async (t, vectors) => {
    t.throws(() => vectors.search('', make.entry(1), 3), RangeError);
    t.throws(() => vectors.search('a'.repeat(1001), make.entry(1), 3), RangeError);
    for (const k of [0, 65, 1.5, Number.NaN])
      t.throws(() => vectors.search('a', make.entry(1), k), RangeError);
    t.throws(() => vectors.add('a', [entry('', 1)]), RangeError);
    t.throws(() => vectors.add('a', [entry('one', 1, { tenant: '' })]), RangeError);
    t.throws(() => vectors.add('a', [entry('one', 1, { tags: ['x'.repeat(201)] })]), RangeError);
    t.throws(() => vectors.add('a', [entry('one', 1, { tags: Array(17).fill('x') })]), RangeError);
    t.equal(vectors.stats().entries, 0);
  });

  t.test(`${name}: random calls find what a list would, and never pass the bound`, async () => {
    const call = fc.oneof(
      { weight: 6, arbitrary: fc.record({ add: fc.nat(30), to: fc.nat(3), tag: fc.nat(2) }) },
      { weight: 2, arbitrary: fc.record({ remove: fc.nat(30), to: fc.nat(3) }) },
      { weight: 1, arbitrary: fc.record({ purge: fc.constantFrom('tenant', 'tag', 'both'), of: fc.nat(2) }) },
      { weight: 4, arbitrary: fc.record({ search: fc.nat(30), to: fc.nat(3) }) },
      { weight: 1, arbitrary: fc.constant({ flush: true }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 80 }), async (calls) => {
        const { vectors, close } = await open(newClock());
        try {
          await play(vectors, calls);
        } finally {
          await close();
        }
      }),
      { numRuns: runs },
    );
  });

  t.test(`${name}: the bound of bytes holds over more than fits`, async (t) => {
    const { vectors, close } = await open(newClock(), 2 ** 20);
    const { maxBytes } = vectors.stats();
    t.equal(maxBytes, 2 ** 20);
    let most = 0;
    for (let at = 0; at < 3000; at += 1) {
      const meta = { text: 'm'.repeat((at * 37) % 900) };
      vectors.add(`n${(at * 7) % 11}`, [entry(`e${at % 2000}`, at % 50, { meta })]);
      most = Math.max(most, vectors.stats().bytes);
      if (at % 100 === 0) await vectors.search(`n${at % 11}`, make.entry(at % 50), 3);
    }
    t.ok(most <= maxBytes, `${most} bytes at most`);
    t.ok(vectors.stats().evicted > 0);
    t.ok((await vectors.search('n2', make.entry(49), 1)).length >= 0);
    await close();
  });
}

type Call =
  | { add: number; to: number; tag: number }
  | { remove: number; to: number }
  | { purge: string; of: number }
  | { search: number; to: number }
  | { flush: boolean };

/** Tenants and namespaces: two namespaces of each of two tenants. */
const tenantOf = (to: number): string => `tenant${to % 2}`;

async function play(vectors: Vectors, calls: readonly Call[]): Promise<void> {
  const model = new Map<string, { to: number; id: string; tag: string }>();
  const purges: Promise<void>[] = [];
  for (const call of calls) {
    if ('add' in call) {
      const id = `e${call.add}`;
      const tag = `tag${call.tag}`;
      const tenant = tenantOf(call.to);
      vectors.add(`n${call.to}`, [entry(id, call.add, { tenant, tags: [tag], meta: call.to })]);
      model.set(`${call.to} ${id}`, { to: call.to, id, tag });
    } else if ('remove' in call) {
      vectors.remove(`n${call.to}`, [`e${call.remove}`]);
      model.delete(`${call.to} e${call.remove}`);
    } else if ('purge' in call) {
      const [tenant, tag] = [tenantOf(call.of), `tag${call.of}`];
      const byTenant = call.purge !== 'tag';
      const byTag = call.purge !== 'tenant';
      purges.push(vectors.purge({ ...(byTenant ? { tenant } : {}), ...(byTag ? { tag } : {}) }));
      for (const [key, one] of model) {
        if ((!byTenant || tenantOf(one.to) === tenant) && (!byTag || one.tag === tag)) model.delete(key);
      }
    } else if ('search' in call) {
      const found = await vectors.search(`n${call.to}`, make.entry(call.search), 64);
      const there = [...model.values()].filter(({ to }) => to === call.to).map(({ id }) => id);
      assert.deepEqual(ids(found), there.sort());
      assert.ok(found.every(({ meta }) => meta === call.to));
    } else await vectors.flush();
  }
  await Promise.all(purges);
}
