import t from 'tap';
import type { Block, Conversation, Tool, Turn } from '../../../../sdk/conversation.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import { context, encoded } from './ollama.ts';

const text = (value: string): Block => ({ type: 'text', text: value });
const user = (...blocks: Block[]): Turn => ({ role: 'user', blocks });
const image = (data = 'iVBORw0KGgo'): Block => ({
  type: 'image',
  source: { kind: 'base64', mediaType: 'image/png', data },
});
const weather: Tool = {
  name: 'get_weather',
  description: 'Weather of a city',
  schema: { $schema: 'x', type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: null,
};
const call = (id: string, city: string): Block => ({
  type: 'tool_call',
  id,
  name: 'get_weather',
  arguments: `{"city":"${city}"}`,
});
const messages = (given: Partial<Conversation>) => encoded(given).body['messages'];

t.test('the smallest request says whether to stream and that nothing may be cut', async (t) => {
  t.strictSame(encoded().body, {
    model: 'qwen3:8b',
    messages: [{ role: 'user', content: 'Hi' }],
    stream: false,
    truncate: false,
  });
  t.equal(encoded({}, { to: context('m', { stream: true }) }).body['stream'], true);
});

t.test('parameters go into options, and the configuration adds its own', async (t) => {
  const { body, dropped } = encoded(
    {
      maxOutputTokens: 100,
      temperature: 0,
      topP: 0.9,
      topK: 40,
      seed: 7,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      stop: ['END'],
      extra: {
        min_p: 0.05,
        repetition_penalty: 1.1,
        service_tier: 'flex',
        logit_bias: {},
        num_ctx: 99,
        store: null,
      },
    },
    { options: { num_ctx: 32_768, keep_alive: '30m', truncate: true } },
  );
  t.strictSame(body['options'], {
    num_ctx: 32_768,
    num_predict: 100,
    temperature: 0,
    top_p: 0.9,
    top_k: 40,
    seed: 7,
    presence_penalty: 0.1,
    frequency_penalty: 0.2,
    stop: ['END'],
    min_p: 0.05,
    repeat_penalty: 1.1,
  });
  t.match(body, { keep_alive: '30m', truncate: true });
  t.strictSame(dropped, ['service_tier', 'num_ctx'], 'clients do not choose what the server loads');
});

t.test('instructions, a tool call and its result keep their order and find each other', async (t) => {
  const result = messages({
    system: [
      { type: 'text', text: 'Be brief.' },
      { type: 'text', text: 'Be kind.' },
    ],
    turns: [
      user(text('Weather?')),
      { role: 'assistant', blocks: [text('Let me see.'), call('call_1', 'Oslo'), call('call_2', 'Rome')] },
      user(
        {
          type: 'tool_result',
          callId: 'call_1',
          content: [{ type: 'text', text: '5 degrees' }],
          isError: false,
        },
        {
          type: 'tool_result',
          callId: 'call_2',
          content: [{ type: 'text', text: 'no such city' }],
          isError: true,
        },
        text('And?'),
      ),
      { role: 'system', blocks: [text('Answer in French.')] },
    ],
  });
  t.strictSame(result, [
    { role: 'system', content: 'Be brief.\n\nBe kind.' },
    { role: 'user', content: 'Weather?' },
    {
      role: 'assistant',
      content: 'Let me see.',
      tool_calls: [
        { id: 'call_1', function: { name: 'get_weather', arguments: { city: 'Oslo' } } },
        { id: 'call_2', function: { name: 'get_weather', arguments: { city: 'Rome' } } },
      ],
    },
    { role: 'tool', content: '5 degrees', tool_name: 'get_weather', tool_call_id: 'call_1' },
    { role: 'tool', content: 'Error: no such city', tool_name: 'get_weather', tool_call_id: 'call_2' },
    { role: 'user', content: 'And?' },
    { role: 'system', content: 'Answer in French.' },
  ]);
});

t.test('arguments that are no JSON do not break a conversation', async (t) => {
  const calls = (text: string) =>
    messages({
      turns: [{ role: 'assistant', blocks: [{ type: 'tool_call', id: 'c', name: 'f', arguments: text }] }],
    });
  t.match(calls(''), [{ content: '', tool_calls: [{ function: { arguments: {} } }] }]);
  t.match(calls('{"a'), [{ tool_calls: [{ function: { arguments: { __raw__: '{"a' } } }] }]);
});

t.test('reasoning goes back as thinking unless it is signed, by whomever', async (t) => {
  const turn = (block: Partial<Block>): Partial<Conversation> => ({
    turns: [
      { role: 'assistant', blocks: [{ type: 'reasoning', text: 'Hm.', ...block } as Block, text('4')] },
    ],
  });
  t.match(encoded(turn({})).body['messages'], [{ role: 'assistant', content: '4', thinking: 'Hm.' }]);
  for (const issuer of ['anthropic', 'openai', 'qwen']) {
    const { body, dropped } = encoded(turn({ seal: { issuer, value: 'x' } }));
    t.strictSame(body['messages'], [{ role: 'assistant', content: '4' }]);
    t.strictSame(dropped, ['reasoning']);
  }
  t.strictSame(
    messages({ turns: [{ role: 'assistant', blocks: [{ type: 'reasoning', text: 'Hm.' }] }] }),
    [],
  );
});

t.test('images are bare base64 with its padding, in the place where they stood', async (t) => {
  t.strictSame(messages({ turns: [user(text('What?'), image('aGk'))] }), [
    { role: 'user', content: 'What?', images: ['aGk='] },
  ]);
  t.strictSame(
    messages({ turns: [user(text('A:'), image('AAAA'), text('B:'), image('BBBB'), text('Same?'))] }),
    [
      { role: 'user', content: 'A:' },
      { role: 'user', content: 'B:', images: ['AAAA'] },
      { role: 'user', content: 'Same?', images: ['BBBB'] },
    ],
  );
  const detailed: Block = {
    type: 'image',
    source: { kind: 'base64', mediaType: '', data: 'AAAA' },
    detail: 'high',
  };
  t.strictSame(encoded({ turns: [user(detailed)] }).dropped, ['image detail']);
});

t.test('images of a tool result follow it, named', async (t) => {
  const shot: Block = {
    type: 'tool_result',
    callId: 'call_1',
    content: [text('Done'), image('AAAA')] as never,
    isError: false,
  };
  t.strictSame(
    messages({ turns: [{ role: 'assistant', blocks: [call('call_1', 'Oslo')] }, user(shot, text('So?'))] }),
    [
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'call_1', function: { name: 'get_weather', arguments: { city: 'Oslo' } } }],
      },
      { role: 'tool', content: 'Done', tool_name: 'get_weather', tool_call_id: 'call_1' },
      { role: 'user', content: 'Images of the result of get_weather:', images: ['AAAA'] },
      { role: 'user', content: 'So?' },
    ],
  );
});

