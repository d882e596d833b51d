import t from 'tap';
import { responsesDialect } from '../../../../core/dialects/responses/dialect.ts';
import type { Block, Conversation, Turn } from '../../../../sdk/conversation.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import type { Target } from '../../../../sdk/target.ts';
import { emptyConversation } from '../../../../sdk/testing/conversation.ts';
import type { ModelTraits } from '../../../../sdk/traits.ts';

const target: Target = {
  id: 'p/gpt',
  provider: 'p',
  kind: 'openai',
  model: 'gpt-x',
  vendor: 'openai',
  tier: 'standard',
  region: '',
  weight: 1,
};
const empty: Conversation = emptyConversation;

function encode(conversation: Partial<Conversation>, traits: ModelTraits = {}, stream = false) {
  const context = { target, stream, traits, requestId: 'req_1' };
  const encoded = responsesDialect.wire!.encode({ ...empty, ...conversation }, context);
  return { ...encoded, body: JSON.parse(encoded.body) as JsonObject };
}
const user = (...blocks: Block[]): Turn => ({ role: 'user', blocks });
const assistant = (...blocks: Block[]): Turn => ({ role: 'assistant', blocks });
const text = (value: string): Block => ({ type: 'text', text: value });
const call = (id: string, args = '{}'): Block => ({ type: 'tool_call', id, name: 'f', arguments: args });
const hi = user(text('Hi'));
const input = (...turns: Turn[]) => encode({ turns }).body['input'];

t.test('a plain request stores nothing', async (t) => {
  const { body, dropped } = encode(
    {
      system: [
        { type: 'text', text: 'A' },
        { type: 'text', text: 'B' },
      ],
      turns: [hi],
    },
    {},
    true,
  );
  t.same(body, {
    model: 'gpt-x',
    instructions: 'A\n\nB',
    input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
    store: false,
    stream: true,
  });
  t.same(dropped, []);
});

t.test('instructions in the middle keep their place, in the role that the model takes', async (t) => {
  const turns: Turn[] = [hi, { role: 'system', blocks: [text('S')] }];
  const second = (traits: ModelTraits) => (encode({ turns }, traits).body['input'] as JsonObject[])[1];
  t.same(second({}), { role: 'system', content: 'S' });
  t.same(second({ systemRole: 'developer' }), { role: 'developer', content: 'S' });
  t.same(second({ midSystem: false }), { role: 'user', content: '<system>\nS\n</system>' });
  t.same(
    encode({ system: [{ type: 'text', text: 'A' }] }).body['input'],
    [{ role: 'system', content: 'A' }],
    'an input is demanded',
  );
});

t.test('calls and results are items, each call with a result', async (t) => {
  const result = (callId: string, isError = false): Block => ({
    type: 'tool_result',
    callId,
    content: [{ type: 'text', text: 'r' }],
    isError,
  });
  t.same(
    input(
      hi,
      assistant(text('x'), call('a', ''), call('b'), { type: 'refusal', text: 'no' }),
      user(result('b', true), text('y')),
    ),
    [
      { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'x' }] },
      { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
      { type: 'function_call', call_id: 'b', name: 'f', arguments: '{}' },
      { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] },
      {
        type: 'function_call_output',
        call_id: 'a',
        output: 'This call was not carried out; there is no result.',
      },
      { type: 'function_call_output', call_id: 'b', output: 'Error: r' },
      { role: 'user', content: [{ type: 'input_text', text: 'y' }] },
    ],
  );
  t.throws(() => input(user(result('z'))), { code: 'invalid_request', param: 'messages' });
  const long = 'toolu_'.repeat(20);
  const [first, second] = input(assistant(call(long)), user(result(long))) as JsonObject[];
  t.match(first?.['call_id'], /^call_[0-9a-f]{35}$/);
  t.equal(first?.['call_id'], second?.['call_id'], 'calls and results still find each other');
});

