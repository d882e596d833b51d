import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { embedLexically } from '../../../../core/embedders/lexical.ts';
import { HotIndex } from '../../../../core/stores/vectors/hot-index.ts';
import { unitVector } from '../../../../core/stores/vectors/unit-vector.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { arbitraryVectors, seeded } from './_vectors.ts';

/** Vectors are kept as bytes: scores nearer to each other than this may change places. */
const rounding = 0.004;

/** A search tells what an exact one finds; of what is above the floor it may miss one in a thousand. */
class Tally {
  wanted = 0;
  found = 0;
  strangers = 0;
}

async function compare(
  entries: readonly Float32Array[],
  asks: readonly Float32Array[],
  k: number,
  floor: number,
  tally: Tally,
): Promise<void> {
  const index = new HotIndex({ clock: new FakeClock(), maxBytes: 2 ** 28, evict: 'entries' });
  const namespace = index.create('a', entries[0]!.length)!;
  const units = entries.map((vector) => unitVector(vector)!);
  for (const [at, unit] of units.entries()) {
    index.add(namespace, { id: `${at}`, meta: '0', tenant: null, tags: [], expiresAtMs: Infinity, unit });
  }
  for (const ask of asks) {
    const asked = unitVector(ask)!;
    const found = await index.search(namespace, asked, k, floor);
    const ids = new Set(found.map(({ entry }) => Number(entry.id)));
    const exact = units.map((unit, id) => ({ id, score: product(unit, asked) }));
    const best = exact.filter(({ score }) => score >= floor + rounding).sort((a, b) => b.score - a.score);
    const worst = found.length < k ? floor : found.at(-1)!.score;
    for (const { id, score } of best.slice(0, k)) {
      tally.wanted += 1;
      if (ids.has(id) || score < worst + rounding) tally.found += 1;
    }
    for (const { entry, score } of found) {
      if (Math.abs(score - exact[Number(entry.id)]!.score) > rounding) tally.strangers += 1;
    }
  }
}

function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += a[at]! * b[at]!;
  return sum;
}

t.test('what an exact search finds above the floor is found, whatever the vectors are like', async (t) => {
  const tally = new Tally();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('sparse' as const, 'dense' as const, 'alike' as const),
      fc.constantFrom(24, 50, 128, 384),
      fc.nat(1000),
      fc.integer({ min: 1, max: 1500 }),
      fc.integer({ min: 1, max: 10 }),
      fc.double({ min: 0.3, max: 0.95, noNaN: true }),
      async (kind, dimensions, seed, count, k, floor) => {
        const make = arbitraryVectors(kind, dimensions, seed);
        const entries = Array.from({ length: count }, (_, at) => make.entry(at));
        const asks = Array.from({ length: 8 }, (_, at) => make.near((at * 31) % count));
        await compare(entries, asks, k, floor, tally);
      },
    ),
    { numRuns: 40 },
  );
  t.ok(tally.wanted > 500, `${tally.wanted} entries above their floors`);
  t.ok(tally.found >= tally.wanted * 0.999, `${tally.found} of ${tally.wanted}`);
  t.equal(tally.strangers, 0, 'and scores are cosines');
});

t.test('prompts and their paraphrases are found among thousands that share their words', async (t) => {
  const text = readFileSync(new URL('../../../fixtures/cache-pairs/held-out.jsonl', import.meta.url), 'utf8');
  const pairs = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { a: string; b: string });
  const random = seeded(5);
  const some = () => pairs[Math.floor(random() * pairs.length)]!.a.split(' ');
  const prompts = new Set(pairs.map(({ a }) => a));
  // Half of one prompt, half of another.
  while (prompts.size < 4000) {
    const [one, other] = [some(), some()];
    prompts.add([...one.slice(0, Math.ceil(one.length / 2)), ...other.slice(other.length / 2)].join(' '));
  }
  const tally = new Tally();
  const asks = pairs.map(({ b }) => embedLexically(b));
  await compare([...prompts].map(embedLexically), asks, 3, 0.6, tally);
  t.ok(tally.wanted > 80, `${tally.wanted} prompts above the floor`);
  t.ok(tally.found >= tally.wanted * 0.999, `${tally.found} of ${tally.wanted}`);
});
