import t from 'tap';
import { createMemoryCache } from '../../../core/stores/cache/memory.ts';
import { createMemoryVectors } from '../../../core/stores/vectors/memory.ts';
import { BookKeeper } from '../../../plugins/semantic-cache/book-keeper.ts';
import { ErrorBook } from '../../../plugins/semantic-cache/error-book.ts';
import { LiveMarks } from '../../../plugins/semantic-cache/live-marks.ts';
import { Notes } from '../../../plugins/semantic-cache/notes.ts';
import type { CacheOptions } from '../../../plugins/semantic-cache/options.ts';
import { Semantic } from '../../../plugins/semantic-cache/semantic.ts';
import { Tally } from '../../../plugins/semantic-cache/tally.ts';
import type { Embedder, VectorMatch, Vectors } from '../../../sdk/index.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { recordingLog } from '../../../sdk/testing/fakes.ts';
import { requestContext } from '../../core/policy/_facts.ts';

const stored = ['Cancel order 17', 'Please cancel order 18', 'Cancel order 18'];

/** A cache with those three, whose store finds at once the ones that are named. */
async function cacheWith(atOnce: readonly number[]) {
  const clock = new FakeClock();
  const embedder: Embedder = {
    identity: 'same:2',
    dimensions: 2,
    floor: 0.5,
    embed: async (texts) => texts.map((text) => new Float32Array([1, stored.indexOf(text) / 20 + 0.1])),
  };
  const memory = createMemoryVectors({ clock, log: recordingLog() });
  let whole = 0;
  const vectors: Vectors = {
    ...memory,
    near: () => all.filter(({ id }) => atOnce.includes(Number(id))),
    search: (...asked) => {
      // Notes of the cache are looked for there too.
      if (asked[0].startsWith('f|')) whole += 1;
      return memory.search(...asked);
    },
  };
  const cache = createMemoryCache({ clock });
  const book = new ErrorBook(0.01);
  const counts = new Tally();
  const keeper = new BookKeeper(book, new Notes(cache, vectors), clock);
  const options = { guard: 'strict', top_k: 3, max_prompt: 1000, embed_timeout: 1000 } as CacheOptions;
  const semantic = new Semantic(
    options,
    { clock, log: recordingLog(), vectors, embedder: { current: embedder, ready: async () => embedder } },
    { book, keeper, marks: new LiveMarks(cache), entries: null, counts },
  );
  const prepare = async (prompt: string) => {
    const prepared = await semantic.prepare(requestContext(), {
      exact: 'e',
      frame: 'f',
      prompt,
      revision: '',
    });
    if (typeof prepared === 'string') throw new Error(prepared);
    return prepared;
  };
  for (const [id, text] of stored.entries()) {
    semantic.add(await prepare(text), {
      id: `${id}`,
      tenant: 't',
      tags: [],
      answer: { v: 1 },
      ttlMs: 1000,
      ageMs: 0,
    });
  }
  const asked = await prepare('cancel order 18.');
  const all: readonly VectorMatch[] = await memory.search(asked.namespace, asked.vector, 3);
  return { found: await semantic.find('t', 'm', asked), counts: counts.toJson(), whole: () => whole };
}

t.test('an entry that is found at once and may answer does, without a look at all of them', async (t) => {
  const { found, counts, whole } = await cacheWith([2]);
  t.match(found, { serve: true, candidate: { id: '2' }, refused: [] });
  t.equal(whole(), 0);
  t.strictSame(counts, {});
});

t.test('where the guard refuses what is found at once all are looked at, each once', async (t) => {
  const { found, counts, whole } = await cacheWith([0]);
  t.match(found, { serve: true, refused: ['number'] });
  t.not(found.candidate?.id, '0');
  t.equal(whole(), 1);
  t.strictSame(counts, { 'guard-number': 1 });
});

t.test('where nothing is found at once all are looked at', async (t) => {
  const { found, whole } = await cacheWith([]);
  t.equal(found.serve, true);
  t.equal(whole(), 1);
});
