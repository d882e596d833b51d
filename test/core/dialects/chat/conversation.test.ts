import t from 'tap';
import { chatConversation } from '../../../../core/dialects/chat/conversation.ts';
import { chatDialect } from '../../../../core/dialects/chat/dialect.ts';
import type { Chunk } from '../../../../sdk/chunk.ts';
import type { Json, JsonObject } from '../../../../sdk/json.ts';

const user: JsonObject = { role: 'user', content: 'Hi' };
const ask = (more: JsonObject) => chatConversation({ model: 'm', messages: [user], ...more }, null);
const talk = (messages: readonly Json[], home: string | null = null) =>
  chatConversation({ model: 'm', messages }, home);
const text = (value: string) => ({ type: 'text', text: value });
const png = 'iVBORw0KGgoAAAANSUhEUg==';
const refused = (body: JsonObject) => {
  try {
    ask(body);
  } catch (error) {
    return error;
  }
  return null;
};

t.test('instructions at the start are the system, later ones are turns', async (t) => {
  const { system, turns } = talk([
    { role: 'system', content: 'A' },
    {
      role: 'developer',
      content: [{ type: 'text', text: 'B', cache_control: { type: 'ephemeral', ttl: '1h' } }],
    },
    user,
    { role: 'system', content: 'C', cache_control: { type: 'ephemeral' } },
    { role: 'system', content: '' },
  ]);
  t.same(system, [text('A'), { ...text('B'), cache: { ttl: '1h' } }]);
  t.same(turns, [
    { role: 'user', blocks: [text('Hi')] },
    { role: 'system', blocks: [{ ...text('C'), cache: { ttl: null } }] },
  ]);
});

t.test('content is read whatever its parts', async (t) => {
  const [turn] = talk([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } },
        { type: 'text', text: '' },
        { type: 'image_url', image_url: { url: 'https://x/y.png', detail: 'low' } },
        { type: 'image_url', image_url: { url: `data:image/webp;base64,${png}`, detail: 'auto' } },
        { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
        { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0x' } },
        { type: 'file', file: { file_id: 'file-1' } },
        { type: 'file', file: { filename: 'n.txt', file_data: `data:text/plain;base64,${btoa('hello')}` } },
        { type: 'video_url', video_url: { url: 'https://x/y.mp4' } },
      ],
    },
  ]).turns;
  t.same(turn?.blocks, [
    { ...text('a'), cache: { ttl: null } },
    { type: 'image', source: { kind: 'url', url: 'https://x/y.png' }, detail: 'low' },
    { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: png } },
    { type: 'audio', data: 'AAAA', format: 'wav' },
    {
      type: 'document',
      name: 'a.pdf',
      source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0x' },
    },
    { type: 'document', name: '', source: { kind: 'file', id: 'file-1' } },
    { type: 'document', name: 'n.txt', source: { kind: 'text', text: 'hello' } },
    {
      type: 'native',
      dialect: 'chat',
      name: 'video_url',
      value: { type: 'video_url', video_url: { url: 'https://x/y.mp4' } },
    },
  ]);
});

t.test('calls and results become turns, consecutive results one', async (t) => {
  const { turns } = talk([
    user,
    {
      role: 'assistant',
      content: null,
      refusal: null,
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
        { id: 'b', type: 'function', function: { name: 'g', arguments: { y: 2 } } },
        { id: 'c', type: 'custom', custom: { name: 'patch', input: 'diff' } },
      ],
    },
    { role: 'tool', tool_call_id: 'a', content: 'one' },
    {
      role: 'tool',
      tool_call_id: 'b',
      content: [{ type: 'text', text: 'two' }],
      cache_control: { type: 'x' },
    },
    { role: 'tool', tool_call_id: 'c', content: '' },
    { role: 'assistant', content: '' },
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'Done' },
        { type: 'refusal', refusal: 'No' },
      ],
    },
  ]);
  t.same(turns.slice(1), [
    {
      role: 'assistant',
      blocks: [
        { type: 'tool_call', id: 'a', name: 'f', arguments: '{"x":1}' },
        { type: 'tool_call', id: 'b', name: 'g', arguments: '{"y":2}' },
        { type: 'tool_call', id: 'c', name: 'patch', arguments: '{"input":"diff"}' },
      ],
    },
    {
      role: 'user',
      blocks: [
        { type: 'tool_result', callId: 'a', content: [text('one')], isError: false },
        { type: 'tool_result', callId: 'b', content: [text('two')], isError: false, cache: { ttl: null } },
        { type: 'tool_result', callId: 'c', content: [], isError: false },
      ],
    },
    { role: 'assistant', blocks: [text('Done'), { type: 'refusal', text: 'No' }] },
  ]);
});

