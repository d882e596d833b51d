import t from 'tap';
import { messagesConversation } from '../../../../core/dialects/messages/conversation.ts';
import { messagesWire } from '../../../../core/dialects/messages/wire.ts';
import type { Block, Conversation, Turn } from '../../../../sdk/conversation.ts';
import { isJsonObject, type JsonObject } from '../../../../sdk/json.ts';
import type { Target } from '../../../../sdk/target.ts';
import { emptyConversation } from '../../../../sdk/testing/conversation.ts';
import type { ModelTraits } from '../../../../sdk/traits.ts';
import { messagesCases, skipCases } from './fixture-cases.ts';

const target: Target = {
  id: 'p/claude',
  provider: 'p',
  kind: 'anthropic',
  model: 'claude',
  vendor: 'anthropic',
  tier: 'standard',
  region: '',
  weight: 1,
};
const empty: Conversation = {
  ...emptyConversation,
  turns: [{ role: 'user', blocks: [{ type: 'text', text: 'hi' }] }],
};
const f = { name: 'f', description: '', schema: {}, strict: null };

function encode(more: Partial<Conversation>, traits: ModelTraits = {}, stream = false) {
  const encoded = messagesWire.encode({ ...empty, ...more }, { target, stream, traits, requestId: 'req_1' });
  return { ...encoded, body: JSON.parse(encoded.body) as JsonObject & { messages: JsonObject[] } };
}
const body = (more: Partial<Conversation>, traits: ModelTraits = {}) => encode(more, traits).body;
const turns = (...list: readonly (readonly [Turn['role'], ...Block[]])[]): Partial<Conversation> => ({
  turns: list.map(([role, ...blocks]) => ({ role, blocks })),
});
const text = (value: string): Block => ({ type: 'text', text: value });
const call = (id: string): Block => ({ type: 'tool_call', id, name: 'f', arguments: '{"x":1}' });
const result = (callId: string, value = 'r'): Block => ({
  type: 'tool_result',
  callId,
  content: value === '' ? [] : [{ type: 'text', text: value }],
  isError: false,
});

t.test('a plain request', async (t) => {
  t.same(body({}), {
    model: 'claude',
    max_tokens: 4096,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
  });
  t.equal(encode({}, {}, true).body['stream'], true);
});

t.test('the same conversation gives the same bytes', async (t) => {
  const conversation = { ...empty, tools: [f], stop: ['a'], temperature: 0.5, user: 'u' };
  const context = { target, stream: true, traits: {}, requestId: 'req_1' };
  t.equal(
    messagesWire.encode(conversation, context).body,
    messagesWire.encode({ ...conversation }, context).body,
  );
});

t.test('the output limit is the client’s, the model’s, or a usual one', async (t) => {
  t.equal(body({ maxOutputTokens: 10 })['max_tokens'], 10);
  t.equal(body({}, { maxOutputTokens: 64_000 })['max_tokens'], 64_000);
  t.equal(body({ maxOutputTokens: 100_000 }, { maxOutputTokens: 8192 })['max_tokens'], 8192);
});

t.test('sampling goes as far as the model takes it', async (t) => {
  const asked = { temperature: 1.5, topP: 0.5, topK: 3 };
  t.match(body(asked), { temperature: 1, top_p: 0.5, top_k: 3 });
  const one = encode(asked, { temperatureWithTopP: false });
  t.equal(one.body['top_p'], undefined);
  t.same(one.dropped, ['top_p']);
  t.same(encode(asked, { sampling: false }).dropped, ['temperature', 'top_p', 'top_k']);
  const thinking = { effort: 'low', budgetTokens: null, visible: null } as const;
  const thought = encode({ ...asked, temperature: 0.2, reasoning: thinking });
  t.same(thought.dropped, ['temperature', 'top_p', 'top_k']);
  t.same(encode({ temperature: 1, topP: 0.96, reasoning: thinking }).dropped, []);
  const rest = { seed: 1, presencePenalty: 1, frequencyPenalty: 1, logprobs: 2, extra: { store: true } };
  t.same(encode(rest).dropped, ['store', 'seed', 'presence_penalty', 'frequency_penalty', 'logprobs']);
  t.match(body({ stop: ['\n', 'END'], user: 'u' }), { stop_sequences: ['END'], metadata: { user_id: 'u' } });
});

