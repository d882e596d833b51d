import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { chatConversation } from '../../../../core/dialects/chat/conversation.ts';
import { chatWire } from '../../../../core/dialects/chat/wire.ts';
import type { Block, Conversation, Turn } from '../../../../sdk/conversation.ts';
import type { Json, JsonObject } from '../../../../sdk/json.ts';
import { emptyConversation } from '../../../../sdk/testing/conversation.ts';
import type { ModelTraits } from '../../../../sdk/traits.ts';
import type { WireContext } from '../../../../sdk/wire.ts';

const context = (traits: ModelTraits = {}, vendor = 'openai', stream = false): WireContext => ({
  target: {
    id: 'p/m',
    provider: 'p',
    kind: 'openai',
    model: 'm',
    vendor,
    tier: 'standard',
    region: '',
    weight: 1,
  },
  stream,
  traits,
  requestId: 'req_1',
});
const user = (...blocks: Block[]): Turn => ({ role: 'user', blocks });
const assistant = (...blocks: Block[]): Turn => ({ role: 'assistant', blocks });
const text = (value: string, more: object = {}): Block => ({ type: 'text', text: value, ...more });
const call = (id: string, args = '{}', more: object = {}): Block => ({
  type: 'tool_call',
  id,
  name: 'f',
  arguments: args,
  ...more,
});
const result = (
  callId: string,
  content: (Block & { type: 'text' | 'image' | 'document' })[],
  more: object = {},
): Block => ({
  type: 'tool_result',
  callId,
  content,
  isError: false,
  ...more,
});
const said = (value: string) => text(value) as Block & { type: 'text' };

const empty: Conversation = { ...emptyConversation, dialect: 'messages', turns: [user(text('Hi'))] };
interface Written {
  readonly body: JsonObject;
  readonly dropped: readonly string[];
}
const write = (more: Partial<Conversation>, it: WireContext = context()): Written => {
  const encoded = chatWire.encode({ ...empty, ...more }, it);
  return { body: JSON.parse(encoded.body) as JsonObject, dropped: encoded.dropped };
};
const messages = (turns: readonly Turn[], it: WireContext = context(), more: Partial<Conversation> = {}) =>
  write({ turns, ...more }, it).body['messages'] as JsonObject[];
const refused = (more: Partial<Conversation>, it: WireContext = context()) => {
  try {
    chatWire.encode({ ...empty, ...more }, it);
  } catch (error) {
    return error;
  }
  return null;
};

t.test('a plain request has nothing in it that was not asked for', async (t) => {
  t.same(write({}).body, { model: 'm', messages: [{ role: 'user', content: 'Hi' }] });
  t.same(write({}, context({}, 'openai', true)).body, {
    model: 'm',
    messages: [{ role: 'user', content: 'Hi' }],
    stream: true,
    stream_options: { include_usage: true },
  });
  t.notOk('stream_options' in write({}, context({ streamUsage: false }, 'openai', true)).body);
});

t.test('instructions are one message, or parts where cache marks are kept', async (t) => {
  const system = [said('A'), { ...said('B'), cache: { ttl: '1h' } }];
  const plain = write({ system });
  t.same((plain.body['messages'] as Json[])[0], { role: 'system', content: 'A\n\nB' });
  t.same(plain.dropped, ['cache_control']);
  const kept = write({ system }, context({ cacheMarks: true, systemRole: 'developer' }));
  t.same((kept.body['messages'] as Json[])[0], {
    role: 'developer',
    content: [
      { type: 'text', text: 'A' },
      { type: 'text', text: 'B', cache_control: { type: 'ephemeral', ttl: '1h' } },
    ],
  });
  t.same(kept.dropped, []);
});

