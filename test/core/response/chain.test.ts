import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { type ChainPart, createChain } from '../../../core/response/chain.ts';
import type { Answer, Chunk } from '../../../sdk/chunk.ts';
import type { ChunkTransform } from '../../../sdk/decision.ts';

const text = (value: string, choice = 0): Chunk => ({ type: 'text', choice, text: value });
const finish: Chunk = { type: 'finish', choice: 0, reason: 'stop' };

/** Replaces a word, holding back whatever may still become one. */
function redactor(word = 'secret', by = '[x]'): ChunkTransform {
  let held = '';
  return {
    push(chunk, emit) {
      if (chunk.type !== 'text') return emit(chunk);
      const all = (held + chunk.text).replaceAll(word, by);
      let keep = Math.min(word.length - 1, all.length);
      while (keep > 0 && !word.startsWith(all.slice(-keep))) keep--;
      held = all.slice(all.length - keep);
      const out = all.slice(0, all.length - keep);
      if (out === chunk.text) emit(chunk);
      else if (out !== '') emit({ ...chunk, text: out });
    },
    end(emit) {
      if (held !== '') emit(text(held));
    },
  };
}

/** Says everything twice, without holding anything back. */
const doubler: ChunkTransform = {
  push(chunk, emit) {
    emit(chunk);
    if (chunk.type === 'text') emit(chunk);
  },
};

const transform = (it: ChunkTransform): ChainPart => ({ kind: 'transform', transform: it });
const textOf = (chunks: readonly Chunk[]) =>
  chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('');

t.test('the array itself comes back where nothing changed', async (t) => {
  const chunks = [text('a'), text('b')];
  t.equal(createChain([]).push(chunks), chunks);
  t.equal(
    createChain([transform(redactor()), transform({ push: (chunk, emit) => emit(chunk) })]).push(chunks),
    chunks,
  );
  t.equal(createChain([]).push(chunks), chunks);
  t.same(createChain([]).end(), []);
});

t.test('an observer sees what the parts before it made, and the finished answer', async (t) => {
  const seen: Chunk[] = [];
  let finished: Answer | null = null;
  const chain = createChain([
    transform(redactor()),
    {
      kind: 'observer',
      observer: { chunk: (chunk) => seen.push(chunk), end: (answer) => (finished = answer) },
    },
    { kind: 'observer', observer: {} },
  ]);
  const input = [text('a secret'), text(' sec')];
  t.same(textOf(chain.push(input)), 'a [x] ');
  chain.end();
  const answer: Answer = { status: 200, model: null, choices: [], usage: null };
  chain.finished(answer);
  t.equal(textOf(seen), 'a [x] sec');
  t.equal(finished, answer);
});

t.test('text that was held back never comes after the end of its choice', async (t) => {
  const chain = createChain([transform(redactor())]);
  const usage: Chunk = {
    type: 'usage',
    usage: {
      inputTokens: 1,
      cacheReadTokens: 0,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      outputTokens: 1,
      reasoningTokens: 0,
      estimated: false,
    },
  };
  t.same(chain.push([text('my sec'), finish]), [text('my ')]);
  t.same(chain.push([usage]), []);
  t.same(chain.end(), [text('sec'), finish, usage]);
});

t.test('where no transform has anything to say at the end, ends pass at once', async (t) => {
  const chain = createChain([transform(doubler)]);
  t.same(chain.push([text('a'), finish]), [text('a'), text('a'), finish]);
});

t.test('text that a part emits at its end passes the parts after it', async (t) => {
  const chain = createChain([
    transform({ push: (chunk, emit) => emit(chunk), end: (emit) => emit(text('a secret at the end')) }),
    transform(redactor()),
  ]);
  t.equal(textOf(chain.push([text('x ')])) + textOf(chain.end()), 'x a [x] at the end');
});

t.test('a failure of a part reaches the caller', async (t) => {
  const chain = createChain([
    transform({
      push: () => {
        throw new Error('bug');
      },
    }),
  ]);
  t.throws(() => chain.push([text('a')]), /bug/);
});

t.test('every way of cutting a text gives the same output', async () => {
  const words = fc.array(fc.constantFrom('secret', 'sec', 'ret', 's', ' ', 'ssecret', 'secsecret', 'x]'), {
    maxLength: 10,
  });
  const anyCuts = fc.array(fc.array(fc.nat(60), { maxLength: 8 }), { maxLength: 3 });
  fc.assert(
    fc.property(words, anyCuts, fc.integer({ min: 1, max: 3 }), (all, cutLists, perPush) => {
      const whole = all.join('');
      for (const cuts of [...cutLists, [...whole].map((_, index) => index)]) {
        const at = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length];
        const pieces = at.slice(1).map((to, index) => text(whole.slice(at[index], to)));
        const chain = createChain([transform(redactor()), transform(redactor('[x]', '###'))]);
        let out = '';
        for (let from = 0; from < pieces.length; from += perPush)
          out += textOf(chain.push(pieces.slice(from, from + perPush)));
        assert.equal(out + textOf(chain.end()), whole.replaceAll('secret', '[x]').replaceAll('[x]', '###'));
      }
    }),
    { numRuns: 300 },
  );
});