t.test('thinking is asked for in the words that the model takes', async (t) => {
  const want = (effort: 'none' | 'low' | 'high' | 'xhigh' | null, budgetTokens: number | null = null) => ({
    reasoning: { effort, budgetTokens, visible: null },
  });
  t.match(body({ ...want('low'), maxOutputTokens: 1000 }), {
    thinking: { type: 'enabled', budget_tokens: 2048 },
    max_tokens: 3048,
  });
  t.match(body({ ...want(null, 500) }), { thinking: { budget_tokens: 1024 }, max_tokens: 4096 });
  t.match(body({ ...want('high'), maxOutputTokens: 4000 }, { maxOutputTokens: 8000 }), {
    thinking: { budget_tokens: 4000 },
    max_tokens: 8000,
  });
  t.match(body(want('none')), { thinking: { type: 'disabled' } });
  const adaptive = { reasoning: 'adaptive' } as const;
  t.match(body(want('xhigh'), adaptive), {
    thinking: { type: 'adaptive' },
    output_config: { effort: 'high' },
  });
  t.match(body(want(null, 1000), adaptive), { output_config: { effort: 'low' } });
  t.same(body(want(null), adaptive)['output_config'], undefined);
  t.match(body(want('none'), adaptive), { thinking: { type: 'disabled' } });
  t.match(body({ reasoning: { effort: null, budgetTokens: null, visible: true } }, adaptive), {
    thinking: { display: 'summarized' },
  });
  t.same(encode(want('high', 2000)).dropped, ['effort'], 'a budget says more');
  const never = encode(want('low'), { reasoning: 'none' });
  t.equal(never.body['thinking'], undefined);
  t.same(never.dropped, ['reasoning_effort']);
});

t.test('a forced tool beats thinking, which cannot go with it', async (t) => {
  const reasoning = { effort: 'low', budgetTokens: null, visible: null } as const;
  const forced = encode({ tools: [f], toolChoice: { type: 'required' }, reasoning });
  t.match(forced.body, { thinking: { type: 'disabled' }, tool_choice: { type: 'any' } });
  t.same(forced.dropped, ['reasoning_effort']);
});

t.test('a tool loop that began without thinking goes on without', async (t) => {
  const reasoning = { effort: 'low', budgetTokens: null, visible: null } as const;
  const signed: Block = { type: 'reasoning', text: 'hm', seal: { issuer: 'anthropic', value: 's' } };
  const loop = (...first: Block[]) => ({
    reasoning,
    tools: [f],
    ...turns(
      ['user', text('q')],
      ['assistant', ...first, call('a')],
      ['user', result('a')],
      ['assistant', call('b')],
      ['user', result('b')],
    ),
  });
  t.match(body(loop())['thinking'], { type: 'disabled' });
  t.match(body(loop(signed))['thinking'], { type: 'enabled' });
  t.match(body(loop(), { reasoning: 'adaptive' })['thinking'], { type: 'adaptive' });
  const over = {
    reasoning,
    tools: [f],
    ...turns(['assistant', call('a')], ['user', result('a')], ['assistant', text('x')], ['user', text('q')]),
  };
  t.match(body(over)['thinking'], { type: 'enabled' });
});

t.test('only the issuer gets its reasoning back', async (t) => {
  const reason = (issuer?: string, redacted = false): Block => ({
    type: 'reasoning',
    text: redacted ? '' : 'hm',
    redacted,
    ...(issuer === undefined ? undefined : { seal: { issuer, value: 's' } }),
  });
  const { body, dropped } = encode(
    turns(
      ['user', text('q')],
      ['assistant', reason('anthropic'), reason('anthropic', true), reason('openai'), reason(), text('a')],
      ['user', text('q')],
    ),
  );
  t.same(body.messages[1]?.['content'], [
    { type: 'thinking', thinking: 'hm', signature: 's' },
    { type: 'redacted_thinking', data: 's' },
    { type: 'text', text: 'a' },
  ]);
  t.same(dropped, ['reasoning']);
  const gone = encode(turns(['user', text('q')], ['assistant', reason()], ['user', text('r')]));
  t.equal(gone.body.messages.length, 1, 'a turn that is left empty goes, and its neighbours join');
});

