import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { OutputTransform } from '../../../plugins/jsonata-filter/output-transform.ts';
import { compilePattern, PatternStream } from '../../../plugins/jsonata-filter/pattern-stream.ts';
import { FilterState } from '../../../plugins/jsonata-filter/runner.ts';
import { SentenceTransform } from '../../../plugins/jsonata-filter/sentence-transform.ts';
import { Sentences } from '../../../plugins/jsonata-filter/sentences.ts';
import { contextOf, cut, fakeRunner, passed, verbOf } from './harness.ts';

const words = fc.constantFrom(
  ...['Hello', ' ', '  ', '.', '. ', '! ', '?" ', '\n', '\r\n', '3.14', 'e.g. ', '。', '！」', '…', ')', '*'],
  ...['a-long-word', 'sk-abc123', '$30', 'é', '😀', '\ud83d', 'x'.repeat(45), '用户', 'END'],
);
const texts = fc.array(words, { maxLength: 25 }).map((parts) => parts.join(''));
const cuts = fc.array(fc.nat(300), { maxLength: 10 });

/** The pieces of a text, white space joined. */
function pieces(text: string, places: readonly number[], maxChars = 40): string[] {
  const sentences = new Sentences(maxChars);
  const out: { text: string; isSentence: boolean }[] = [];
  const chunks = cut(text, places).map((chunk) => sentences.push('text' in chunk ? chunk.text : ''));
  for (const piece of [...chunks.flat(), ...sentences.end()]) {
    const last = out.at(-1);
    if (last !== undefined && !last.isSentence && !piece.isSentence) last.text += piece.text;
    else out.push({ ...piece });
  }
  return out.map(({ text: own, isSentence }) => `${isSentence ? 'S' : '_'}${own}`);
}

t.test('sentences end where readers see them end', async (t) => {
  const of = (text: string) =>
    pieces(text, [], 1000)
      .filter((one) => one.startsWith('S'))
      .map((one) => one.slice(1));
  t.strictSame(of('It costs $3.50. Is that much? "No!" he said.\nNext line'), [
    'It costs $3.50.',
    'Is that much?',
    '"No!"',
    'he said.',
    'Next line',
  ]);
  t.strictSame(of('你好。再见！'), ['你好。', '再见！']);
  t.strictSame(of('see example.com/a.b for more'), ['see example.com/a.b for more']);
  t.strictSame(of('  \n '), []);
});

t.test('pieces of a text are the same, however it is cut, and nothing is lost', async () => {
  fc.assert(
    fc.property(texts, cuts, (text, places) => {
      const whole = pieces(text, []);
      assert.equal(whole.map((one) => one.slice(1)).join(''), text);
      for (const one of whole) assert.ok(!one.startsWith('S') || one.length <= 41, one);
      assert.deepEqual(pieces(text, places), whole);
    }),
    { numRuns: 2000 },
  );
});

t.test('and at every single place', async () => {
  const text =
    'One two. Three "four!" Five 3.14 six。七八！ A sentence without end that is longer than forty.\n\n😀 x';
  const whole = pieces(text, []);
  for (let place = 0; place <= text.length; place += 1) assert.deepEqual(pieces(text, [place]), whole);
  assert.deepEqual(
    pieces(
      text,
      Array.from(text, (_, place) => place),
    ),
    whole,
  );
});

t.test('filters of sentences give the same answer, however the stream is cut', async () => {
  const filters = {
    upper: (text: string) => (text.includes('a') ? text.toUpperCase() : undefined),
    short: (text: string) => (text.includes('$') ? '' : { tags: { seen: 'yes' } }),
    end: (text: string) => (text.includes('END') ? { block: true } : null),
  };
  await fc.assert(
    fc.asyncProperty(texts, texts, cuts, async (first, second, places) => {
      const transform = () => new SentenceTransform(fakeRunner(filters), contextOf(), new FilterState(), 40);
      const finish = { type: 'finish', choice: 0, reason: 'stop' } as const;
      const call = { type: 'tool_call', choice: 0, index: 0, id: 'c', name: 'f', arguments: '{}' } as const;
      const run = (at: readonly number[]) =>
        passed(transform(), [...cut(first, at), ...cut(second, at, 1), call, finish]);
      const whole = await run([]);
      assert.deepEqual(await run(places), whole);
      const stopped = whole.choices[0]?.finish === 'content_filter';
      assert.ok(!stopped || first.includes('END'));
      assert.equal(whole.choices[0]!.toolCalls.length, stopped ? 0 : 1);
    }),
    { numRuns: 300 },
  );
});

const verbs = [
  verbOf({ mask: { source: 'sk-\\w+', flags: '' } }),
  verbOf({ mask: { source: '\\$\\d+\\b', flags: 'i' }, holdback: 8 }),
  verbOf({ block: { source: 'END', flags: 'i' }, holdback: 16 }),
];

t.test('output() gives the same answer, however the stream is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.subarray(verbs, { minLength: 1 }),
      texts,
      texts,
      cuts,
      async (own, text, thought, places) => {
        const run = (at: readonly number[]) =>
          passed(OutputTransform.of(contextOf({ verbs: own }), '70-output.yaml')!, [
            ...cut(thought, at).map((chunk) => ({ ...chunk, type: 'reasoning' as const }) as never),
            ...cut(text, at),
            { type: 'finish', choice: 0, reason: 'stop' },
          ]);
        const whole = await run([]);
        assert.deepEqual(await run(places), whole);
        if (own.includes(verbs[2]!)) assert.ok(!/END/i.test(whole.choices[0]!.text));
        if (own.includes(verbs[0]!)) assert.ok(!/sk-\w/.test(whole.choices[0]!.text));
      },
    ),
    { numRuns: 400 },
  );
});

t.test('patterns of any shape see the same windows, however the text is cut', async () => {
  const patterns = ['a+', 'ab|ba', '\\bfoo\\b', '^a', 'a$', '[^ ]{5,}', '(?:ab)+c?', 'a.*b', '\\s+a'];
  const letters = fc.array(fc.constantFrom('a', 'b', 'c', ' ', 'foo', '\n'), { maxLength: 60 });
  fc.assert(
    fc.property(
      fc.constantFrom(...patterns),
      letters,
      cuts,
      fc.integer({ min: 2, max: 12 }),
      fc.constantFrom('mask' as const, 'block' as const),
      (source, parts, places, window, action) => {
        const text = parts.join('');
        const run = (at: readonly number[]) => {
          const stream = new PatternStream(compilePattern({ source, flags: '' }), window, action);
          let out = '';
          for (const chunk of cut(text, at)) {
            if (chunk.type !== 'text') continue;
            out += stream.push(chunk.text, false);
          }
          return [out + stream.push('', true), stream.stopped];
        };
        assert.deepEqual(run(places), run([]));
      },
    ),
    { numRuns: 3000 },
  );
});

t.test('a match of half the hold-back is found wherever it stands', async () => {
  fc.assert(
    fc.property(fc.nat(80), fc.integer({ min: 1, max: 16 }), cuts, (before, length, places) => {
      const text = `${'-'.repeat(before)}${'7'.repeat(length)}${'-'.repeat(40)}`;
      const stream = new PatternStream(compilePattern({ source: '7+', flags: '' }), 32, 'mask');
      let out = '';
      for (const chunk of cut(text, places)) if (chunk.type === 'text') out += stream.push(chunk.text, false);
      assert.equal(out + stream.push('', true), text.replace(/7+/, '[masked]'));
    }),
  );
});