t.test('instructions in the middle keep their place, or become the user’s', async (t) => {
  const turns: Turn[] = [
    user(text('a')),
    assistant(call('c')),
    { role: 'system', blocks: [text('S')] },
    user(result('c', [said('r')]), text('b')),
  ];
  const kinds = (it: WireContext) => messages(turns, it).map(({ role, content }) => [role, content]);
  t.same(kinds(context()), [
    ['user', 'a'],
    ['assistant', null],
    ['tool', 'r'],
    ['system', 'S'],
    ['user', 'b'],
  ]);
  t.same(kinds(context({ midSystem: false })).slice(2), [
    ['tool', 'r'],
    [
      'user',
      [
        { type: 'text', text: '<system>\nS\n</system>' },
        { type: 'text', text: 'b' },
      ],
    ],
  ]);
});

t.test('results come first, each its own message, and their images follow with a label', async (t) => {
  const image = { type: 'image' as const, source: { kind: 'url' as const, url: 'https://x/y.png' } };
  const turns = [
    user(text('a')),
    assistant(text('Let me see.'), call('c1', ''), call('c2')),
    user(text('and?'), result('c2', [said('no'), said('way')], { isError: true }), result('c1', [image])),
  ];
  t.same(messages(turns).slice(1), [
    {
      role: 'assistant',
      content: 'Let me see.',
      tool_calls: [
        { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } },
        { id: 'c2', type: 'function', function: { name: 'f', arguments: '{}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'c1', content: "The result is in the user's next message." },
    { role: 'tool', tool_call_id: 'c2', content: 'Error: no\nway' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Result of f (c1):' },
        { type: 'image_url', image_url: { url: 'https://x/y.png' } },
        { type: 'text', text: 'and?' },
      ],
    },
  ]);
  t.match(messages([assistant(call('c')), user(result('c', []))])[1], { content: '' });
  t.match(refused({ turns: [user(result('x', []))] }), { status: 400, param: 'messages' });
});

t.test('ids that are too long are shortened alike for calls and results', async (t) => {
  const id = `toolu_${'x'.repeat(60)}`;
  const [ask, answer] = messages([assistant(call(id)), user(result(id, []))]);
  const [entry] = ask!['tool_calls'] as JsonObject[];
  t.match(entry!['id'], /^call_[0-9a-f]{35}$/);
  t.equal(answer!['tool_call_id'], entry!['id']);
});

t.test('media', async (t) => {
  const pdf = { kind: 'base64' as const, mediaType: 'application/pdf', data: 'JVBERi0x' };
  const parts = messages([
    user(
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'iVBO' }, detail: 'high' },
      { type: 'document', source: pdf, name: '' },
      { type: 'document', source: { kind: 'text', text: 'T' }, name: 'n.txt' },
      { type: 'audio', data: 'AAAA', format: 'wav' },
      { type: 'native', dialect: 'chat', name: 'video_url', value: { type: 'video_url' } },
    ),
  ])[0]?.['content'];
  t.same(parts, [
    { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO', detail: 'high' } },
    {
      type: 'file',
      file: { filename: 'document.pdf', file_data: 'data:application/pdf;base64,JVBERi0x' },
    },
    { type: 'text', text: 'n.txt:\n\nT' },
    { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
    { type: 'video_url' },
  ]);
  const file = { kind: 'file' as const, id: 'file_1' };
  for (const block of [
    { type: 'document', source: { kind: 'url', url: 'https://x/y.pdf' }, name: '' },
    { type: 'document', source: file, name: '' },
    { type: 'image', source: file },
    { type: 'native', dialect: 'messages', name: 'container_upload', value: {} },
  ] as const satisfies Block[]) {
    t.match(refused({ turns: [user(block)] }), { code: 'unsupported_parameter', param: 'messages' });
  }
  const own = write({ dialect: 'chat', turns: [user({ type: 'document', source: file, name: '' })] });
  t.match(own.body['messages'], [{ content: [{ type: 'file', file: { file_id: 'file_1' } }] }]);
});

const signed: Block = { type: 'reasoning', text: 'why', seal: { issuer: 'anthropic', value: 'S' } };
const encrypted: Block = {
  type: 'reasoning',
  text: 'sum',
  seal: { issuer: 'openai', value: 'E' },
  redacted: true,
  id: 'rs_1',
};

t.test('OpenRouter gets its vendor’s own reasoning back and nobody else’s', async (t) => {
  const turns = [user(text('a')), assistant(signed, encrypted, text('b'), call('c')), user(result('c', []))];
  const router = (vendor: string) =>
    write({ turns }, context({ reasoningReplay: 'reasoning_details' }, vendor));
  const claude = router('anthropic');
  t.same((claude.body['messages'] as JsonObject[])[1]?.['reasoning_details'], [
    { type: 'reasoning.text', text: 'why', signature: 'S', format: 'anthropic-claude-v1', index: 0 },
  ]);
  t.same(claude.dropped, ['reasoning']);
  t.same((router('openai').body['messages'] as JsonObject[])[1]?.['reasoning_details'], [
    { type: 'reasoning.summary', summary: 'sum', format: 'openai-responses-v1', index: 0 },
    { type: 'reasoning.encrypted', data: 'E', id: 'rs_1', format: 'openai-responses-v1', index: 0 },
  ]);
  const none = write({ turns });
  t.notOk(none.body['messages'] && JSON.stringify(none.body).includes('reasoning'));
  t.same(none.dropped, ['reasoning']);
  const acme: Block = { type: 'reasoning', text: 'x', seal: { issuer: 'acme', value: 'S' } };
  t.same(
    messages([assistant(acme)], context({ reasoningReplay: 'reasoning_details' }, 'acme'))[0]?.[
      'reasoning_details'
    ],
    [{ type: 'reasoning.text', text: 'x', signature: 'S', index: 0 }],
    'a format of the gateway’s own is not shown',
  );
});

t.test('DeepSeek gets plain reasoning back within the running tool loop', async (t) => {
  const why = (value: string): Block => ({ type: 'reasoning', text: value });
  const turns = [
    user(text('a')),
    assistant(why('old'), call('c1')),
    user(result('c1', []), text('b')),
    assistant(why('new'), signed, call('c2')),
    user(result('c2', [])),
  ];
  const { body, dropped } = write({ turns }, context({ reasoningReplay: 'reasoning_content' }, 'deepseek'));
  t.same(
    (body['messages'] as JsonObject[]).flatMap((it) => it['reasoning_content'] ?? []),
    ['new'],
  );
  t.same(dropped, ['reasoning'], 'the other vendor’s');
});

t.test('a turn of nothing but foreign reasoning is left out', async (t) => {
  t.same(messages([user(text('a')), assistant(signed), user(text('b'))]), [
    { role: 'user', content: 'a' },
    { role: 'user', content: 'b' },
  ]);
});

t.test('Google’s signatures go to Google’s models only', async (t) => {
  const seal = { issuer: 'google', value: 'T' };
  const turns = [user(text('a')), assistant(call('c', '{}', { seal }))];
  const entry = (it: WireContext) => (messages(turns, it)[1]!['tool_calls'] as JsonObject[])[0];
  t.same(entry(context({}, 'google'))?.['extra_content'], { google: { thought_signature: 'T' } });
  t.notOk('extra_content' in entry(context())!);
  const router = context({ reasoningReplay: 'reasoning_details' }, 'google');
  t.notOk('extra_content' in entry(router)!);
  t.same(messages(turns, router)[1]?.['reasoning_details'], [
    { type: 'reasoning.encrypted', data: 'T', id: 'c', format: 'google-gemini-v1', index: 0 },
  ]);
});

const tool = { name: 'f', description: 'F', schema: { type: 'object', $schema: 'x' }, strict: true };

t.test('tools go as they are, and odd names are mapped back', async (t) => {
  const odd = { name: 'a.b', description: '', schema: {}, strict: null, cache: { ttl: null } };
  const encoded = chatWire.encode(
    { ...empty, tools: [tool, odd], toolChoice: { type: 'tool', name: 'a.b' } },
    context(),
  );
  const body = JSON.parse(encoded.body) as JsonObject;
  const [name] = Object.keys(encoded.toolNames ?? {});
  t.same(body['tools'], [
    { type: 'function', function: { name: 'f', description: 'F', parameters: tool.schema, strict: true } },
    { type: 'function', function: { name, parameters: { type: 'object', properties: {} } } },
  ]);
  t.same(body['tool_choice'], { type: 'function', function: { name } });
  t.same(encoded.dropped, ['cache_control']);
});

t.test('how tools may be used', async (t) => {
  const choice = (more: Partial<Conversation>, it?: WireContext) => {
    const { body } = write({ tools: [tool], ...more }, it);
    return [body['tool_choice'], body['parallel_tool_calls'], body['tools'] !== undefined];
  };
  t.same(choice({}), [undefined, undefined, true]);
  t.same(choice({ toolChoice: { type: 'required' }, parallelToolCalls: false }), ['required', false, true]);
  t.same(choice({ toolChoice: { type: 'none' } }), ['none', undefined, true]);
  t.same(choice({ toolChoice: { type: 'none' } }, context({ toolChoiceNone: false })), [
    undefined,
    undefined,
    false,
  ]);
  t.same(choice({ tools: [], toolChoice: { type: 'auto' }, parallelToolCalls: true }), [
    undefined,
    undefined,
    false,
  ]);
  const single = context({ refuses: ['parallel_tool_calls'] });
  t.same(write({ tools: [tool], parallelToolCalls: false }, single).dropped, ['disable_parallel_tool_use']);
  t.same(write({ tools: [tool], parallelToolCalls: true }, single).dropped, []);
});

t.test('a web search is asked for in chat’s own way where the model has one', async (t) => {
  const native = (dialect: string, name: string, value: JsonObject) => ({
    nativeTools: [{ dialect, name, value }],
  });
  const search = native('messages', 'web_search_20250305', {
    type: 'web_search_20250305',
    name: 'web_search',
    max_uses: 3,
    user_location: { type: 'approximate', city: 'Oslo' },
  });
  const searches = context({ webSearch: true });
  const { body, dropped } = write(search, searches);
  t.same(body['web_search_options'], {
    user_location: { type: 'approximate', approximate: { city: 'Oslo' } },
  });
  t.same(dropped, ['max_uses']);
  t.same(
    write(native('responses', 'web_search', { type: 'web_search', search_context_size: 'low' }), searches)
      .body['web_search_options'],
    { search_context_size: 'low' },
  );
  t.match(refused(search, context({ webSearch: true, refuses: ['web_search_options'] })), { param: 'tools' });
  const limited = native('messages', 'web_search_1', { type: 'web_search_1', allowed_domains: ['x'] });
  t.match(refused(limited, searches), { message: /allowed_domains/ });
  t.match(refused(native('messages', 'bash_20250124', { type: 'bash_20250124' })), {
    code: 'unsupported_parameter',
    message: /bash_20250124/,
  });
  t.match(refused(search), { code: 'unsupported_parameter', param: 'tools' }, 'the only tool');
  const custom = { type: 'custom', custom: { name: 'patch' } };
  t.same(write(native('chat', 'custom', custom)).body['tools'], [custom]);
});

const schema = { type: 'object', properties: { a: { type: 'string' } } };
const output = { type: 'schema', name: '', description: '', schema, strict: true } as const;

t.test('JSON by schema, by whatever way the server has', async (t) => {
  t.same(write({ output }).body['response_format'], {
    type: 'json_schema',
    json_schema: { name: 'answer', schema, strict: true },
  });
  t.same(write({ output: { type: 'json' } }).body['response_format'], { type: 'json_object' });
  const json = write({ output }, context({ structuredOutput: 'json' }));
  t.same(json.body['response_format'], { type: 'json_object' });
  t.match((json.body['messages'] as JsonObject[])[0], { role: 'system', content: /"properties"/ });
  t.same(json.dropped, ['json_schema']);
  const forced = chatWire.encode({ ...empty, output }, context({ structuredOutput: 'tool' }));
  t.equal(forced.answerTool, 'answer');
  t.match(JSON.parse(forced.body), {
    tools: [{ function: { name: 'answer', parameters: schema } }],
    tool_choice: { type: 'function', function: { name: 'answer' } },
  });
  const clash = { ...tool, name: 'answer' };
  const beside = chatWire.encode({ ...empty, output, tools: [clash] }, context({ structuredOutput: 'tool' }));
  t.equal(beside.answerTool, 'answer_2');
  t.match(JSON.parse(beside.body), { tool_choice: 'required' });
  t.match(refused({ output }, context({ refuses: ['response_format'] })), { param: 'output_config' });
});

t.test('reasoning in the words of the server, and the nearest effort it has', async (t) => {
  const ask = (effort: 'none' | 'max' | 'low' | null, budgetTokens: number | null, traits: ModelTraits) => {
    const { body, dropped } = write({ reasoning: { effort, budgetTokens, visible: false } }, context(traits));
    return [body['reasoning_effort'] ?? body['reasoning'], dropped];
  };
  t.same(ask('max', null, {}), ['high', []]);
  t.same(ask(null, 4000, {}), ['medium', []]);
  t.same(ask('none', null, {}), [undefined, ['thinking']]);
  t.same(ask('none', null, { efforts: ['none', 'low'] }), ['none', []]);
  t.same(ask('low', null, { reasoning: 'none' }), [undefined, ['thinking']]);
  t.same(ask('none', null, { reasoning: 'none' }), [undefined, []]);
  const router: ModelTraits = { reasoning: 'openrouter' };
  t.same(ask(null, 4000, router), [{ max_tokens: 4000, exclude: true }, []]);
  t.same(ask('max', null, router), [{ effort: 'xhigh', exclude: true }, []]);
  t.same(ask('none', null, router), [{ effort: 'none', exclude: true }, []]);
  t.same(ask(null, null, router), [{ exclude: true }, []]);
});

t.test('limits and sampling by traits', async (t) => {
  t.match(write({ maxOutputTokens: 9 }).body, { max_completion_tokens: 9 });
  t.match(write({ maxOutputTokens: 9 }, context({ limitField: 'max_tokens', maxOutputTokens: 5 })).body, {
    max_tokens: 5,
  });
  const sampling = { temperature: 0.2, topP: 0.9, topK: 5 };
  t.same(write(sampling).dropped, ['top_k']);
  t.match(write(sampling).body, { temperature: 0.2, top_p: 0.9 });
  t.same(write(sampling, context({ sampling: false })).dropped, ['temperature', 'top_p', 'top_k']);
  t.same(write(sampling, context({ temperatureWithTopP: false })).dropped, ['top_p', 'top_k']);
  const stops = write({ stop: ['1', '2', '3', '4', '5'] });
  t.same([stops.body['stop'], stops.dropped], [['1', '2', '3', '4'], ['stop_sequences']]);
  t.match(write({ seed: 1, presencePenalty: 0, frequencyPenalty: 2, logprobs: 0, count: 2 }).body, {
    seed: 1,
    presence_penalty: 0,
    frequency_penalty: 2,
    logprobs: true,
    n: 2,
  });
  t.same(
    write({ seed: 1, logprobs: 2 }, context({ refuses: ['seed', 'logprobs', 'top_logprobs'] })).dropped,
    ['seed', 'logprobs', 'top_logprobs'],
  );
  t.match(refused({ count: 2 }, context({ refuses: ['n'] })), { param: 'n' });
  t.match(write({ user: 'u'.repeat(100) }).body['user'], /^user_[0-9a-f]{55}$/);
});

t.test('what has no place is kept where it means the same in this dialect', async (t) => {
  const extra = { service_tier: 'flex', metadata: { a: 'b' }, truncation: 'auto', nothing: null };
  const kept = write({ dialect: 'responses', extra });
  t.match(kept.body, { service_tier: 'flex', metadata: { a: 'b' } });
  t.same(kept.dropped, ['truncation']);
  t.same(write({ dialect: 'responses', extra }, context({ refuses: ['metadata'] })).dropped, [
    'metadata',
    'truncation',
  ]);
  t.same(write({ dialect: 'messages', extra }).dropped, ['service_tier', 'metadata', 'truncation']);
  const own = write({ dialect: 'chat', extra: { min_p: 0.1, name: 'bob' } });
  t.equal(own.body['min_p'], 0.1);
  t.same(own.dropped, ['name']);
  t.match(refused({ dialect: 'chat', extra: { modalities: ['text', 'audio'] } }), { param: 'modalities' });
});

t.test('the same conversation gives the same bytes', async (t) => {
  const body = {
    model: 'x',
    temperature: 0.5,
    messages: [
      { role: 'system', content: 'S' },
      { role: 'user', content: 'a' },
      { role: 'assistant', content: null, function_call: { name: 'f.g', arguments: '' } },
      { role: 'function', name: 'f.g', content: 'r' },
    ],
  };
  const once = () => chatWire.encode(chatConversation(structuredClone(body), null), context());
  t.same(once(), once());
});

t.test('every result is answered for, whatever the turns', async () => {
  const block = fc.oneof(
    fc.constantFrom<Block>(text('a'), text(''), call('c1'), call('c2', ''), signed),
    fc.constantFrom<Block>(text('b'), { type: 'refusal', text: 'no' }),
  );
  const turn = fc.oneof(
    fc.array(block, { maxLength: 4 }).map((blocks) => assistant(...blocks)),
    fc.constantFrom<Turn>(user(text('u')), user(), { role: 'system', blocks: [text('s')] }),
  );
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 6 }), fc.boolean(), (turns, midSystem) => {
      let count = 0;
      const unique = (it: Block): Block => (it.type === 'tool_call' ? { ...it, id: `c${count++}` } : it);
      turns = turns.map((it) => ({ ...it, blocks: it.blocks.map(unique) }));
      let open = new Set<string>();
      for (const message of messages(turns, context({ midSystem }))) {
        const { role, content, tool_calls: calls } = message;
        if (role === 'tool') {
          assert.ok(open.delete(message['tool_call_id'] as string), 'a result follows its call');
          continue;
        }
        assert.equal(open.size, 0, 'all results come before anything else');
        assert.ok(content !== undefined && (content !== null || calls !== undefined));
        open = new Set(((calls ?? []) as JsonObject[]).map(({ id }) => id as string));
      }
      assert.equal(open.size, 0);
    }),
  );
});

