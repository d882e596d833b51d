import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { readCategories } from '../../../plugins/moderation/judges.ts';
import { questionsOf } from '../../../plugins/moderation/questions.ts';
import { TextCache } from '../../../sdk/text-cache.ts';

t.test('every part of every text is in a question, and no question is too long', async () => {
  const words = fc.array(fc.string({ maxLength: 900, unit: 'grapheme' }), { maxLength: 8 });
  fc.assert(
    fc.property(words, fc.integer({ min: 200, max: 600 }), (texts, maxChars) => {
      const questions = questionsOf(texts, maxChars);
      for (const question of questions) assert.ok(question.join('').length <= maxChars);
      const all = questions.flat().join('\u0000');
      for (const text of texts) {
        for (let from = 0; from < text.length; from += 40)
          assert.ok(all.includes(text.slice(from, from + 40)));
      }
    }),
  );
});

t.test('judgements in several shapes', async (t) => {
  t.strictSame(readCategories({ categories: ['a'] }), ['a']);
  t.strictSame(readCategories({ flagged: true, categories: { a: true, b: false } }), ['a']);
  t.strictSame(readCategories({ flagged: true }), ['flagged']);
  t.strictSame(readCategories({ results: [{ flagged: false, categories: {} }, { flagged: true }] }), [
    'flagged',
  ]);
  for (const answer of [null, [], 'no', {}, { categories: 1 }, { categories: [1] }, { results: ['x'] }]) {
    t.throws(() => readCategories(answer));
  }
});

t.test('the cache is bounded in entries and time, and apart for each tenant', async (t) => {
  const cache = new TextCache(1000, 2);
  const keys = ['a', 'b', 'c'].map((text) => TextCache.key('acme', text));
  for (const key of keys) cache.set(key, [], 0);
  t.equal(cache.size, 2);
  t.equal(cache.get(keys[0]!, 1), null);
  t.strictSame(cache.get(keys[2]!, 999), []);
  t.equal(cache.get(keys[2]!, 1000), null);
  t.not(TextCache.key('acme', 'a'), TextCache.key('other', 'a'));
});