t.test('images, files and sounds, in messages and in results', async (t) => {
  const image: Block = {
    type: 'image',
    source: { kind: 'base64', mediaType: 'image/jpeg', data: 'AAAA' },
    detail: 'low',
  };
  t.match(
    input(
      user(
        image,
        { type: 'image', source: { kind: 'url', url: 'https://x' } },
        {
          type: 'document',
          name: '',
          source: { kind: 'base64', mediaType: 'application/pdf', data: 'AAAA' },
        },
        { type: 'document', name: 'n', source: { kind: 'url', url: 'https://x' } },
        { type: 'document', name: 'n.txt', source: { kind: 'text', text: 'T' } },
        { type: 'image', source: { kind: 'file', id: 'file-1' } },
        { type: 'audio', data: 'AAAA', format: 'wav' },
      ),
    ),
    [
      {
        content: [
          { type: 'input_image', image_url: 'data:image/jpeg;base64,AAAA', detail: 'low' },
          { type: 'input_image', image_url: 'https://x', detail: 'auto' },
          { type: 'input_file', filename: 'document.pdf', file_data: 'data:application/pdf;base64,AAAA' },
          { type: 'input_file', file_url: 'https://x' },
          { type: 'input_text', text: 'n.txt\n\nT' },
          { type: 'input_image', file_id: 'file-1' },
          { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
        ],
      },
    ],
  );
  const [, result] = input(
    assistant(call('a')),
    user({
      type: 'tool_result',
      callId: 'a',
      content: [{ type: 'text', text: 't' }, image as never],
      isError: true,
    }),
  ) as JsonObject[];
  t.match(result?.['output'], [{ text: 'Error:' }, { text: 't' }, { type: 'input_image' }]);
  t.throws(
    () =>
      encode({ dialect: 'messages', turns: [user({ type: 'image', source: { kind: 'file', id: 'f' } })] }),
    { code: 'unsupported_parameter' },
  );
});

t.test('reasoning goes back to its own vendor, before what it led to, and nowhere else', async (t) => {
  const block = (issuer: string, redacted = true): Block => ({
    type: 'reasoning',
    text: 's',
    seal: { issuer, value: 'enc' },
    redacted,
    id: 'rs_1',
  });
  const items = (...blocks: Block[]) => {
    const { body, dropped } = encode({ turns: [hi, assistant(...blocks)] });
    return [(body['input'] as JsonObject[])[1], dropped];
  };
  t.same(items(block('openai'), text('x')), [
    { type: 'reasoning', summary: [{ type: 'summary_text', text: 's' }], encrypted_content: 'enc' },
    [],
  ]);
  const message = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'x' }] };
  t.same(items(block('anthropic'), text('x')), [message, ['reasoning']]);
  t.same(items(block('openai', false), text('x')), [message, ['reasoning']], 'a signature is nothing to it');
  t.same(items({ type: 'reasoning', text: 'plain' }, text('x')), [message, ['reasoning']]);
  t.same(items(text('x'), block('openai')), [message, ['reasoning']], 'nothing follows it');
});

t.test('reasoning is asked for in words that the model takes', async (t) => {
  const wanted = { effort: 'xhigh' as const, budgetTokens: null, visible: true };
  const ask = (traits: ModelTraits, reasoning: Conversation['reasoning'] = wanted) => {
    const { body, dropped } = encode({ turns: [hi], reasoning }, traits);
    return [body['reasoning'], body['include'], dropped];
  };
  const include = ['reasoning.encrypted_content'];
  t.same(ask({ reasoning: 'effort' }), [{ effort: 'high', summary: 'auto' }, include, []]);
  t.same(ask({ reasoning: 'effort', efforts: ['xhigh'] }), [
    { effort: 'xhigh', summary: 'auto' },
    include,
    [],
  ]);
  t.same(ask({ reasoning: 'effort' }, null), [undefined, include, []]);
  t.same(ask({ reasoning: 'effort' }, { effort: null, budgetTokens: 4000, visible: null }), [
    { effort: 'medium' },
    include,
    [],
  ]);
  t.same(ask({}), [undefined, undefined, ['reasoning_effort']]);
  t.same(ask({}, { effort: 'none', budgetTokens: null, visible: null }), [undefined, undefined, []]);
  t.same(ask({ reasoning: 'effort' }, { effort: 'none', budgetTokens: null, visible: null }), [
    undefined,
    include,
    ['reasoning_effort'],
  ]);
});

t.test('tools are flat, and strict only where the client said so', async (t) => {
  const tool = { name: 'f', description: '', schema: {}, strict: null };
  const { body, toolNames } = encode({
    turns: [hi],
    tools: [
      tool,
      { ...tool, name: 'a.b', description: 'D', schema: { type: 'object', properties: {} }, strict: true },
    ],
    nativeTools: [
      { dialect: 'responses', name: 'mcp', value: { type: 'mcp', server_label: 'x' } },
      {
        dialect: 'messages',
        name: 'web_search_20250305',
        value: {
          type: 'web_search_20250305',
          name: 'web_search',
          allowed_domains: ['a.b'],
          user_location: { type: 'approximate', city: 'X' },
        },
      },
      {
        dialect: 'chat',
        name: 'web_search_options',
        value: { search_context_size: 'low', user_location: { approximate: { city: 'X' } } },
      },
    ],
    toolChoice: { type: 'tool', name: 'a.b' },
    parallelToolCalls: false,
  });
  const [safe] = Object.keys(toolNames ?? {});
  t.equal(toolNames?.[safe!], 'a.b');
  t.same(body['tools'], [
    { type: 'function', name: 'f', parameters: { type: 'object', properties: {} }, strict: false },
    {
      type: 'function',
      name: safe,
      description: 'D',
      parameters: { type: 'object', properties: {} },
      strict: true,
    },
    { type: 'mcp', server_label: 'x' },
    {
      type: 'web_search',
      filters: { allowed_domains: ['a.b'] },
      user_location: { type: 'approximate', city: 'X' },
    },
    { type: 'web_search', search_context_size: 'low', user_location: { type: 'approximate', city: 'X' } },
  ]);
  t.same(body['tool_choice'], { type: 'function', name: safe });
  t.equal(body['parallel_tool_calls'], false);
  t.notOk(
    'tools' in
      encode({ turns: [hi], tools: [tool], toolChoice: { type: 'none' } }, { toolChoiceNone: false }).body,
  );
});