t.test('calls without ids get some, the same every time, and their results with them', async (t) => {
  const legacy = [
    user,
    { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
    { role: 'function', name: 'f', content: 'r' },
  ];
  const ids = (messages: readonly Json[]) =>
    talk(messages).turns.flatMap(({ blocks }) =>
      blocks.flatMap((it) => (it.type === 'tool_call' ? it.id : it.type === 'tool_result' ? it.callId : [])),
    );
  t.same(ids(legacy), ['call_1_0', 'call_1_0']);
  const nameless = (name: string) => ({ id: '', function: { name, arguments: '' } });
  t.same(
    ids([
      user,
      { role: 'assistant', tool_calls: [nameless('f'), nameless('g')] },
      { role: 'tool', name: 'g', content: '2' },
      { role: 'tool', tool_call_id: '', content: '1' },
    ]),
    ['call_1_0', 'call_1_1', 'call_1_1', 'call_1_0'],
  );
  t.same(ids([user, { role: 'tool', content: 'x' }]), ['call_none_1'], 'an orphan stays one');
});

const reasoned = (message: JsonObject, home: string | null = null) =>
  talk([{ role: 'assistant', content: 'Hi', ...message }], home).turns[0]?.blocks.filter(
    (it) => it.type !== 'text' || it.seal !== undefined,
  );

t.test('earlier reasoning is taken back in every form', async (t) => {
  const format = 'anthropic-claude-v1';
  const signed = { type: 'reasoning', text: 'why', seal: { issuer: 'anthropic', value: 'S' } };
  const hidden = { type: 'reasoning', text: '', seal: { issuer: 'anthropic', value: 'E' }, redacted: true };
  t.same(
    reasoned({
      reasoning: 'why',
      reasoning_details: [
        { type: 'reasoning.text', text: 'why', signature: 'S', format, index: 0 },
        { type: 'reasoning.encrypted', data: 'E', format, index: 1 },
      ],
    }),
    [signed, hidden],
  );
  t.same(
    reasoned({
      reasoning_details: [
        { type: 'reasoning.text', text: 'w', format, index: 0 },
        { type: 'reasoning.text', text: 'hy', index: 0 },
        { type: 'reasoning.text', signature: 'S', format, index: 0 },
        { type: 'reasoning.encrypted', data: 'E', format, index: 1 },
      ],
    }),
    [signed, hidden],
    'pieces of a stream',
  );
  t.same(
    reasoned({
      reasoning: 'why',
      reasoning_details: [{ type: 'reasoning.text', signature: 'S', format, index: 0 }],
    }),
    [signed],
    'the last piece only',
  );
  t.same(
    reasoned({
      reasoning_content: 'why',
      thinking_blocks: [
        { type: 'thinking', thinking: 'why', signature: 'S' },
        { type: 'redacted_thinking', data: 'E' },
      ],
    }),
    [signed, hidden],
    'LiteLLM',
  );
  t.same(reasoned({ reasoning_content: 'why' }), [{ type: 'reasoning', text: 'why' }]);
  t.same(reasoned({ reasoning: 'why', reasoning_details: [] }), [{ type: 'reasoning', text: 'why' }]);
  t.same(
    reasoned({
      reasoning_details: [
        { type: 'reasoning.summary', summary: 'sum', format: 'openai-responses-v1', index: 0 },
        { type: 'reasoning.encrypted', data: 'E', id: 'rs_1', format: 'openai-responses-v1', index: 0 },
      ],
    }),
    [
      {
        type: 'reasoning',
        text: 'sum',
        seal: { issuer: 'openai', value: 'E' },
        redacted: true,
        id: 'rs_1',
      },
    ],
  );
});

t.test('blocks of reasoning stay apart', async (t) => {
  const format = 'anthropic-claude-v1';
  const part = (index: number | null, more: JsonObject) => ({
    type: 'reasoning.text',
    format,
    ...(index === null ? undefined : { index }),
    ...more,
  });
  const texts = (details: readonly JsonObject[]) =>
    (reasoned({ reasoning_details: details }) ?? []).map((it) =>
      it.type === 'reasoning' ? [it.text, it.seal?.value ?? null] : it,
    );
  const one = { text: 'a', signature: '1' };
  const two = { text: 'b', signature: '2' };
  const both = [
    ['a', '1'],
    ['b', '2'],
  ];
  t.same(texts([part(0, one), part(0, two)]), both, 'a signature ends a block, whatever its index');
  t.same(texts([part(null, one), part(null, two)]), both);
  t.same(texts([part(0, { text: 'a' }), part(1, two)]), [['a', null], both[1]], 'unsigned, then signed');
  t.same(texts([part(null, { text: 'a' }), part(null, { signature: '1' })]), [both[0]]);
});

t.test('reasoning of an unknown format is the home vendor’s', async (t) => {
  const issuer = (format: Json, home: string | null) => {
    const [block] =
      reasoned({ reasoning_details: [{ type: 'reasoning.text', signature: 'S', format }] }, home) ?? [];
    return block?.type === 'reasoning' ? block.seal?.issuer : undefined;
  };
  t.equal(issuer(null, 'minimax'), 'minimax');
  t.equal(issuer('brand-new-v1', 'minimax'), 'minimax');
  t.equal(issuer(null, null), 'openai');
  t.equal(issuer('sluice-acme', 'minimax'), 'acme');
});

t.test('seals of calls come from Google’s place or from a detail with the call’s id', async (t) => {
  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
  const google = { google: { thought_signature: 'T' } };
  const block = { type: 'tool_call', id: 'c', name: 'f', arguments: '{}' };
  t.same(reasoned({ content: null, tool_calls: [{ ...call, extra_content: google }] }), [
    { ...block, seal: { issuer: 'google', value: 'T' } },
  ]);
  t.same(
    reasoned({
      content: null,
      tool_calls: [call],
      reasoning_details: [{ type: 'reasoning.encrypted', data: 'E', id: 'c', format: 'google-gemini-v1' }],
    }),
    [{ ...block, seal: { issuer: 'google', value: 'E' } }],
  );
  t.same(reasoned({ extra_content: google }), [{ ...text('Hi'), seal: { issuer: 'google', value: 'T' } }]);
  t.same(reasoned({ content: null, tool_calls: [call], extra_content: google }), [
    { ...block, seal: { issuer: 'google', value: 'T' } },
  ]);
});

t.test('an answer that the gateway wrote comes back as it was', async (t) => {
  const chunks: Chunk[] = [
    { type: 'reasoning', choice: 0, text: 'why' },
    { type: 'seal', choice: 0, of: 'reasoning', seal: { issuer: 'anthropic', value: 'S' } },
    { type: 'seal', choice: 0, of: 'redacted', seal: { issuer: 'anthropic', value: 'E' } },
    { type: 'text', choice: 0, text: 'Hi' },
    { type: 'seal', choice: 0, of: 'text', seal: { issuer: 'acme', value: 'X' } },
    { type: 'tool_call', choice: 0, index: 0, id: 'c', name: 'f', arguments: '{}' },
    { type: 'seal', choice: 0, of: 'call', seal: { issuer: 'acme', value: 'C' }, call: 0 },
    { type: 'finish', choice: 0, reason: 'tool_calls' },
  ];
  const codec = chatDialect.codec({ id: 'r', createdAtMs: 0, model: 'm', vendor: 'anthropic' });
  const body = JSON.parse(codec.synthesizeWhole(chunks)) as { choices: { message: Json }[] };
  t.same(talk([body.choices[0]!.message]).turns[0]?.blocks, [
    { type: 'reasoning', text: 'why', seal: { issuer: 'anthropic', value: 'S' } },
    { type: 'reasoning', text: '', seal: { issuer: 'anthropic', value: 'E' }, redacted: true },
    { ...text('Hi'), seal: { issuer: 'acme', value: 'X' } },
    { type: 'tool_call', id: 'c', name: 'f', arguments: '{}', seal: { issuer: 'acme', value: 'C' } },
  ]);
});

t.test('tools and their choice', async (t) => {
  const parameters = { type: 'object', properties: {} };
  const f = { type: 'function', function: { name: 'f', description: 'F', parameters, strict: true } };
  const g = { type: 'function', function: { name: 'g' }, cache_control: { type: 'ephemeral' } };
  const custom = { type: 'custom', custom: { name: 'patch' } };
  const read = ask({ tools: [f, g, custom], functions: [{ name: 'h' }], web_search_options: {} });
  t.same(read.tools, [
    { name: 'f', description: 'F', schema: parameters, strict: true },
    { name: 'g', description: '', schema: {}, strict: null, cache: { ttl: null } },
    { name: 'h', description: '', schema: {}, strict: null },
  ]);
  t.same(read.nativeTools, [
    { dialect: 'chat', name: 'custom', value: custom },
    { dialect: 'chat', name: 'web_search_options', value: {} },
  ]);
  const choice = (more: JsonObject) => ask({ tools: [f, g], ...more }).toolChoice;
  t.equal(choice({}), null);
  for (const type of ['auto', 'none', 'required']) t.same(choice({ tool_choice: type }), { type });
  t.same(choice({ tool_choice: f }), { type: 'tool', name: 'f' });
  t.same(choice({ function_call: { name: 'f' } }), { type: 'tool', name: 'f' });
  t.same(choice({ function_call: 'none' }), { type: 'none' });
  const allowed = { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [g] } };
  const some = ask({ tools: [f, g], tool_choice: allowed });
  t.same([some.toolChoice, some.tools.map((it) => it.name)], [{ type: 'required' }, ['g']]);
});

