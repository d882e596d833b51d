import assert from 'node:assert/strict';
import fc from 'fast-check';
import type t from 'tap';
import type { CacheEntry, CacheStore } from '../../../../sdk/cache-store.ts';

type Test = Pick<typeof t, 'test' | 'equal' | 'strictSame' | 'match' | 'ok' | 'rejects'>;

export interface CacheUnderTest {
  readonly cache: CacheStore;
  /** Lets time pass. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** A cache with nothing in it. */
export type OpenCache = () => Promise<CacheUnderTest>;

export function entry(key: string, text = key, more: Partial<CacheEntry> = {}): CacheEntry {
  return {
    key,
    value: Buffer.from(text),
    meta: { length: text.length },
    ttlMs: 60_000,
    tenant: 'acme',
    ...more,
  };
}

export async function textOf(cache: CacheStore, key: string): Promise<string | null> {
  const found = await cache.get(key);
  return found === null ? null : Buffer.from(found.value).toString();
}

/** What every cache does. */
export function cacheConformance(t: Test, name: string, open: OpenCache, runs: number): void {
  const test = (sentence: string, body: (t: Test, under: CacheUnderTest) => Promise<void>) =>
    t.test(`${name}: ${sentence}`, async (t) => {
      const under = await open();
      try {
        await body(t, under);
      } finally {
        await under.close();
      }
    });

  test('gives back what was put, bytes and meta', async (t, { cache }) => {
    t.equal(await cache.get('one'), null);
    const value = Uint8Array.from({ length: 1000 }, (_, at) => at % 256);
    const meta = { list: [1, null, 'ü'], deep: { yes: true } };
    t.equal(await cache.put(entry('one', '', { value, meta })), true);
    const found = (await cache.get('one'))!;
    t.strictSame([...found.value], [...value]);
    t.strictSame(found.meta, meta);
    await cache.put(entry('empty', '', { meta: null }));
    t.equal(await textOf(cache, 'empty'), '');
    t.match(cache.stats(), { state: 'up', hits: 2, misses: 1, puts: 2, failures: 0 });
  });

  test('large values come back as they were, whether they compress or not', async (t, { cache }) => {
    const text = 'data: {"choices":[]}\n\n'.repeat(20_000);
    const noise = Uint8Array.from({ length: 100_000 }, (_, at) => Math.imul(at + 1, 2654435761) >>> 24);
    await cache.put(entry('text', text));
    await cache.put(entry('noise', '', { value: noise }));
    t.ok((await textOf(cache, 'text')) === text);
    t.ok(Buffer.from((await cache.get('noise'))!.value).equals(noise));
  });

  test('a value that is a slice of something larger is kept alone', async (t, { cache }) => {
    const large = Buffer.alloc(100_000, 'x');
    await cache.put(entry('one', '', { value: large.subarray(10, 15) }));
    large.fill('y');
    const { value } = (await cache.get('one'))!;
    t.equal(Buffer.from(value).toString(), 'xxxxx');
  });

  test('a key again replaces its value', async (t, { cache }) => {
    await cache.put(entry('one', 'old', { tags: ['kb1'] }));
    await cache.put(entry('one', 'new', { tenant: 'other', tags: [] }));
    t.equal(await textOf(cache, 'one'), 'new');
    await cache.purge({ tag: 'kb1' });
    await cache.purge({ tenant: 'acme' });
    t.equal(await textOf(cache, 'one'), 'new', 'and its tags');
  });

  test('values are found until their time is over', async (t, { cache, advance }) => {
    await cache.put(entry('short', 'a', { ttlMs: 300 }));
    await cache.put(entry('long', 'b', { ttlMs: 60_000 }));
    t.equal(await textOf(cache, 'short'), 'a');
    await advance(400);
    t.equal(await textOf(cache, 'short'), null);
    t.equal(await textOf(cache, 'long'), 'b');
  });

  test('deletes by key', async (t, { cache }) => {
    await cache.put(entry('one'));
    await cache.put(entry('two'));
    t.equal(await cache.delete('one'), true);
    t.equal(await cache.delete('one'), false);
    t.equal(await textOf(cache, 'one'), null);
    t.equal(await textOf(cache, 'two'), 'two');
  });

  test('a purge takes what its filter names and nothing else', async (t, { cache }) => {
    const keys = ['a1', 'a2', 'b1', 'none'];
    const fill = async () => {
      await cache.put(entry('a1', 'x', { tenant: 'a', tags: ['kb1', 'free tag = 1'] }));
      await cache.put(entry('a2', 'x', { tenant: 'a', tags: ['kb2'] }));
      await cache.put(entry('b1', 'x', { tenant: 'b', tags: ['kb1'] }));
      await cache.put(entry('none', 'x', { tenant: null }));
    };
    const left = async () => {
      const found = await Promise.all(keys.map((key) => cache.get(key)));
      return keys.filter((_, at) => found[at] !== null);
    };
    await fill();
    await cache.purge({ tenant: 'a', tag: 'kb1' });
    t.strictSame(await left(), ['a2', 'b1', 'none']);
    await fill();
    t.strictSame(await left(), keys, 'what is put afterwards stays');
    await cache.purge({ tag: 'kb1' });
    t.strictSame(await left(), ['a2', 'none']);
    await fill();
    await cache.purge({ tag: 'free tag = 1' });
    t.strictSame(await left(), ['a2', 'b1', 'none']);
    await fill();
    await cache.purge({ tenant: 'a' });
    t.strictSame(await left(), ['b1', 'none']);
    await cache.purge({ tenant: 'kb1' });
    await cache.purge({ tag: 'b' });
    t.strictSame(await left(), ['b1', 'none']);
    await cache.purge({ all: true });
    t.strictSame(await left(), []);
    await t.rejects(async () => cache.purge({}), RangeError);
  });

  test('a value on which work began before a purge is not put after it', async (t, { cache, advance }) => {
    await cache.put(entry('old', 'x', { tags: ['kb1'] }));
    await advance(3000);
    await cache.purge({ tag: 'kb1' });
    await advance(20);
    t.equal(await cache.put(entry('old', 'y', { tags: ['kb1'], ageMs: 1000 })), false);
    t.equal(await cache.get('old'), null);
    t.equal(await cache.put(entry('other', 'y', { tags: ['kb2'], ageMs: 1000 })), true);
    t.equal(await cache.put(entry('new', 'y', { tags: ['kb1'] })), true);
    t.equal(cache.stats().refused, 1);
  });

  test('what cannot be kept takes away what was there', async (t, { cache }) => {
    await cache.put(entry('one', 'old'));
    const value = new Uint8Array(40 * 2 ** 20);
    t.equal(await cache.put(entry('one', '', { value })), false);
    t.equal(await cache.get('one'), null, 'too large');
    await cache.put(entry('one', 'old'));
    t.equal(await cache.put(entry('one', '', { meta: 'm'.repeat(70_000) })), false);
    t.equal(await cache.get('one'), null, 'too much meta');
    t.equal(cache.stats().refused, 2);
  });

  test('names and times out of their bounds are mistakes', async (t, { cache }) => {
    const bad: Partial<CacheEntry>[] = [
      { key: '' },
      { key: 'k'.repeat(501) },
      { ttlMs: 0 },
      { ttlMs: Number.NaN },
      { ttlMs: 400 * 86_400_000 },
      { tenant: '' },
      { tags: ['x'.repeat(201)] },
      { tags: Array(17).fill('x') },
      { ageMs: -1 },
    ];
    for (const more of bad) await t.rejects(async () => cache.put(entry('one', 'x', more)), RangeError);
    await t.rejects(async () => cache.get(''), RangeError);
    await t.rejects(async () => cache.delete(''), RangeError);
    t.equal(await cache.get('one'), null);
  });

  t.test(`${name}: random calls find what a map would, and tenants never see each other`, async () => {
    const number = fc.nat(5);
    const call = fc.oneof(
      { weight: 5, arbitrary: fc.record({ put: number, tag: fc.nat(2), text: fc.string() }) },
      { weight: 5, arbitrary: fc.record({ get: number }) },
      { weight: 1, arbitrary: fc.record({ delete: number }) },
      {
        weight: 1,
        arbitrary: fc.record({ purge: fc.constantFrom('tenant', 'tag', 'both', 'all'), of: fc.nat(2) }),
      },
    );
    const { cache, close } = await open();
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 60 }), async (calls) => {
        round += 1;
        const model = new Map<number, { tag: string; text: string }>();
        const keyOf = (key: number) => `${round} ${key}`;
        const tenantOf = (key: number) => `${round} tenant ${key % 2}`;
        const tagOf = (tag: number) => `${round} tag ${tag}`;
        for (const call of calls) {
          if ('put' in call) {
            const { put: key, text } = call;
            const tag = tagOf(call.tag);
            const kept = await cache.put(entry(keyOf(key), text, { tenant: tenantOf(key), tags: [tag] }));
            assert.equal(kept, true);
            model.set(key, { tag, text });
          } else if ('get' in call) {
            assert.equal(await textOf(cache, keyOf(call.get)), model.get(call.get)?.text ?? null);
          } else if ('delete' in call) {
            assert.equal(await cache.delete(keyOf(call.delete)), model.delete(call.delete));
          } else {
            const tenant = call.purge === 'tenant' || call.purge === 'both' ? tenantOf(call.of) : undefined;
            const tag = call.purge === 'tag' || call.purge === 'both' ? tagOf(call.of) : undefined;
            await cache.purge({
              ...(tenant === undefined ? {} : { tenant }),
              ...(tag === undefined ? {} : { tag }),
              ...(call.purge === 'all' ? { all: true } : {}),
            });
            for (const [key, kept] of model) {
              const named =
                (tenant === undefined || tenantOf(key) === tenant) && (tag === undefined || kept.tag === tag);
              if (named) model.delete(key);
            }
          }
        }
      }),
      { numRuns: runs },
    );
    await close();
  });

  test('concurrent calls on the same keys give whole values', async (t, { cache }) => {
    const lanes = Array.from({ length: 20 }, async (_, lane) => {
      for (let at = 0; at < 20; at += 1) {
        const key = `key ${at % 3}`;
        if (lane % 4 === 0) await cache.put(entry(key, `${lane} ${at} `.repeat(2000)));
        else if (lane === 1 && at % 7 === 0) await cache.purge({ tenant: 'acme' });
        else {
          const text = await textOf(cache, key);
          if (text === null) continue;
          const [first = '', second = ''] = text.split(' ');
          assert.equal(text, `${first} ${second} `.repeat(2000));
        }
      }
    });
    await Promise.all(lanes);
    t.ok(true);
  });
}