t.test('turns alternate, results first, and calls keep their arguments', async (t) => {
  const { messages } = body({
    tools: [f],
    ...turns(
      ['user', text('q')],
      ['assistant', text(''), call('bad id'), { type: 'tool_call', id: 'b', name: 'f', arguments: 'oops' }],
      ['user', text('and'), result('b', ''), result('bad id')],
      ['assistant', text('done  \n')],
    ),
  });
  const id = ((messages[1] as JsonObject)['content'] as JsonObject[])[0]?.['id'];
  t.match(String(id), /^toolu_/);
  t.same(messages.slice(1), [
    {
      role: 'assistant',
      content: [
        { type: 'tool_use', id, name: 'f', input: { x: 1 } },
        { type: 'tool_use', id: 'b', name: 'f', input: { __raw__: 'oops' } },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: id, content: [{ type: 'text', text: 'r' }] },
        { type: 'tool_result', tool_use_id: 'b' },
        { type: 'text', text: 'and' },
      ],
    },
    { role: 'assistant', content: [{ type: 'text', text: 'done' }] },
  ]);
});

t.test('instructions in the middle stay there, as the model takes them', async (t) => {
  const mid = turns(
    ['user', text('q')],
    ['assistant', text('a')],
    ['user', text('r')],
    ['system', text('s')],
  );
  t.same(body(mid).messages.at(-1), {
    role: 'user',
    content: [
      { type: 'text', text: 'r' },
      { type: 'text', text: '<system>\ns\n</system>' },
    ],
  });
  t.same(body(mid, { midSystem: true }).messages.slice(-2), [
    { role: 'user', content: [{ type: 'text', text: 'r' }] },
    { role: 'system', content: [{ type: 'text', text: 's' }] },
  ]);
  t.same(body({ system: [{ type: 'text', text: 's' }], turns: [] }), {
    model: 'claude',
    max_tokens: 4096,
    messages: [{ role: 'user', content: [{ type: 'text', text: 's' }] }],
  });
});

t.test('tools, their names and their choice', async (t) => {
  const odd = {
    ...f,
    name: 'my tool',
    description: 'd',
    schema: { $schema: 'x', properties: {} },
    strict: true,
  };
  const { body: out, toolNames } = encode({
    tools: [odd],
    toolChoice: { type: 'tool', name: 'my tool' },
    parallelToolCalls: false,
  });
  const [name] = Object.keys(toolNames ?? {});
  t.same(toolNames, { [String(name)]: 'my tool' });
  t.same(out['tools'], [
    {
      name,
      description: 'd',
      input_schema: { type: 'object', properties: {}, additionalProperties: false },
      strict: true,
    },
  ]);
  t.same(out['tool_choice'], { type: 'tool', name, disable_parallel_tool_use: true });
  t.same(body({ tools: [f], parallelToolCalls: false })['tool_choice'], {
    type: 'auto',
    disable_parallel_tool_use: true,
  });
  t.same(body({ tools: [f], toolChoice: { type: 'none' } })['tool_choice'], { type: 'none' });
  t.equal(body({ toolChoice: { type: 'auto' } })['tool_choice'], undefined, 'no choice without tools');
  const refuses = { toolChoiceNone: false };
  t.equal(body({ tools: [f], toolChoice: { type: 'none' } }, refuses)['tools'], undefined);
  const history = turns(['assistant', call('a')], ['user', result('a')]);
  const kept = body({ tools: [f], toolChoice: { type: 'none' }, ...history }, refuses);
  t.match(kept, { tools: [{ name: 'f' }], system: [{ text: /Do not use any tool/ }] });
  t.match(body(history), { tools: [{ name: 'f' }], tool_choice: { type: 'none' } }, 'calls need their tools');
});