t.test('parameters have their places, and what has none is extra', async (t) => {
  t.match(
    ask({
      stream: true,
      stream_options: {},
      max_tokens: 5,
      max_completion_tokens: 7,
      temperature: 0,
      top_p: 0.5,
      top_k: 3,
      seed: 1,
      presence_penalty: 0.1,
      frequency_penalty: 0.2,
      logprobs: true,
      top_logprobs: 2,
      n: 2,
      stop: 'x',
      user: 'u',
      parallel_tool_calls: false,
      safety_identifier: 's',
      service_tier: 'flex',
      modalities: ['text', 'audio'],
      audio: { voice: 'x' },
      store: null,
      models: ['other'],
    }),
    {
      maxOutputTokens: 7,
      temperature: 0,
      topP: 0.5,
      topK: 3,
      seed: 1,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      logprobs: 2,
      count: 2,
      stop: ['x'],
      user: 'u',
      parallelToolCalls: false,
      dialect: 'chat',
    },
  );
  const { extra } = ask({ service_tier: 'flex', user: 'u', safety_identifier: 's', store: null, model: 'x' });
  t.same(extra, { service_tier: 'flex', safety_identifier: 's' });
  t.same(ask({ modalities: ['text'] }).extra, {});
  t.equal(ask({ safety_identifier: 's' }).user, 's');
  t.same(ask({ messages: [{ ...user, name: 'bob' }] }).extra, { name: 'bob' });
  t.equal(ask({ logprobs: false, top_logprobs: 2 }).logprobs, null);
  t.same(ask({ stop: null }).stop, []);
});

