import t from 'tap';
import type { Conversation, Turn } from '../../../../sdk/conversation.ts';
import {
  adaptive,
  answer,
  call,
  fieldsOf,
  legacy,
  llama,
  loop,
  nova,
  refusal,
  result,
  schema,
  text,
  toolsOf,
  user,
  weather,
} from './encode-kit.ts';
import { encode, say } from './kit.ts';

t.test('a short question is a short request', async (t) => {
  t.same(encode(say()).json, { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] });
  t.same(encode(say()).dropped, []);
});

t.test('limits and sampling go where they belong, the rest is named', async (t) => {
  const { json, dropped } = encode(
    say({
      maxOutputTokens: 100,
      temperature: 1.7,
      stop: ['END', ' '],
      topK: 5,
      seed: 1,
      user: 'u',
      logprobs: 2,
      presencePenalty: 1,
      frequencyPenalty: 1,
      extra: { store: true },
    }),
    legacy,
  );
  t.same(json['inferenceConfig'], { maxTokens: 100, temperature: 1, stopSequences: ['END'] });
  t.same(fieldsOf(json), { top_k: 5 });
  t.same(json['additionalModelResponseFieldPaths'], ['/stop_sequence', '/delta/stop_sequence']);
  t.same(
    new Set(dropped),
    new Set(['stop', 'seed', 'user', 'logprobs', 'presence_penalty', 'frequency_penalty', 'store']),
  );
  t.same(
    encode(say({ topP: 0.5, temperature: 0.5 }), legacy).dropped,
    ['top_p'],
    'Claude since 4.1 takes one of them',
  );
  t.same(encode(say({ topP: 0.5, temperature: 0.5 }), nova).json['inferenceConfig'], {
    temperature: 0.5,
    topP: 0.5,
  });
  t.same(fieldsOf(encode(say({ topK: 5 }), nova).json), { inferenceConfig: { topK: 5 } });
  t.same(encode(say({ topK: 5 }), llama).dropped, ['top_k']);
  const newest = encode(say({ temperature: 0.5, topP: 0.5, topK: 3 }), 'global.anthropic.claude-opus-4-8');
  t.same(newest.json['inferenceConfig'], undefined);
  t.same(newest.dropped, ['temperature', 'top_p', 'top_k']);
});

t.test('parameters are named as the client knows them', async (t) => {
  const asked = say({
    user: 'u',
    stop: [' '],
    dialect: 'messages',
    reasoning: { effort: 'low', budgetTokens: null, visible: null },
  });
  t.same(
    new Set(encode(asked, 'anthropic.claude-3-haiku-20240307-v1:0').dropped),
    new Set(['metadata.user_id', 'stop_sequences', 'thinking']),
  );
});

t.test('several answers are refused', async (t) => {
  t.match(refusal(say({ count: 2 })), { code: 'unsupported_parameter', status: 400, param: 'n' });
});

t.test('thinking by budget: room for the answer, no sampling that excludes it', async (t) => {
  const reasoning = { effort: null, budgetTokens: 4000, visible: null };
  const { json, dropped } = encode(
    say({ reasoning, maxOutputTokens: 1000, temperature: 0.3, topK: 3 }),
    legacy,
  );
  t.same(fieldsOf(json), { thinking: { type: 'enabled', budget_tokens: 4000 } });
  t.same(json['inferenceConfig'], { maxTokens: 5000 });
  t.same(dropped, ['temperature', 'top_k']);
  const roomy = encode(say({ reasoning, maxOutputTokens: 8000, temperature: 1 }), legacy).json;
  t.same(roomy['inferenceConfig'], { maxTokens: 8000, temperature: 1 });
  const byWord = (effort: 'none' | 'minimal' | 'high') =>
    fieldsOf(encode(say({ reasoning: { effort, budgetTokens: null, visible: null } }), legacy).json)[
      'thinking'
    ];
  t.same(byWord('none'), { type: 'disabled' });
  t.same(byWord('minimal'), { type: 'enabled', budget_tokens: 1024 });
  t.same(byWord('high'), { type: 'enabled', budget_tokens: 16_384 });
});

t.test('thinking by effort, with its text where the client wants it', async (t) => {
  const of = (reasoning: Conversation['reasoning'], model = adaptive) =>
    fieldsOf(encode(say({ reasoning }), model).json);
  t.same(of({ effort: 'xhigh', budgetTokens: null, visible: true }), {
    thinking: { type: 'adaptive', display: 'summarized' },
    output_config: { effort: 'high' },
  });
  t.same(of({ effort: null, budgetTokens: null, visible: null }), { thinking: { type: 'adaptive' } });
  t.same(of({ effort: 'none', budgetTokens: null, visible: null }), { thinking: { type: 'disabled' } });
  t.same(of({ effort: 'medium', budgetTokens: null, visible: null }, 'us.amazon.nova-2-lite-v1:0'), {
    reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' },
  });
  t.same(of({ effort: 'high', budgetTokens: null, visible: null }, 'openai.gpt-oss-120b-1:0'), {
    reasoning_effort: 'high',
  });
  t.same(of({ effort: 'high', budgetTokens: null, visible: null }, llama), {});
});

t.test('a limit stays where the highest effort would exclude it', async (t) => {
  const reasoning = { effort: 'high', budgetTokens: null, visible: null } as const;
  const { json, dropped } = encode(say({ reasoning, maxOutputTokens: 50 }), 'us.amazon.nova-2-lite-v1:0');
  t.match(fieldsOf(json), { reasoningConfig: { maxReasoningEffort: 'medium' } });
  t.same(json['inferenceConfig'], { maxTokens: 50 });
  t.same(dropped, ['reasoning_effort']);
});

t.test("the client's demand for a call beats thinking, the gateway's own gives way to it", async (t) => {
  const reasoning = { effort: 'low', budgetTokens: null, visible: null } as const;
  const demanded = encode(say({ reasoning, tools: [weather], toolChoice: { type: 'required' } }), legacy);
  t.same(fieldsOf(demanded.json), {});
  t.same(demanded.dropped, ['reasoning_effort']);
  const older = 'us.anthropic.claude-sonnet-4-20250514-v1:0';
  const ours = encode(say({ reasoning, output: schema }), older);
  t.equal(ours.answerTool, 'json_answer');
  t.equal(toolsOf(ours.json)!.toolChoice, undefined);
  t.match(ours.json['system'], [{ text: /json_answer/ }]);
  t.match(fieldsOf(ours.json), { thinking: { type: 'enabled' } });
});

t.test('Claude by budget does not think where calls without thinking are being answered', async (t) => {
  const reasoning = { effort: 'low', budgetTokens: null, visible: null } as const;
  const thought = { type: 'reasoning', text: 'Hm', seal: { issuer: 'anthropic', value: 's' } } as const;
  const thinks = (turns: readonly Turn[], model = legacy) =>
    'thinking' in fieldsOf(encode(say({ turns, reasoning }), model).json);
  t.equal(thinks(loop), false);
  t.equal(thinks(loop, adaptive), true);
  t.equal(thinks([loop[0]!, answer(thought, call('c1')), loop[2]!]), true);
  t.equal(
    thinks([...loop, answer(text('Rain')), user(text('And now?'))]),
    true,
    'an older loop does not matter',
  );
  const second = [loop[0]!, answer(thought, call('c1')), loop[2]!, answer(call('c2')), user(result('c2'))];
  t.equal(thinks(second), true, 'thinking stands at the start of a loop');
});