t.test('tools that the provider runs', async (t) => {
  const own = { dialect: 'messages', name: 'bash_20250124', value: { type: 'bash_20250124', name: 'bash' } };
  t.same(body({ nativeTools: [own] })['tools'], [own.value]);
  const search = {
    type: 'web_search',
    filters: { allowed_domains: ['a.org'] },
    user_location: { type: 'approximate', city: 'Oslo' },
  };
  const want = {
    type: 'web_search_20250305',
    name: 'web_search',
    allowed_domains: ['a.org'],
    user_location: { type: 'approximate', city: 'Oslo' },
  };
  t.same(body({ nativeTools: [{ dialect: 'responses', name: 'web_search', value: search }] })['tools'], [
    want,
  ]);
  const options = { user_location: { type: 'approximate', approximate: { city: 'Oslo' } } };
  t.match(body({ extra: { web_search_options: options } })['tools'], [
    { name: 'web_search', user_location: want.user_location },
  ]);
  t.throws(() => body({ nativeTools: [{ dialect: 'responses', name: 'file_search', value: {} }] }), {
    code: 'unsupported_parameter',
    param: 'tools',
    message: /file_search/,
  });
});

t.test('JSON in the form that the model knows', async (t) => {
  const schema = { type: 'object', properties: { a: { type: 'integer', minimum: 1 } } };
  const output = { type: 'schema', name: 'n', description: '', schema, strict: null } as const;
  t.same(body({ output })['output_config'], {
    format: {
      type: 'json_schema',
      schema: {
        type: 'object',
        properties: { a: { type: 'integer', description: '(minimum: 1)' } },
        additionalProperties: false,
      },
    },
  });
  const tool = { structuredOutput: 'tool' } as const;
  const forced = encode({ output }, tool);
  t.equal(forced.answerTool, 'json_answer');
  t.match(forced.body, {
    tools: [{ name: 'json_answer', input_schema: schema }],
    tool_choice: { type: 'tool', name: 'json_answer', disable_parallel_tool_use: true },
  });
  t.match(body({ output, tools: [f] }, tool), { tools: [{}, {}], tool_choice: { type: 'any' } });
  const reasoning = { effort: 'low', budgetTokens: null, visible: null } as const;
  t.match(body({ output, reasoning }, tool), {
    thinking: { type: 'enabled' },
    tool_choice: { type: 'auto' },
    system: [{ text: /json_answer/ }],
  });
  t.match(body({ output }, { structuredOutput: 'json' })['system'], [{ text: /"minimum":1/ }]);
  t.match(body({ output: { type: 'json' } })['system'], [{ text: /JSON/ }]);
});