t.test('reasoning is asked for in OpenAI’s or OpenRouter’s words', async (t) => {
  const read = (more: JsonObject) => {
    const it = ask(more).reasoning;
    return it === null ? null : [it.effort, it.budgetTokens, it.visible];
  };
  t.equal(read({}), null);
  t.same(read({ reasoning_effort: 'high' }), ['high', null, null]);
  t.same(read({ reasoning: { max_tokens: 2000, exclude: true } }), [null, 2000, false]);
  t.same(read({ reasoning: { enabled: true } }), ['medium', null, null]);
  t.same(read({ reasoning: { enabled: false } }), ['none', null, null]);
  t.same(read({ reasoning: { effort: 'low' }, reasoning_effort: 'high' }), ['low', null, null]);
  t.same(read({ include_reasoning: true }), [null, null, true]);
  t.equal(read({ reasoning: {} }), null);
});

t.test('the answer’s form', async (t) => {
  const output = (format: Json) => ask({ response_format: format }).output;
  t.equal(output(null), null);
  t.equal(output({ type: 'text' }), null);
  t.same(output({ type: 'json_object' }), { type: 'json' });
  t.same(
    output({ type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' }, strict: true } }),
    {
      type: 'schema',
      name: 'n',
      description: '',
      schema: { type: 'object' },
      strict: true,
    },
  );
});

t.test('what nobody could be asked is refused, naming the field', async (t) => {
  for (const [body, param] of [
    [{ messages: 'x' }, 'messages'],
    [{ messages: [{ role: 'bot', content: '' }] }, 'messages[0].role'],
    [
      { messages: [{ role: 'system', content: [{ type: 'image_url', image_url: 'https://x' }] }] },
      'messages[0].content',
    ],
    [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages[0].content[0].text'],
    [
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'ftp://x' } }] }] },
      'messages[0].content[0].image_url.url',
    ],
    [{ messages: [{ role: 'user', content: [{ type: 'file', file: {} }] }] }, 'messages[0].content[0].file'],
    [{ tools: [{ type: 'function', function: {} }] }, 'tools[0].function.name'],
    [{ tool_choice: 'maybe' }, 'tool_choice'],
    [{ temperature: 'hot' }, 'temperature'],
    [{ stop: [1] }, 'stop[0]'],
    [{ reasoning_effort: 'extreme' }, 'reasoning_effort'],
    [{ response_format: { type: 'grammar' } }, 'response_format.type'],
    [{ parallel_tool_calls: 1 }, 'parallel_tool_calls'],
  ] as const) {
    t.match(refused(body as JsonObject), { status: 400, param }, JSON.stringify(body));
  }
});
