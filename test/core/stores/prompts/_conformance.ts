import assert from 'node:assert/strict';
import fc from 'fast-check';
import type t from 'tap';
import type { JsonObject } from '../../../../sdk/json.ts';
import { maxPromptVersions, type PromptShares, type PromptStore } from '../../../../sdk/prompts.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';

type Test = Pick<typeof t, 'test' | 'equal' | 'strictSame' | 'match' | 'ok' | 'rejects'>;

export interface PromptsUnderTest {
  /** Two of them on the same prompts, as of two gateways. */
  readonly stores: readonly [PromptStore, PromptStore];
  close(): Promise<void>;
}

/** Stores with nothing in them. */
export type OpenPrompts = (clock: FakeClock) => Promise<PromptsUnderTest>;

const text = (text: string): JsonObject => ({ text });

/** What every prompt store does. */
export function promptsConformance(t: Test, name: string, open: OpenPrompts, runs: number): void {
  const test = (
    sentence: string,
    body: (t: Test, store: PromptStore, other: PromptStore, clock: FakeClock) => Promise<void>,
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
  const add = async (
    store: PromptStore,
    content: JsonObject,
    more: { version?: string; labels?: string[]; name?: string } = {},
  ) =>
    store.add({
      name: more.name ?? 'hello',
      version: more.version ?? null,
      content,
      labels: more.labels ?? [],
    });

  test('versions are numbered, kept in order, and seen by every gateway', async (t, store, other, clock) => {
    t.equal(await store.read('hello'), null);
    t.equal(await add(store, text('one')), '1');
    const first = clock.now();
    clock.advance(1000);
    t.equal(await add(other, text('named'), { version: 'v7-beta' }), 'v7-beta');
    t.equal(await add(store, text('nine'), { version: '9' }), '9');
    t.equal(await add(other, text('ten')), '10');
    const found = await store.read('hello');
    t.strictSame(
      found?.versions.map(({ version }) => version),
      ['1', 'v7-beta', '9', '10'],
    );
    t.equal(found?.versions[0]?.createdAtMs, first);
    t.equal(found?.versions[1]?.createdAtMs, first + 1000);
    t.strictSame(await other.content('hello', '9'), text('nine'));
    t.equal(await other.content('hello', '11'), null);
    t.equal(await other.content('nobody', '1'), null);
  });

  test('a version never changes', async (t, store, other) => {
    await add(store, text('one'), { labels: ['production'] });
    t.equal(await add(other, text('other'), { version: '1', labels: ['staging'] }), null);
    t.strictSame(await store.content('hello', '1'), text('one'));
    t.strictSame(JSON.parse(JSON.stringify((await store.read('hello'))?.labels)), { production: { 1: 1 } });
  });

  test('labels move, are split, and are taken back, all or none', async (t, store, other) => {
    await add(store, text('one'), { labels: ['production', 'staging', 'staging'] });
    await add(store, text('two'), { labels: ['staging'] });
    const labels = async () => JSON.parse(JSON.stringify((await other.read('hello'))?.labels)) as unknown;
    t.strictSame(await labels(), { production: { 1: 1 }, staging: { 2: 1 } });
    t.equal(await store.label('hello', { production: { 1: 90, 2: 10 } }), true);
    t.strictSame(await labels(), { production: { 1: 90, 2: 10 }, staging: { 2: 1 } });
    t.equal(await other.label('hello', { staging: null, production: { 3: 1 } }), false, 'no version 3');
    t.equal(await other.label('nobody', { production: null }), false);
    t.strictSame(await labels(), { production: { 1: 90, 2: 10 }, staging: { 2: 1 } });
    t.equal(await other.label('hello', { production: { 1: 1 }, staging: null }), true, 'rolled back');
    t.strictSame(await labels(), { production: { 1: 1 } });
  });

  test('what is no name, no weight or too long is refused', async (t, store) => {
    await add(store, text('one'));
    for (const wrong of ['', 'a b', '../x', '-x', 'é', 'x'.repeat(129)]) {
      await t.rejects(async () => add(store, text('x'), { name: wrong }), RangeError, wrong);
      await t.rejects(async () => add(store, text('x'), { version: wrong }), RangeError, wrong);
      await t.rejects(async () => add(store, text('x'), { labels: [wrong] }), RangeError, wrong);
      await t.rejects(async () => store.label('hello', { [wrong]: null }), RangeError, wrong);
    }
    for (const weight of [0, -1, 0.5, 1_000_001, Number.NaN]) {
      await t.rejects(async () => store.label('hello', { a: { 1: weight } }), RangeError, String(weight));
    }
    await t.rejects(async () => store.label('hello', { a: {} }), RangeError);
    await t.rejects(async () => add(store, text('x'.repeat(256 * 1024))), /at most 262144 bytes/);
    t.equal((await store.read('hello'))?.versions.length, 1);
  });

  test('names are listed in order, a page at a time', async (t, store, other) => {
    for (const name of ['b', 'a.b', 'B', 'a', 'c']) await add(store, text('x'), { name });
    await add(store, text('y'), { name: 'a' });
    t.strictSame(await other.names('', 100), ['B', 'a', 'a.b', 'b', 'c']);
    t.strictSame(await other.names('a', 2), ['a.b', 'b']);
    t.strictSame(await other.names('c', 2), []);
  });

  test('any text comes back as it was', async (t, store) => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), async (content) => {
        const given = JSON.parse(JSON.stringify(content)) as JsonObject;
        const version = await add(store, given);
        assert.deepEqual(await store.content('hello', version!), given);
      }),
      { numRuns: Math.min(runs * 4, maxPromptVersions) },
    );
    t.ok(true);
  });

  test('versions that are written at once are all kept', async (t, store, other) => {
    const written = await Promise.all(
      Array.from({ length: 12 }, (_, index) => add(index % 2 ? store : other, text(String(index)))),
    );
    t.equal(new Set(written).size, 12);
    t.equal((await store.read('hello'))?.versions.length, 12);
  });

  test('labels follow a model of them, whoever moves them', async (t, store, other) => {
    for (const content of ['1', '2', '3']) await add(store, text(content));
    const model = new Map<string, PromptShares>();
    const label = fc.constantFrom('production', 'staging', 'canary');
    const shares = fc.dictionary(fc.constantFrom('1', '2', '3', '4'), fc.integer({ min: 1, max: 100 }), {
      minKeys: 1,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(label, fc.option(shares), { minKeys: 1 }),
        fc.boolean(),
        async (moved, second) => {
          const done = await (second ? other : store).label('hello', moved);
          const known = Object.values(moved).every((one) => !Object.hasOwn(one ?? {}, '4'));
          assert.equal(done, known);
          if (known) {
            for (const [name, one] of Object.entries(moved)) {
              if (one === null) model.delete(name);
              else model.set(name, { ...one });
            }
          }
          const found = (await store.read('hello'))!.labels;
          assert.deepEqual(
            JSON.parse(JSON.stringify(found)),
            JSON.parse(JSON.stringify(Object.fromEntries(model))),
          );
        },
      ),
      { numRuns: runs },
    );
    t.ok(true);
  });
}
