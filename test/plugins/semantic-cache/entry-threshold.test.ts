import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { createMemoryCache } from '../../../core/stores/cache/memory.ts';
import { createMemoryVectors } from '../../../core/stores/vectors/memory.ts';
import { lowerBound, upperBound } from '../../../plugins/semantic-cache/bound.ts';
import { EntryBook } from '../../../plugins/semantic-cache/entry-book.ts';
import { curveOf, exploreShare, type Observation } from '../../../plugins/semantic-cache/entry-threshold.ts';
import { Notes } from '../../../plugins/semantic-cache/notes.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { recordingLog } from '../../../sdk/testing/fakes.ts';

const observation: fc.Arbitrary<Observation> = fc.record({
  similarity: fc.integer({ min: 0, max: 1000 }).map((n) => n / 1000),
  right: fc.boolean(),
});

t.test('whatever was observed, the share is one of a whole, and grows as similarity and target fall', (t) => {
  fc.assert(
    fc.property(
      fc.array(observation, { maxLength: 64 }),
      fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
      (observations, [a, b]) => {
        const curve = curveOf(observations);
        for (const value of Object.values(curve)) assert.ok(Number.isFinite(value));
        const [low, high] = a < b ? [a, b] : [b, a];
        const [far, near] = [exploreShare(curve, low, 0.01), exploreShare(curve, high, 0.01)];
        assert.ok(near >= 0 && far <= 1 && near <= far);
        assert.ok(exploreShare(curve, low, 0.1) <= far);
      },
    ),
    { numRuns: 300 },
  );
  t.end();
});

/** Linear congruential, of Numerical Recipes: the same questions each time. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Entries whose answers are right more often the nearer a prompt is, from easy ones to ones that nothing separates. */
const worlds = [
  { name: 'easy', midpoint: 0.7, slope: 40 },
  { name: 'hard', midpoint: 0.85, slope: 25 },
  { name: 'bad', midpoint: 0.97, slope: 30 },
  { name: 'flat', midpoint: 0.8, slope: 8 },
];
const prompts = 150;
const entries = 8;

interface Outcome {
  readonly wrong: number;
  readonly hits: number;
  readonly asked: number;
}

/** @param random vCache's own rule serves a share of the prompts below the threshold. */
function simulate({ midpoint, slope }: (typeof worlds)[number], target: number, random: boolean): Outcome {
  const next = randomOf(7);
  let [wrong, hits, asked] = [0, 0, 0];
  for (let entry = 0; entry < entries; entry += 1) {
    let observations: Observation[] = [];
    let curve = curveOf([]);
    for (let prompt = 0; prompt < prompts; prompt += 1) {
      const similarity = 0.7 + 0.3 * next();
      const right = next() < 1 / (1 + Math.exp(-slope * (similarity - midpoint)));
      const share = observations.length < 8 ? 1 : exploreShare(curve, similarity, target);
      asked += 1;
      if (random ? next() > share : share === 0) {
        hits += 1;
        if (!right) wrong += 1;
        continue;
      }
      observations = [...observations, { similarity, right }].slice(-64);
      curve = curveOf(observations);
    }
  }
  return { wrong, hits, asked };
}

for (const target of [0.02, 0.1]) {
  for (const world of worlds) {
    t.test(`at most ${target} of the requests get a wrong answer of entries that are ${world.name}`, (t) => {
      const { wrong, asked } = simulate(world, target, false);
      t.ok(upperBound(wrong, asked) <= target, `${wrong} of ${asked}: shown with 95 % confidence`);
      t.end();
    });
  }
}

t.test(
  "vCache's own rule keeps the promise for requests, and breaks it for hits: of few hits most are wrong",
  (t) => {
    const { wrong, hits, asked } = simulate(worlds[2]!, 0.1, true);
    t.ok(lowerBound(wrong, asked) <= 0.1, `${wrong} of ${asked} requests`);
    t.ok(wrong / hits > 0.5, `${wrong} of ${hits} hits`);
    t.end();
  },
);

t.test('entries that are easy to tell serve most of what they may', (t) => {
  const { wrong, hits, asked } = simulate(worlds[0]!, 0.1, false);
  t.ok(hits / asked > 0.3, `${hits} of ${asked}`);
  t.ok(wrong / hits < 0.02, `${wrong} of ${hits} hits`);
  t.end();
});

function bookOf(clock = new FakeClock(), vectors = createMemoryVectors({ clock, log: recordingLog() })) {
  return {
    clock,
    vectors,
    book: new EntryBook(0.1, new Notes(createMemoryCache({ clock }), vectors), clock, 60_000),
  };
}

t.test(
  'entries that were seldom checked are left to the floor; one that was often wrong serves nothing',
  async (t) => {
    const { book, clock, vectors } = bookOf();
    const entry = { id: 'e', requestId: 'r' };
    t.equal(await book.mayServe(entry, 0.9), true);
    for (let time = 0; time < 7; time += 1) await book.record(entry, 0.9, false);
    t.equal(await book.mayServe(entry, 0.9), true, 'seven are not enough');
    await book.record(entry, 0.9, false);
    t.equal(await book.mayServe(entry, 0.9), false);
    t.equal(
      await book.mayServe({ ...entry, requestId: 'later' }, 0.9),
      true,
      'another answer is another entry',
    );
    const { book: restarted } = bookOf(clock, vectors);
    t.equal(await restarted.mayServe(entry, 0.9), false, 'it is known after a restart');
    await clock.advance(60_001);
    const { book: muchLater } = bookOf(clock, vectors);
    t.equal(await muchLater.mayServe(entry, 0.9), true, 'for as long as the entry can live');
  },
);

t.test('one that was right wherever it was asked serves what is near, and not what is far', async (t) => {
  const { book } = bookOf();
  const entry = { id: 'e', requestId: 'r' };
  for (let time = 0; time < 32; time += 1) {
    await book.record(entry, 0.85 + time / 300, true);
    await book.record(entry, 0.7 - time / 200, false);
  }
  t.equal(await book.mayServe(entry, 0.97), true);
  t.equal(await book.mayServe(entry, 0.75), false);
  t.equal(book.size, 1);
});
