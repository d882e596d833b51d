import t from 'tap';
import type { OpenAiOptions } from '../../../../plugins/providers/openai/options.ts';
import { profileAt, profileNames, profiles } from '../../../../plugins/providers/openai/profiles.ts';
import { openAiProvider } from '../../../../plugins/providers/openai/provider.ts';
import { providerOf } from '../ask.ts';

const provider = (options: OpenAiOptions = {}) => providerOf(openAiProvider, options);
const traits = (profile: OpenAiOptions['profile'], model: string) =>
  provider({ profile: profile! }).traits!(model);

t.test('a known server is known by its address', async (t) => {
  const addresses = [
    ['https://api.openai.com/v1', 'openai'],
    ['https://eu.api.openai.com/v1', 'openai'],
    ['https://openrouter.ai/api/v1', 'openrouter'],
    ['https://api.mistral.ai/v1', 'mistral'],
    ['https://api.groq.com/openai/v1', 'groq'],
    ['https://api.deepseek.com', 'deepseek'],
    ['https://api.x.ai/v1', 'xai'],
    ['https://generativelanguage.googleapis.com/v1beta/openai/', 'gemini'],
    ['https://api.together.xyz/v1', 'together'],
    ['http://localhost:11434/v1', 'ollama'],
    ['http://127.0.0.1:8000/v1', 'generic'],
    ['https://api.openai.com.example/v1', 'generic'],
    ['https://notopenrouter.ai/v1', 'generic'],
    ['nonsense', 'generic'],
  ] as const;
  for (const [address, name] of addresses) t.equal(profileAt(address), name, address);
});

t.test('every profile gives traits for any model', async (t) => {
  for (const name of profileNames) {
    for (const model of ['', 'gpt-5.2', 'claude-opus-4-8', 'some/Model:free', 'o3']) {
      t.ok(traits(name, model), `${name} ${model}`);
    }
    t.ok(profiles[name].apis.length > 0);
  }
});

t.test('OpenAI itself offers responses, any other server is asked for it', async (t) => {
  const openai = provider();
  t.equal(openai.dialect('chat', 'gpt-4o'), 'chat');
  t.equal(openai.dialect('responses', 'gpt-4o'), 'responses');
  t.equal(openai.dialect('messages', 'gpt-4o'), 'chat');
  t.equal(openai.dialect('count_tokens', 'gpt-4o'), 'input_tokens');
  const other = provider({ base_url: 'http://127.0.0.1:8000/v1' });
  t.equal(other.dialect('responses', 'm'), 'responses');
  t.equal(other.dialect('messages', 'm'), 'chat');
  t.equal(other.dialect('completions', 'm'), 'completions');
  t.equal(other.dialect('count_tokens', 'm'), 'input_tokens', 'until it shows that it cannot');
});

t.test('what is offered is spoken, and translated into the nearest otherwise', async (t) => {
  const messages = provider({ base_url: 'http://h/v1', apis: ['messages', 'chat'] });
  t.equal(messages.dialect('messages', 'm'), 'messages');
  t.equal(messages.dialect('responses', 'm'), 'chat');
  const responses = provider({ base_url: 'http://h/v1', apis: ['responses'] });
  t.equal(responses.dialect('chat', 'm'), 'responses');
  t.equal(responses.dialect('messages', 'm'), 'responses');
  t.equal(responses.dialect('count_tokens', 'm'), null, 'only OpenAI counts there');
  const only = provider({ base_url: 'http://h/v1', apis: ['messages'] });
  t.equal(only.dialect('chat', 'm'), 'messages');
  const embeddings = provider({ apis: ['embeddings'] });
  t.equal(embeddings.dialect('embeddings', 'm'), 'embeddings');
  for (const api of ['chat', 'responses', 'messages', 'completions', 'count_tokens'] as const) {
    t.equal(embeddings.dialect(api, 'm'), null, api);
  }
});

t.test('models that live on the Responses API are asked there', async (t) => {
  const { dialect } = provider();
  const only = [
    'gpt-5-codex',
    'gpt-5.1-codex-max',
    'codex-mini-latest',
    'o1-pro',
    'o3-pro-2025-06-10',
    'gpt-5-pro',
    'gpt-5.5-pro-2026-04-23',
    'o3-deep-research',
    'o4-mini-deep-research-2025-06-26',
    'computer-use-preview',
  ];
  for (const model of only) {
    t.equal(dialect('chat', model), 'responses', model);
    t.equal(dialect('messages', model), 'responses', model);
  }
  for (const model of ['gpt-5', 'o3', 'gpt-4.1-mini', 'gpt-5.2', 'gpt-5.1-chat-latest']) {
    t.equal(dialect('messages', model), 'chat', model);
    t.equal(dialect('chat', model), 'chat', model);
  }
  // Tools with reasoning are refused on chat: what is translated goes where they are not.
  for (const model of ['gpt-5.4-mini', 'gpt-5.6-terra', 'gpt-6']) {
    t.equal(dialect('messages', model), 'responses', model);
    t.equal(dialect('chat', model), 'chat', model);
  }
  t.equal(
    provider({ apis: ['chat'] }).dialect('messages', 'gpt-5-codex'),
    'chat',
    'not where it is not offered',
  );
});

