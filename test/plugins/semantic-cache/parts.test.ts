import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { createMemoryCache } from '../../../core/stores/cache/memory.ts';
import { createMemoryVectors } from '../../../core/stores/vectors/memory.ts';
import { BookKeeper } from '../../../plugins/semantic-cache/book-keeper.ts';
import { canonical, Uncacheable } from '../../../plugins/semantic-cache/canonical.ts';
import { ErrorBook } from '../../../plugins/semantic-cache/error-book.ts';
import { Flights } from '../../../plugins/semantic-cache/flights.ts';
import { LiveMarks } from '../../../plugins/semantic-cache/live-marks.ts';
import { Notes } from '../../../plugins/semantic-cache/notes.ts';
import type { CacheOptions } from '../../../plugins/semantic-cache/options.ts';
import { RecentAnswers } from '../../../plugins/semantic-cache/recent.ts';
import { Semantic } from '../../../plugins/semantic-cache/semantic.ts';
import { packAnswer, unpackAnswer } from '../../../plugins/semantic-cache/stored-answer.ts';
import { Tally } from '../../../plugins/semantic-cache/tally.ts';
import type { Chunk, Embedder, Json, JsonObject } from '../../../sdk/index.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { recordingLog } from '../../../sdk/testing/fakes.ts';
import { requestContext } from '../../core/policy/_facts.ts';

const plain = { without: new Set<string>(), gapAt: null, maxChars: 1_000_000 };

/** The same value with the members of its objects in another order. */
function shuffled(value: Json): Json {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value as JsonObject).map(([key, one]) => [key, shuffled(one!)] as const);
  return Object.fromEntries(members.reverse());
}

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
const object = fc.dictionary(fc.string(), json) as unknown as fc.Arbitrary<JsonObject>;

function textOf(body: JsonObject): string | null {
  try {
    return canonical(body, plain);
  } catch (error) {
    assert.ok(error instanceof Uncacheable);
    return null;
  }
}

t.test('canonical texts are equal for equal bodies and differ for others', (t) => {
  fc.assert(
    fc.property(object, object, (a, b) => {
      const text = textOf(a);
      assert.equal(textOf(shuffled(a) as JsonObject), text);
      if (text === null) return;
      // JSON knows no -0.
      const [one, other] = [JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))] as const;
      let same = true;
      try {
        assert.deepEqual(one, other);
      } catch {
        same = false;
      }
      assert.equal(textOf(b) === text, same);
    }),
  );
  t.not(canonical({ a: ['', 'b'] }, plain), canonical({ a: ['b', ''] }, plain));
  t.not(canonical({ a: 1, b: 23 }, plain), canonical({ a: 12, b: 3 }, plain));
  t.end();
});

t.test('the gap stands for one text and nothing else', (t) => {
  const body = (last: string, other: string) => ({
    messages: [
      { role: 'user', content: other },
      { role: 'user', content: [{ type: 'text', text: last }] },
    ],
  });
  const gapped = { ...plain, gapAt: '/messages/1/content/0/text' };
  t.equal(canonical(body('a', 'x'), gapped), canonical(body('b', 'x'), gapped));
  t.not(canonical(body('a', 'x'), gapped), canonical(body('a', 'y'), gapped));
  t.not(canonical(body('\u0000', 'x'), plain), canonical(body('', 'x'), gapped));
  t.end();
});

t.test('bodies that are too long, too deep or hold numbers beyond 2^53 have no text', (t) => {
  let deep: Json = 1;
  for (let level = 0; level < 200; level += 1) deep = [deep];
  for (const [body, reason] of [
    [{ a: 'x'.repeat(1_000_001) }, 'request-too-large'],
    [{ deep }, 'too-deep'],
    [{ seed: 2 ** 53 }, 'large-number'],
  ] as const) {
    t.throws(() => canonical(body as JsonObject, plain), { message: `not cacheable: ${reason}` });
  }
  t.end();
});

const delta = fc.record(
  {
    type: fc.constantFrom('text' as const, 'reasoning' as const),
    choice: fc.constant(0),
    text: fc.string({ minLength: 1, unit: 'binary' }),
  },
  { noNullPrototype: true },
);

t.test('a packed answer is unpacked to the same chunks, and whole to the same text', (t) => {
  fc.assert(
    fc.property(fc.array(delta), (deltas) => {
      const chunks: Chunk[] = [...deltas, { type: 'finish', choice: 0, reason: 'stop' }];
      const packed = JSON.parse(
        JSON.stringify(
          packAnswer({ chunks, model: 'm', requestId: 'r', createdAtMs: 1, freshUntilMs: null }),
        ),
      ) as Json;
      assert.deepEqual(unpackAnswer(packed, true)?.chunks, chunks);
      const texts = (list: readonly Chunk[], type: string) =>
        list.map((chunk) => (chunk.type === type && 'text' in chunk ? chunk.text : '')).join('');
      const whole = unpackAnswer(packed, false)!.chunks;
      assert.equal(texts(whole, 'text'), texts(chunks, 'text'));
      assert.equal(texts(whole, 'reasoning'), texts(chunks, 'reasoning'));
    }),
  );
  t.end();
});