t.test('answers are read as the native codec reads them, with ids for calls that have none', async (t) => {
  const decoder = chatWire.decoder(context());
  const delta = (tool: JsonObject) =>
    decoder.decodeEvent(
      JSON.stringify({ id: 'x', model: 'real', choices: [{ index: 0, delta: { tool_calls: [tool] } }] }),
      '',
    ).chunks;
  t.match(delta({ index: 0, id: '', function: { name: 'f', arguments: '' } }), [
    { type: 'tool_call', id: 'call_req1_0_0', name: 'f' },
  ]);
  const [late] = delta({ index: 0, id: 'late', function: { arguments: '{}' } });
  t.same(late, { type: 'tool_call', choice: 0, index: 0, arguments: '{}' });
  t.match(delta({ index: 1, id: 'own', function: { name: 'g', arguments: '' } }), [{ id: 'own' }]);
  t.equal(decoder.model, 'real');
  t.equal(decoder.complete, false);
  decoder.decodeEvent('{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}', '');
  t.equal(decoder.complete, true);
  t.equal(decoder.decodeEvent('[DONE]', '').kind, 'done');
  const failed = chatWire.decoder(context()).decodeWhole({ error: { message: 'no', code: 429 } });
  t.match(failed, { kind: 'error', data: '{"error":{"message":"no","code":429}}' });
});