t.test("OpenAI's models take what they are known to take", async (t) => {
  t.match(traits('openai', 'gpt-4o'), { reasoning: 'none', streamUsage: true });
  t.equal(traits('openai', 'gpt-4o').sampling, undefined);
  t.match(traits('openai', 'gpt-4-turbo'), { structuredOutput: 'json' });
  t.match(traits('openai', 'o3-mini'), {
    limitField: 'max_completion_tokens',
    systemRole: 'developer',
    sampling: false,
    efforts: ['low', 'medium', 'high'],
  });
  t.ok(traits('openai', 'o3-mini').refuses?.includes('parallel_tool_calls'));
  t.notOk(traits('openai', 'gpt-5').refuses?.includes('parallel_tool_calls'));
  const efforts = [
    ['gpt-5', 'minimal,low,medium,high'],
    ['gpt-5-mini-2025-08-07', 'minimal,low,medium,high'],
    ['gpt-5.1', 'none,low,medium,high'],
    ['gpt-5.2-2025-12-11', 'none,low,medium,high,xhigh'],
    ['gpt-5.6-sol', 'none,low,medium,high,xhigh,max'],
    ['gpt-7', 'none,low,medium,high,xhigh,max'],
    ['gpt-5-codex', 'low,medium,high'],
    ['gpt-5.1-codex-max', 'low,medium,high,xhigh'],
    ['gpt-5-pro', 'high'],
    ['gpt-5.4-pro', 'medium,high,xhigh'],
    ['o3-deep-research', 'medium'],
    ['ft:o4-mini-2025-04-16:acme::1', 'low,medium,high'],
  ] as const;
  for (const [model, expected] of efforts) t.equal(traits('openai', model).efforts?.join(), expected, model);
  t.match(traits('openai', 'gpt-5-chat-latest'), { reasoning: 'none', sampling: true });
  t.match(traits('openai', 'gpt-4o-search-preview'), { sampling: false });
});

t.test('compatible servers are spared what they refuse', async (t) => {
  t.match(traits('mistral', 'mistral-large-latest'), { limitField: 'max_tokens', streamUsage: false });
  for (const name of ['store', 'metadata', 'seed', 'user']) {
    t.ok(traits('mistral', 'm').refuses?.includes(name), name);
  }
  t.equal(provider({ profile: 'mistral' }).streamUsage, false);
  t.match(traits('groq', 'llama-3.3-70b-versatile'), { structuredOutput: 'json', reasoning: 'none' });
  t.match(traits('groq', 'openai/gpt-oss-120b'), { structuredOutput: 'native', reasoning: 'effort' });
  t.match(traits('deepseek', 'deepseek-chat'), {
    structuredOutput: 'json',
    reasoningReplay: 'reasoning_content',
  });
  t.match(traits('xai', 'grok-4.3'), { reasoning: 'effort', efforts: ['none', 'low', 'medium', 'high'] });
  t.ok(traits('xai', 'grok-4-0709').refuses?.includes('stop'));
  t.equal(traits('xai', 'grok-4-0709').reasoning, 'none');
  t.notOk(traits('xai', 'grok-4-fast-non-reasoning').refuses?.includes('stop'));
  t.ok(traits('gemini', 'gemini-2.5-pro').refuses?.includes('seed'));
  t.match(traits('generic', 'qwen3-32b'), { limitField: 'max_tokens', reasoning: 'none' });
  t.match(traits('generic', 'openai/gpt-5'), { limitField: 'max_completion_tokens', reasoning: 'effort' });
  t.equal(traits('generic', 'openai/gpt-5').systemRole, undefined);
});

t.test(
  'OpenRouter is asked with its own reasoning object, and Claude keeps its cache marks there',
  async (t) => {
    t.match(traits('openrouter', 'anthropic/claude-sonnet-4.5'), {
      reasoning: 'openrouter',
      reasoningReplay: 'reasoning_details',
      cacheMarks: true,
      limitField: 'max_tokens',
    });
    t.equal(traits('openrouter', 'google/gemini-2.5-pro').cacheMarks, true);
    t.equal(traits('openrouter', 'openai/gpt-5').cacheMarks, undefined);
  },
);

t.test('the configuration has the last word', async (t) => {
  const own = provider({
    base_url: 'http://127.0.0.1:8000/v1',
    profile: 'vllm',
    stream_usage: false,
    traits: {
      reasoning_replay: 'reasoning_content',
      structured_output: 'json',
      refuses: ['seed'],
      limit_field: 'max_completion_tokens',
    },
  });
  t.equal(own.streamUsage, false);
  t.match(own.traits!('qwen3'), {
    streamUsage: false,
    reasoning: 'effort',
    reasoningReplay: 'reasoning_content',
    structuredOutput: 'json',
    refuses: ['seed'],
    limitField: 'max_completion_tokens',
  });
});