t.test('whatever lies in a store is an answer or none, and never throws', (t) => {
  fc.assert(fc.property(json, (value) => void unpackAnswer(value, true)));
  const base = { v: 1, model: 'm', request: 'r', at: 1 };
  for (const part of [
    { run: 'text', text: 'abc', cuts: [1] },
    { run: 'text', text: 'abc', cuts: [-1, 4] },
    { run: 'text', text: 1, cuts: [] },
    { run: 'other', text: '', cuts: [] },
    { type: 'opaque' },
    'x',
  ]) {
    t.equal(unpackAnswer({ ...base, parts: [part] }, true), null, JSON.stringify(part));
  }
  t.end();
});

t.test('the floor rises on evidence, then nothing is served, and falls when the bound holds', (t) => {
  const book = new ErrorBook(0.1);
  t.equal(book.floor('a', 'm', 0.6), 0.6);
  for (let time = 0; time < 20; time += 1) book.record('a', 'm', false);
  t.equal(book.record('a', 'm', true), null, 'one of 21 is no evidence');
  const steps = [];
  while (book.floor('a', 'm', 0.6) !== null) {
    const step = book.record('a', 'm', true);
    if (step !== null) steps.push([step, book.floor('a', 'm', 0.6)]);
  }
  t.match(steps, [
    ['raised', 0.7],
    ['raised', 0.8],
    ['raised', 0.9],
    ['stopped', null],
  ]);
  t.equal(book.floor('b', 'm', 0.6), 0.6, 'of its tenant only');
  // 0 wrong of 29 shows that at most a tenth is wrong.
  for (let time = 0; time < 28; time += 1) t.equal(book.record('a', 'm', false), null);
  t.equal(book.record('a', 'm', false), 'lowered');
  t.ok(Math.abs(book.floor('a', 'm', 0.6)! - 0.9) < 1e-9);
  t.end();
});

t.test('a share of wrong answers below the target leaves the floor alone, one above raises it', (t) => {
  for (const [every, expected] of [
    [500, 0.6],
    [20, null],
  ] as const) {
    const book = new ErrorBook(0.01);
    for (let time = 1; time <= 8000; time += 1) book.record('a', 'm', time % every === 0);
    t.equal(book.floor('a', 'm', 0.6), expected, `1 of ${every}`);
  }
  t.end();
});

t.test('who waits is let go by the answer, by the time, and by the end', async (t) => {
  const clock = new FakeClock();
  const flights = new Flights(clock, 1000);
  const first = flights.begin('k')!;
  t.equal(flights.begin('k'), null);
  const waits = flights.join('k');
  first.land('answer');
  t.equal(await waits, 'answer');
  t.equal(flights.join('k'), null);
  flights.begin('k');
  const late = flights.join('k');
  clock.advance(1000);
  t.equal(await late, null);
  const next = flights.begin('k')!;
  first.land('stale');
  t.not(flights.join('k'), null, 'one that landed ends no other');
  const last = flights.join('k');
  flights.close();
  t.equal(await last, null);
  next.land('x');
  t.equal(flights.size, 0);
  t.equal(new Flights(clock, 0).begin('k'), null);
});

t.test('what one embedder stored another never finds', async (t) => {
  const clock = new FakeClock();
  const vectors = createMemoryVectors({ clock, log: recordingLog() });
  const options = { guard: 'off', top_k: 3, max_prompt: 1000, embed_timeout: 1000 } as CacheOptions;
  const cacheOf = (identity: string) => {
    const embedder: Embedder = {
      identity,
      dimensions: 2,
      floor: 0.5,
      embed: async (texts) => texts.map(() => new Float32Array([1, 0])),
    };
    const source = { current: embedder, ready: async () => embedder };
    const cache = createMemoryCache({ clock });
    const book = new ErrorBook(0.01);
    const keeper = new BookKeeper(book, new Notes(cache, vectors), clock);
    const parts = { book, keeper, marks: new LiveMarks(cache), entries: null, counts: new Tally() };
    return new Semantic(options, { clock, log: recordingLog(), vectors, embedder: source }, parts);
  };
  const ctx = requestContext();
  const key = { exact: 'e', frame: 'f', prompt: 'Hi', revision: '' };
  const look = async (semantic: Semantic) => {
    const prepared = await semantic.prepare(ctx, key);
    if (typeof prepared === 'string') throw new Error(prepared);
    return { prepared, found: await semantic.find('t', 'm', prepared) };
  };
  const [one, other] = [cacheOf('one:2'), cacheOf('other:2')];
  const { prepared } = await look(one);
  one.add(prepared, { id: 'e', tenant: 't', tags: [], answer: { v: 1 }, ttlMs: 1000, ageMs: 0 });
  t.match((await look(one)).found, { serve: true, candidate: { id: 'e' } });
  t.match((await look(other)).found, { serve: false, candidate: null, reason: 'no-entry' });
  clock.advance(1001);
  t.match((await look(one)).found, { candidate: null });
});

t.test('answers of a while ago are known by request, once, and to their tenant', async (t) => {
  const recent = new RecentAnswers(createMemoryCache({ clock: new FakeClock() }));
  const answer = { tenant: 'a', alias: 'm', key: 'k', vector: null, score: null, answerOf: 'r' };
  recent.add('r', answer);
  t.equal(await recent.take('r', 'b'), null);
  t.equal(await recent.take('r', 'a'), answer);
  t.equal(await recent.take('r', null), null);
});