t.test('pictures and documents', async (t) => {
  const image = (source: object, more = {}) => ({ type: 'image', source, ...more }) as Block;
  const document = (source: object) => ({ type: 'document', source, name: 'n' }) as Block;
  const user = (...blocks: Block[]) => turns(['user', ...blocks]);
  const { body: out, dropped } = encode(
    user(
      image({ kind: 'base64', mediaType: 'image/png', data: 'AAAA' }, { detail: 'high' }),
      image({ kind: 'url', url: 'https://a/b' }, { detail: 'auto' }),
      document({ kind: 'base64', mediaType: 'application/pdf', data: 'AAAA' }),
      document({ kind: 'base64', mediaType: 'text/csv', data: 'YSxi' }),
    ),
  );
  t.same(out.messages[0]?.['content'], [
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
    { type: 'image', source: { type: 'url', url: 'https://a/b' } },
    { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' }, title: 'n' },
    { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a,b' }, title: 'n' },
  ]);
  t.same(dropped, ['image detail']);
  const refused: Block[] = [
    image({ kind: 'base64', mediaType: 'image/bmp', data: 'AAAA' }),
    image({ kind: 'file', id: 'file-1' }),
    document({ kind: 'base64', mediaType: 'application/zip', data: 'AAAA' }),
    { type: 'audio', data: 'AAAA', format: 'wav' },
    { type: 'native', dialect: 'responses', name: 'input_thing', value: {} },
  ];
  for (const block of refused)
    t.throws(() => body(user(block)), { code: 'unsupported_parameter', status: 400 }, block.type);
  t.throws(() => body({ count: 2 }), { code: 'unsupported_parameter', param: 'n' });
  t.same(body({ ...user(image({ kind: 'file', id: 'f1' })), dialect: 'messages' }).messages[0]?.['content'], [
    { type: 'image', source: { type: 'file', file_id: 'f1' } },
  ]);
  const searched: Block = { type: 'native', dialect: 'responses', name: 'web_search_call', value: {} };
  t.same(
    encode(turns(['user', text('q')], ['assistant', searched, text('a')], ['user', text('q')])).dropped,
    ['web_search_call'],
  );
});

t.test('at most four cache marks are sent, and none that outlasts the one before', async (t) => {
  const cache = { ttl: null };
  const { body: out, dropped } = encode({
    system: [{ type: 'text', text: 's', cache: { ttl: '1h' } }],
    tools: [{ ...f, cache }],
    ...turns([
      'user',
      ...Array.from({ length: 4 }, (_, index) => ({
        type: 'text' as const,
        text: `${index}`,
        cache: { ttl: '1h' },
      })),
    ]),
  });
  const ephemeral = { type: 'ephemeral' };
  t.match(out['tools'], [{ cache_control: ephemeral }]);
  t.same(out['system'], [{ type: 'text', text: 's', cache_control: ephemeral }]);
  t.same(out.messages[0]?.['content'], [
    { type: 'text', text: '0' },
    { type: 'text', text: '1' },
    { type: 'text', text: '2', cache_control: ephemeral },
    { type: 'text', text: '3', cache_control: ephemeral },
  ]);
  t.same(dropped, ['cache_control']);
  t.match(body({ system: [{ type: 'text', text: 's', cache: { ttl: '1h' } }] })['system'], [
    { cache_control: { type: 'ephemeral', ttl: '1h' } },
  ]);
});

t.test('what a server refuses is left out and named', async (t) => {
  const { body, dropped } = encode({ user: 'u', topK: 1 }, { refuses: ['metadata', 'top_k', 'speed'] });
  t.equal(body['metadata'], undefined);
  t.same(dropped, ['metadata', 'top_k']);
});

t.test('pings reach whoever translates', async (t) => {
  const decoder = messagesWire.decoder({ target, stream: true, traits: {}, requestId: 'req_1' });
  t.equal(decoder.decodeEvent('{"type":"ping"}', 'ping').kind, 'ping');
  t.equal(decoder.decodeEvent('{"type":"news"}', 'news').kind, 'ignore');
});

/** A body in its plainest form: what can be said in several ways is said in one. */
function plain(body: JsonObject): unknown {
  const { stream, tool_choice: choice, ...rest } = body;
  const messages = (rest['messages'] as JsonObject[]).map(({ role, content }) => ({
    role,
    content: blocks(content),
  }));
  return {
    ...rest,
    messages,
    ...(stream === true ? { stream } : undefined),
    ...(rest['system'] === undefined ? undefined : { system: blocks(rest['system']) }),
    ...(choice === undefined ? undefined : { tool_choice: choice }),
    ...(Array.isArray(rest['tools'])
      ? {
          tools: (rest['tools'] as JsonObject[]).map(({ description, ...tool }) =>
            description ? { ...tool, description } : tool,
          ),
        }
      : undefined),
  };
}

function blocks(content: unknown): unknown {
  if (!Array.isArray(content)) return [{ type: 'text', text: content }];
  return (content as JsonObject[]).map(({ is_error: failed, content: inner, ...block }) => ({
    ...block,
    ...(failed === true ? { is_error: true } : undefined),
    ...(inner === undefined ? undefined : { content: blocks(inner) }),
  }));
}

t.test(
  'a recorded request that is translated into its own dialect means the same',
  { skip: skipCases },
  async (t) => {
    for (const { name, api, request } of messagesCases()) {
      if (request === null || api !== 'messages' || name === 'error-400-effort') continue;
      const body = JSON.parse(request.toString()) as JsonObject;
      const { thinking } = body;
      const traits: ModelTraits = {
        midSystem: true,
        reasoning: isJsonObject(thinking) && thinking['type'] === 'adaptive' ? 'adaptive' : 'budget',
        efforts: ['low', 'medium', 'high', 'xhigh', 'max'],
      };
      const context = {
        target: { ...target, model: String(body['model']) },
        stream: body['stream'] === true,
        traits,
        requestId: 'req_1',
      };
      const encoded = messagesWire.encode(messagesConversation(body, null), context);
      t.same(plain(JSON.parse(encoded.body) as JsonObject), plain(body), name);
      t.same(encoded.dropped, [], name);
    }
  },
);
