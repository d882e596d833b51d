import t from 'tap';
import { inputTokensAdapter } from '../../../../core/dialects/input-tokens/adapter.ts';
import { responsesDialect } from '../../../../core/dialects/responses/dialect.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import type { Target } from '../../../../sdk/target.ts';
import type { AdapterCall } from '../../../../sdk/wire.ts';

const target: Target = {
  id: 'p/g',
  provider: 'p',
  kind: 'openai',
  model: 'gpt',
  vendor: 'openai',
  tier: 'standard',
  region: '',
  weight: 1,
};

function callFor(body: JsonObject, more: JsonObject = {}): AdapterCall {
  return {
    body,
    conversation: () => ({ ...responsesDialect.conversation!(body, null), ...more }) as never,
    context: { target, stream: false, traits: { reasoning: 'effort' }, requestId: 'r' },
  };
}

t.test('a conversation is counted without what only matters for an answer', async (t) => {
  const call = callFor(
    {
      model: 'm',
      instructions: 'S',
      input: 'x',
      temperature: 1,
      max_output_tokens: 5,
      metadata: { a: 'b' },
      text: { verbosity: 'low' },
    },
    { stop: ['never'], count: 3 },
  );
  const { body, dropped } = inputTokensAdapter.encode(call);
  t.same(JSON.parse(body), {
    model: 'gpt',
    instructions: 'S',
    input: [{ role: 'user', content: [{ type: 'input_text', text: 'x' }] }],
    text: { verbosity: 'low' },
  });
  t.same(dropped, []);
});

t.test('the answer is Anthropic’s, or none', async (t) => {
  const call = callFor({ model: 'm', input: 'x' });
  t.same(inputTokensAdapter.answer({ object: 'response.input_tokens', input_tokens: 16 }, call), {
    input_tokens: 16,
  });
  for (const body of [{}, { input_tokens: '16' }, { error: { message: 'x' } }]) {
    t.equal(inputTokensAdapter.answer(body, call), null);
  }
});
