import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { fromOpenAiUsage, toOpenAiUsage } from '../../../../core/dialects/openai/usage.ts';
import { totalInputTokens, totalTokens } from '../../../../sdk/usage.ts';

t.test('what was cached is taken out of the input, wherever the provider counts it', async (t) => {
  const read = (more: object) =>
    fromOpenAiUsage({ prompt_tokens: 100, completion_tokens: 7, total_tokens: 107, ...more });
  t.match(read({ prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 10 } }), {
    inputTokens: 30,
    cacheReadTokens: 60,
    cacheWrite5mTokens: 10,
  });
  t.match(read({ prompt_cache_hit_tokens: 60 }), { inputTokens: 40, cacheReadTokens: 60 });
  t.match(read({ cached_tokens: 60 }), { inputTokens: 40, cacheReadTokens: 60 });
  t.match(
    read({ prompt_tokens_details: { cached_tokens: 0 }, prompt_cache_hit_tokens: 60 }),
    { inputTokens: 100 },
    '0 is a count',
  );
  t.match(read({ prompt_tokens_details: { cached_tokens: 600 } }), { inputTokens: 0 }, 'never negative');
  t.match(read({ completion_tokens_details: { reasoning_tokens: 3 } }), {
    outputTokens: 7,
    reasoningTokens: 3,
  });
});

t.test('output that only the total counts was reasoning', async (t) => {
  t.match(fromOpenAiUsage({ prompt_tokens: 35, completion_tokens: 12, total_tokens: 109 }), {
    outputTokens: 74,
    reasoningTokens: 62,
  });
});

t.test('usage that says nothing is no usage', async (t) => {
  for (const usage of [undefined, null, {}, [], 'x', { prompt_tokens: null }, { prompt_tokens: -1 }]) {
    t.equal(fromOpenAiUsage(usage), null);
  }
});

t.test('classes are disjoint and survive the way there and back', async () => {
  const count = fc.nat(1_000_000);
  fc.assert(
    fc.property(
      count,
      count,
      count,
      count,
      count,
      (inputTokens, cacheReadTokens, cacheWrite5mTokens, answer, reasoningTokens) => {
        const usage = {
          inputTokens,
          cacheReadTokens,
          cacheWrite5mTokens,
          cacheWrite1hTokens: 0,
          outputTokens: answer + reasoningTokens,
          reasoningTokens,
          estimated: false,
        };
        const there = toOpenAiUsage(usage);
        assert.deepEqual(fromOpenAiUsage(there), usage);
        assert.equal(there['prompt_tokens'], totalInputTokens(usage));
        assert.equal(there['total_tokens'], totalTokens(usage));
      },
    ),
  );
});
