import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { createLexicalEmbedder, embedLexically } from '../../../core/embedders/lexical.ts';

function cosine(one: string, other: string): number {
  const [a, b] = [embedLexically(one), embedLexically(other)];
  return a.reduce((sum, value, at) => sum + value * b[at]!, 0);
}

const golden = ['12:-0.5911', '164:-0.5911'];

t.test('vectors are the same in every release of this version', async (t) => {
  const vector = embedLexically('How do I reset my password?');
  const places = [...vector.keys()].filter((at) => Math.abs(vector[at]!) > 0.2);
  t.equal(createLexicalEmbedder().identity, 'lexical:fnv1a-ngrams:512:v1');
  t.strictSame(
    places.map((at) => `${at}:${vector[at]!.toFixed(4)}`),
    golden,
  );
});

t.test('wording, case and spelling of one question stay close, other questions far', async (t) => {
  t.ok(cosine('How do I reset my password?', 'how can i reset my PASSWORD') > 0.75);
  t.ok(cosine('ｆｕｌｌ　ｗｉｄｔｈ', 'full width') > 0.999);
  t.ok(cosine('How do I reset my password?', 'Which trains go to Lyon?') < 0.3);
});

t.test('any text gives a finite vector of length 1', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const vector = embedLexically(text);
      const length = Math.hypot(...vector);
      assert.equal(vector.length, 512);
      assert.ok(Math.abs(length - 1) < 1e-5, `length ${length}`);
    }),
    { numRuns: 60 },
  );
});

t.test('lone surrogates and characters at the cut do no harm', async (t) => {
  for (const text of [
    '\ud800',
    'a\udfff b',
    `${'x'.repeat(2047)}😀`,
    '',
    '   ',
    '👍',
    '\ufdfa'.repeat(5000),
  ]) {
    t.ok(Math.abs(Math.hypot(...embedLexically(text)) - 1) < 1e-5);
  }
});

t.test('what lies behind 2,048 units is not read', async (t) => {
  const text = 'word '.repeat(1000);
  t.strictSame(embedLexically(text), embedLexically(text + 'other '.repeat(100_000)));
});

t.test('an aborted request embeds nothing', async (t) => {
  const embedder = createLexicalEmbedder();
  await t.rejects(embedder.embed(['a'], { signal: AbortSignal.abort() }));
  t.strictSame(await embedder.embed([]), []);
});

t.test('a text gives the same vector, whatever was embedded before it', async () => {
  const long = fc.string({ unit: 'grapheme', minLength: 1000, maxLength: 2500 });
  const texts = fc.array(fc.oneof(fc.lorem(), fc.string({ unit: 'grapheme' }), long), {
    minLength: 2,
    maxLength: 5,
  });
  fc.assert(
    fc.property(texts, (some) => {
      const first = some.map((text) => embedLexically(text));
      const again = some.toReversed().map((text) => embedLexically(text));
      assert.deepEqual(again.reverse(), first);
    }),
    { numRuns: 50 },
  );
});
