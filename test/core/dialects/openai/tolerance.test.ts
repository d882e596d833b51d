import t from 'tap';
import { chatDialect } from '../../../../core/dialects/chat/dialect.ts';
import { fromOpenAiUsage } from '../../../../core/dialects/openai/usage.ts';
import { isOpenAiError } from '../../../../core/dialects/openai-error.ts';

const read = (json: object) =>
  chatDialect
    .codec({ id: 'r', createdAtMs: 0, model: 'm', vendor: '' })
    .decodeEvent(JSON.stringify(json), '');
const usage = { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 };
const choice = { index: 0, delta: { content: 'a' }, finish_reason: null };

t.test('usage is found wherever a server puts it, and null is none', async (t) => {
  t.same(read({ choices: [choice], usage: null }).chunks, [{ type: 'text', choice: 0, text: 'a' }]);
  for (const json of [
    { choices: [], usage },
    { choices: [{ ...choice, finish_reason: 'stop' }], usage },
    { choices: [], x_groq: { usage } },
    { choices: [], usage: null, x_groq: { usage } },
  ]) {
    t.match(read(json).chunks.at(-1), { type: 'usage', usage: { inputTokens: 4, outputTokens: 2 } });
  }
});

t.test('a count that is absent or null is not a count of 0', async (t) => {
  t.match(
    fromOpenAiUsage({
      ...usage,
      prompt_tokens_details: { cached_tokens: null },
      prompt_cache_hit_tokens: 3,
    }),
    { cacheReadTokens: 3, inputTokens: 1 },
  );
  t.match(fromOpenAiUsage({ ...usage, prompt_tokens_details: null, completion_tokens_details: null }), {
    cacheReadTokens: 0,
    reasoningTokens: 0,
    outputTokens: 2,
  });
  t.equal(fromOpenAiUsage({ prompt_tokens: null, completion_tokens: null }), null);
});

t.test('empty error fields are no errors', async (t) => {
  for (const error of [null, '', false]) {
    t.equal(isOpenAiError({ choices: [choice], error }), false, JSON.stringify(error));
  }
  t.equal(isOpenAiError({ choices: [{ ...choice, error: null }] }), false);
  t.equal(isOpenAiError({ choices: null }), false);
  t.equal(isOpenAiError({ choices: [{ ...choice, error: { code: 502 } }] }), true);
  t.equal(isOpenAiError({ error: { code: 429, message: 'slow down' } }), true);
  t.equal(isOpenAiError({ detail: [{ msg: 'x' }] }), true);
  t.equal(isOpenAiError({ data: [], detail: null }), false);
});

t.test('odd events are read as far as they go', async (t) => {
  for (const json of [
    {},
    { choices: null },
    { choices: [null, 1, { delta: null }] },
    { choices: [{ delta: { tool_calls: [null, 'x'], reasoning_details: 'x', content: 5 } }] },
    { choices: [{ index: 'x', delta: { tool_calls: { a: 1 } }, finish_reason: 7 }] },
  ]) {
    t.same(read(json).chunks, [], JSON.stringify(json));
  }
});