t.test('JSON by schema is native, a forced tool, or JSON mode', async (t) => {
  const output = {
    type: 'schema' as const,
    name: '',
    description: 'D',
    schema: { type: 'object' },
    strict: true,
  };
  const format = (traits: ModelTraits) =>
    encode({ turns: [hi], output, extra: { verbosity: 'low' } }, traits);
  t.same(format({}).body['text'], {
    format: {
      type: 'json_schema',
      name: 'answer',
      description: 'D',
      schema: { type: 'object' },
      strict: true,
    },
    verbosity: 'low',
  });
  t.same(format({ structuredOutput: 'json' }).dropped, ['json_schema']);
  const tool = format({ structuredOutput: 'tool' });
  t.equal(tool.answerTool, 'json_answer');
  t.match(tool.body, {
    tools: [{ name: 'json_answer', strict: true }],
    tool_choice: { type: 'function', name: 'json_answer' },
  });
  t.same(encode({ turns: [hi], output: { type: 'json' } }).body['text'], { format: { type: 'json_object' } });
});

t.test('limits, sampling and the rest: sent, or dropped and named', async (t) => {
  const { body, dropped } = encode(
    {
      turns: [user({ type: 'text', text: 'x', cache: { ttl: null } })],
      maxOutputTokens: 5,
      temperature: 1,
      topP: 0.5,
      topK: 3,
      seed: 4,
      presencePenalty: 1,
      frequencyPenalty: 1,
      logprobs: 0,
      user: 'u',
      extra: { service_tier: 'flex', metadata: { a: 'b' }, logit_bias: {} },
    },
    { temperatureWithTopP: false, refuses: ['metadata', 'store'] },
  );
  t.match(body, { max_output_tokens: 16, temperature: 1, user: 'u', service_tier: 'flex' });
  t.notOk('store' in body || 'metadata' in body || 'top_p' in body);
  t.same(
    new Set(dropped),
    new Set([
      'cache_control',
      'top_p',
      'top_k',
      'seed',
      'presence_penalty',
      'frequency_penalty',
      'logprobs',
      'logit_bias',
      'metadata',
    ]),
  );
  t.same(encode({ turns: [hi], temperature: 1, topP: 1 }, { sampling: false }).dropped, [
    'temperature',
    'top_p',
  ]);
  t.same(encode({ turns: [hi], dialect: 'messages', extra: { service_tier: 'auto' } }).dropped, [
    'service_tier',
  ]);
});

t.test('what would change the answer if it were left out is refused', async (t) => {
  const cases: [Partial<Conversation>, string][] = [
    [{ count: 2 }, 'n'],
    [{ stop: ['x'] }, 'stop'],
    [{ stop: ['x'], dialect: 'messages' }, 'stop_sequences'],
    [{ nativeTools: [{ dialect: 'messages', name: 'bash_20250124', value: {} }] }, 'tools'],
    [
      { nativeTools: [{ dialect: 'messages', name: 'web_search_1', value: { blocked_domains: ['a'] } }] },
      'tools',
    ],
    [
      { turns: [assistant({ type: 'native', dialect: 'messages', name: 'server_tool_use', value: {} })] },
      'messages',
    ],
  ];
  for (const [conversation, param] of cases) {
    t.throws(() => encode({ turns: [hi], ...conversation }), {
      code: 'unsupported_parameter',
      status: 400,
      param,
    });
  }
});

t.test('the decoder’s seals are the target vendor’s', async (t) => {
  const context = { target: { ...target, vendor: 'xai' }, stream: false, traits: {}, requestId: 'r' };
  const decoded = responsesDialect.wire!.decoder(context).decodeWhole({
    status: 'completed',
    output: [
      { type: 'reasoning', id: 'rs_1', summary: [{ text: 'a' }, { text: 'b' }], encrypted_content: 'e' },
    ],
  });
  t.same(decoded.chunks, [
    { type: 'reasoning', choice: 0, text: 'a' },
    { type: 'reasoning', choice: 0, text: '\n\nb' },
    { type: 'seal', choice: 0, of: 'redacted', seal: { issuer: 'xai', value: 'e' }, id: 'rs_1' },
    { type: 'finish', choice: 0, reason: 'stop' },
  ]);
});
