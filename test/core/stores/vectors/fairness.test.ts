import t, { type Test } from 'tap';
import { HotIndex } from '../../../../core/stores/vectors/hot-index.ts';
import { fairLevel } from '../../../../core/stores/vectors/lance-upkeep.ts';
import { unitVector } from '../../../../core/stores/vectors/unit-vector.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { entry } from './_conformance.ts';
import { make, many, stage } from './_stage.ts';

const mib = 2 ** 20;
const units = Array.from({ length: 50 }, (_, at) => unitVector(make.entry(at))!);
// Large ones, so that few fill the memory.
const meta = JSON.stringify('m'.repeat(2000));

function put(
  index: HotIndex,
  tenant: string,
  namespace: string,
  number: number,
  expiresAtMs = Infinity,
): void {
  const there = index.get(namespace) ?? index.create(namespace, 24);
  if (there === null) return;
  const unit = units[number % units.length]!;
  index.add(there, { id: `e${number}`, meta, tenant, tags: [], expiresAtMs, unit });
}

/** How many entries each tenant has left. */
function left(index: HotIndex, names: readonly string[]): number {
  let entries = 0;
  for (const name of names) entries += index.get(name)?.entries.length ?? 0;
  return entries;
}

function floods(t: Test, evict: 'namespaces' | 'entries', namespacesOfFlood: number): void {
  const index = new HotIndex({ clock: new FakeClock(), maxBytes: 2 * mib, evict });
  const quiet = Array.from({ length: 20 }, (_, at) => `quiet ${at}`);
  for (const [at, name] of quiet.entries()) {
    for (let number = 0; number < 10; number += 1) put(index, `tenant ${at}`, name, number);
  }
  t.equal(left(index, quiet), 200);
  for (let number = 0; number < 4000; number += 1) {
    put(index, 'flood', `flood ${number % namespacesOfFlood}`, number);
  }
  t.ok(index.evicted > 2000, `${index.evicted} evicted`);
  t.equal(left(index, quiet), 200, 'all of them its own');
  t.ok(index.bytes <= index.maxBytes);
}

t.test('a tenant that floods the memory evicts its own entries only', async (t) => {
  for (const evict of ['namespaces', 'entries'] as const) {
    for (const namespaces of [1, 5, 400]) {
      t.test(`${evict}, ${namespaces} namespaces`, async (t) => floods(t, evict, namespaces));
    }
  }
});

t.test('who comes later gets a share from whoever has most', async (t) => {
  const index = new HotIndex({ clock: new FakeClock(), maxBytes: 2 * mib, evict: 'entries' });
  for (let number = 0; number < 3000; number += 1) put(index, 'first', `first ${number % 3}`, number);
  const alone = index.entries;
  for (let number = 0; number < 3000; number += 1) put(index, 'second', 'second', number);
  const [first, second] = [left(index, ['first 0', 'first 1', 'first 2']), left(index, ['second'])];
  t.ok(first > alone / 4 && second > alone / 4, `${first} and ${second} of ${alone}`);
});

t.test('a namespace that is read again goes first once nobody asks for it', async (t) => {
  const clock = new FakeClock();
  const index = new HotIndex({ clock, maxBytes: 2 * mib, evict: 'namespaces' });
  for (let number = 0; number < 30; number += 1) put(index, 'quiet', 'quiet', number);
  await clock.advance(700_000);
  for (let number = 0; number < 4000; number += 1) put(index, 'busy', `busy ${number % 5}`, number);
  t.equal(index.get('quiet'), undefined);
});

t.test('what has expired goes while others are added, wherever it is', async (t) => {
  const clock = new FakeClock();
  const index = new HotIndex({ clock, maxBytes: 16 * mib, evict: 'entries' });
  for (let number = 0; number < 200; number += 1) {
    put(index, 'old', `old ${number % 10}`, number, clock.now() + 1000);
  }
  clock.jump(1000);
  for (let number = 0; number < 2000; number += 1) put(index, 'new', 'new', number);
  t.equal(index.namespaces, 1);
  t.equal(index.entries, 2000);
});

t.test('the bound can be changed: less than is used empties the memory, which is used again', async (t) => {
  const index = new HotIndex({ clock: new FakeClock(), maxBytes: 4 * mib, evict: 'entries' });
  const fill = () => {
    for (let number = 0; number < 5000; number += 1) put(index, 'tenant', 'a', number);
  };
  fill();
  t.ok(index.bytes > 3 * mib);
  const search = index.search(index.get('a')!, unitVector(make.entry(7))!, 3, 0.9);
  index.bound(2 * mib);
  await search;
  t.ok(index.bytes < 2 * mib && index.entries === 0);
  fill();
  t.ok(index.bytes <= 2 * mib && index.entries > 300);
  const { entries } = index;
  index.bound(8 * mib);
  t.equal(index.entries, entries, 'more takes nothing away');
  fill();
  t.ok(index.bytes > 5 * mib && index.bytes <= 8 * mib);
  t.throws(() => index.bound(1000), RangeError);
  t.throws(() => index.bound(Number.NaN), RangeError);
});

t.test('a level that is fair takes from the largest', async (t) => {
  t.equal(fairLevel([10, 20, 30], 60), 30);
  t.equal(fairLevel([10, 20, 30], 45), 17);
  t.equal(fairLevel([5, 5, 1000], 110), 100);
  t.equal(fairLevel([1, 1, 1], 2), 0);
  t.equal(fairLevel([], 2), 0);
});

stage('the durable store takes from who has most, too', async (t, { open }) => {
  const vectors = await open({ maxEntries: 100, flushMs: 600_000 });
  vectors.add('quiet', many(0, 20, { tenant: 'quiet' }));
  await vectors.flush();
  for (let at = 0; at < 40; at += 1) {
    vectors.add('flood', many(at * 10, 10, { tenant: 'flood' }));
    await vectors.flush();
  }
  await vectors.close();
  const again = await open();
  t.equal((await again.search('quiet', make.entry(1), 64)).length, 20);
  t.equal((await again.search('flood', entry('', 399).vector, 1, 0.9))[0]?.id, 'e399', 'the newest stay');
  t.strictSame(await again.search('flood', make.entry(1), 1, 0.9), [], 'the oldest went');
});
