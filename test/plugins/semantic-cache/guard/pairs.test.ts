import t from 'tap';
import { createLexicalEmbedder } from '../../../../core/embedders/lexical.ts';
import { evaluatePairs } from '../../../../plugins/semantic-cache/eval/evaluate.ts';
import type { Pair } from '../../../../plugins/semantic-cache/eval/pairs.ts';
import { isUnseen, loadPairs, noShared, ownPairs, sharedPairs } from './cases.ts';

/** Shares of all pairs at the default floor: hits, wrong hits, and what rules keep of the admitted. */
async function measure(pairs: readonly Pair[]) {
  const embedder = createLexicalEmbedder();
  const { measured } = await evaluatePairs(pairs, embedder, { thresholds: [] });
  const of = (level: string) => measured.find((row) => row.category === 'all' && row.level === level)!;
  return { strict: of('strict'), rules: of('rules') };
}

t.test('held-out pairs, written before the tables of the guard', async (t) => {
  const pairs = loadPairs(ownPairs, 'held-out.jsonl');
  t.ok(pairs.length >= 150);
  const { strict, rules } = await measure(pairs);
  t.ok(strict.wrong.count <= 1, `strict: wrong ${strict.wrong.count} of ${strict.wrong.total}`);
  t.ok(strict.hits.rate! >= 0.6, `strict: hits ${strict.hits.rate}`);
  t.ok(rules.kept.rate! >= 0.96, `rules: kept ${rules.kept.rate}`);
  t.ok(rules.wrong.rate! <= 0.15, `rules: wrong ${rules.wrong.rate}`);
});

t.test('near-misses that were written against the guard: one is known to pass', async (t) => {
  const { strict } = await measure(loadPairs(ownPairs, 'attacks.jsonl'));
  t.ok(strict.wrong.count <= 1, `strict: wrong ${strict.wrong.count} of ${strict.wrong.total}`);
});

t.test('own pairs: at most 1 % wrong, at least 60 % hits', { skip: noShared }, async (t) => {
  const { strict, rules } = await measure(
    loadPairs(sharedPairs, 'own-near-miss.jsonl', 'own-paraphrase.jsonl', 'own-template.jsonl'),
  );
  t.ok(strict.wrong.rate! <= 0.01, `strict: wrong ${strict.wrong.rate}`);
  t.ok(strict.hits.rate! >= 0.6, `strict: hits ${strict.hits.rate}`);
  t.ok(rules.kept.rate! >= 0.98, `rules: kept ${rules.kept.rate}`);
});

t.test('the unseen half of the licensed pairs: noisy labels, no promise', { skip: noShared }, async (t) => {
  const { strict } = await measure(
    loadPairs(
      sharedPairs,
      'banking77.jsonl',
      'clinc150.jsonl',
      'checklist-qqp.jsonl',
      'gptcache-mock.jsonl',
    ).filter(isUnseen),
  );
  t.ok(strict.wrong.rate! <= 0.015, `strict: wrong ${strict.wrong.rate}`);
});