t.test('documents go as text where they are text', async (t) => {
  const document = (source: JsonObject): Block => ({
    type: 'document',
    name: 'notes.txt',
    source: source as never,
  });
  t.match(messages({ turns: [user(document({ kind: 'text', text: 'Buy milk' }))] }), [
    { content: 'notes.txt:\nBuy milk' },
  ]);
  const data = Buffer.from('Buy milk').toString('base64');
  t.match(messages({ turns: [user(document({ kind: 'base64', mediaType: 'text/plain', data }))] }), [
    { content: 'notes.txt:\nBuy milk' },
  ]);
});

t.test('tools are offered with schemas that Ollama reads', async (t) => {
  const { body, dropped } = encoded({
    tools: [{ ...weather, strict: true, cache: { ttl: null } }],
    parallelToolCalls: false,
  });
  t.strictSame(body['tools'], [
    {
      type: 'function',
      function: {
        name: 'get_weather',
        description: 'Weather of a city',
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      },
    },
  ]);
  t.strictSame(dropped, ['strict', 'cache_control', 'parallel_tool_calls']);
  t.notOk(
    'tools' in encoded({ tools: [weather], toolChoice: { type: 'none' } }).body,
    'none: they are not offered',
  );
  t.ok('tools' in encoded({ tools: [weather], toolChoice: { type: 'auto' } }).body);
});

t.test(
  'with tools_stream off, answers are asked for whole where tools are offered, and only there',
  async (t) => {
    const to = context('m', { stream: true });
    const options = { tools_stream: false };
    t.equal(encoded({ tools: [weather] }, { options, to }).body['stream'], false);
    t.equal(encoded({}, { options, to }).body['stream'], true);
    t.equal(encoded({ tools: [weather] }, { to }).body['stream'], true);
  },
);

t.test('JSON is asked for by format', async (t) => {
  const schema = { type: 'object', properties: { name: { type: 'string' } } };
  t.equal(encoded({ output: { type: 'json' } }).body['format'], 'json');
  const output = { type: 'schema', name: 'city', description: '', schema, strict: true } as const;
  t.strictSame(encoded({ output }).body['format'], schema);
  t.throws(() => encoded({ output, tools: [weather] }), {
    code: 'unsupported_parameter',
    param: 'response_format',
  });
  t.strictSame(
    encoded({ output, tools: [weather] }, { options: { format_with_tools: true } }).body['format'],
    schema,
  );
  t.strictSame(encoded({ output, tools: [weather], toolChoice: { type: 'none' } }).body['format'], schema);
});

t.test('think is a word, true or false, or nothing, as the model takes it', async (t) => {
  const think = (model: string, effort: string | null, preset?: boolean | 'low') => {
    const reasoning = effort === null ? null : { effort: effort as never, budgetTokens: null, visible: null };
    const options = preset === undefined ? {} : { think: preset };
    const { body, dropped } = encoded({ reasoning }, { to: context(model), options });
    return [body['think'], ...dropped];
  };
  t.strictSame(think('qwen3:8b', null), [undefined]);
  t.strictSame(think('qwen3:8b', null, false), [false]);
  t.strictSame(think('qwen3:8b', 'none'), [false]);
  t.strictSame(think('qwen3:8b', 'high'), [true, 'reasoning_effort'], 'how much cannot be said');
  t.strictSame(think('gpt-oss:20b', 'medium'), ['medium']);
  t.strictSame(think('gpt-oss:20b', 'xhigh'), ['high', 'reasoning_effort']);
  t.strictSame(think('gpt-oss:20b', 'none'), ['low', 'reasoning_effort'], 'it cannot be turned off');
  t.strictSame(think('gpt-oss:20b', null, 'low'), ['low']);
  t.strictSame(think('llama3.2', 'high'), [undefined, 'reasoning_effort'], 'it would be refused');
  t.strictSame(think('llama3.2', 'none'), [undefined]);
  t.strictSame(think('deepseek-r1:8b', 'low'), [true, 'reasoning_effort']);
  const budget = { effort: null, budgetTokens: 4096, visible: null };
  t.strictSame(encoded({ reasoning: budget, dialect: 'messages' }).dropped, ['thinking']);
  t.equal(encoded({ reasoning: budget }, { to: context('gpt-oss') }).body['think'], 'medium');
  const unsaid = { effort: null, budgetTokens: null, visible: true };
  t.equal(encoded({ reasoning: unsaid }).body['think'], true);
});

t.test('what changes no meaning is left out and named', async (t) => {
  const cached: Block = { type: 'text', text: 'Hi', cache: { ttl: '1h' } };
  const native: Block = { type: 'native', dialect: 'messages', name: 'web_search_tool_result', value: {} };
  const { dropped } = encoded({ turns: [user(cached, cached, native)], logprobs: 3, user: 'u1' });
  t.strictSame(dropped, ['cache_control', 'web_search_tool_result', 'logprobs', 'user']);
});

t.test('what would change the meaning is refused, with advice', async (t) => {
  const refused: [string, Partial<Conversation>][] = [
    ['n', { count: 2 }],
    ['tools', { nativeTools: [{ dialect: 'messages', name: 'web_search', value: {} }] }],
    ['tool_choice', { tools: [weather], toolChoice: { type: 'required' } }],
    ['tool_choice', { tools: [weather], toolChoice: { type: 'tool', name: 'get_weather' } }],
    ['messages', { turns: [user({ type: 'image', source: { kind: 'url', url: 'https://x.test/a.png' } })] }],
    ['messages', { turns: [user({ type: 'image', source: { kind: 'file', id: 'file_1' } })] }],
    ['messages', { turns: [user({ type: 'audio', data: 'AAAA', format: 'wav' })] }],
    [
      'messages',
      {
        turns: [
          user({
            type: 'document',
            name: '',
            source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi' },
          }),
        ],
      },
    ],
  ];
  for (const [param, given] of refused) {
    t.throws(
      () => encoded(given),
      { code: 'unsupported_parameter', status: 400, param, message: /; .+\.$/ },
      param,
    );
  }
});
