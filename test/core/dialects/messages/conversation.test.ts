import t from 'tap';
import { jsonTextFrom } from '../../../../core/body/json-text.ts';
import { messagesConversation } from '../../../../core/dialects/messages/conversation.ts';
import { messagesDialect } from '../../../../core/dialects/messages/dialect.ts';
import { foreignBlocks } from '../../../../core/dialects/messages/foreign.ts';
import type { Json, JsonObject } from '../../../../sdk/json.ts';
import { wrapSeal } from '../../../../sdk/seal.ts';

const png = 'iVBORw0KGgo=';
const read = (more: JsonObject, home: string | null = null) =>
  messagesConversation(
    { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }], ...more },
    home,
  );
const content = (role: string, ...blocks: Json[]) =>
  read({ messages: [{ role, content: blocks }] }).turns[0]?.blocks;

t.test('a whole request becomes a conversation', async (t) => {
  const cache_control = { type: 'ephemeral', ttl: '1h' };
  t.same(
    read({
      system: [
        { type: 'text', text: 's', cache_control },
        { type: 'text', text: '' },
      ],
      messages: [
        { role: 'user', content: 'q' },
        { role: 'assistant', content: [{ type: 'text', text: 'a' }] },
        { role: 'system', content: 'mid' },
        { role: 'user', content: [{ type: 'text', text: 'r', cache_control: { type: 'ephemeral' } }] },
      ],
      tools: [
        { name: 'f', description: 'd', input_schema: { type: 'object' }, strict: true, cache_control },
        { type: 'custom', name: 'g' },
        { type: 'bash_20250124', name: 'bash' },
      ],
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
      thinking: { type: 'enabled', budget_tokens: 2000 },
      output_config: { effort: 'high', format: { type: 'json_schema', schema: { a: 1 } }, speed: 1 },
      stop_sequences: ['x'],
      temperature: 0.5,
      top_p: 0.9,
      top_k: 5,
      metadata: { user_id: 'u' },
      service_tier: 'auto',
      container: null,
      stream: true,
    }),
    {
      system: [{ type: 'text', text: 's', cache: { ttl: '1h' } }],
      turns: [
        { role: 'user', blocks: [{ type: 'text', text: 'q' }] },
        { role: 'assistant', blocks: [{ type: 'text', text: 'a' }] },
        { role: 'system', blocks: [{ type: 'text', text: 'mid' }] },
        { role: 'user', blocks: [{ type: 'text', text: 'r', cache: { ttl: null } }] },
      ],
      tools: [
        { name: 'f', description: 'd', schema: { type: 'object' }, strict: true, cache: { ttl: '1h' } },
        { name: 'g', description: '', schema: {}, strict: null },
      ],
      nativeTools: [
        { dialect: 'messages', name: 'bash_20250124', value: { type: 'bash_20250124', name: 'bash' } },
      ],
      toolChoice: { type: 'required' },
      parallelToolCalls: false,
      output: { type: 'schema', name: 'answer', description: '', schema: { a: 1 }, strict: true },
      reasoning: { effort: 'high', budgetTokens: 2000, visible: true },
      maxOutputTokens: 10,
      stop: ['x'],
      temperature: 0.5,
      topP: 0.9,
      topK: 5,
      seed: null,
      presencePenalty: null,
      frequencyPenalty: null,
      logprobs: null,
      count: 1,
      user: 'u',
      extra: { service_tier: 'auto', output_config: { speed: 1 } },
      dialect: 'messages',
    },
  );
});

t.test('instructions before the first turn are the system prompt', async (t) => {
  const { system, turns } = read({
    system: 'a',
    messages: [
      { role: 'system', content: 'b' },
      { role: 'user', content: 'q' },
    ],
  });
  t.same(
    system.map((block) => block.text),
    ['a', 'b'],
  );
  t.equal(turns.length, 1);
});

t.test('thinking in all its forms', async (t) => {
  const reasoning = (thinking: JsonObject, config: JsonObject = {}) =>
    read({ thinking, output_config: config }).reasoning;
  t.same(reasoning({ type: 'adaptive' }, { effort: 'max' }), {
    effort: 'max',
    budgetTokens: null,
    visible: null,
  });
  t.equal(reasoning({ type: 'adaptive', display: 'omitted' })?.visible, false);
  t.equal(reasoning({ type: 'disabled' })?.effort, 'none');
  t.same(read({ output_config: { effort: 'low' } }).reasoning, {
    effort: 'low',
    budgetTokens: null,
    visible: null,
  });
  t.equal(read({}).reasoning, null);
  t.match(read({ output_format: { type: 'json_schema', schema: {} } }).output, { type: 'schema' });
});

t.test('pictures and documents', async (t) => {
  const base64 = { type: 'base64', media_type: 'image/jpeg', data: png };
  t.same(
    content(
      'user',
      { type: 'image', source: base64 },
      { type: 'image', source: { type: 'url', url: 'https://a/b' } },
      { type: 'image', source: { type: 'file', file_id: 'f' } },
      { type: 'document', title: 't', source: { type: 'text', media_type: 'text/plain', data: 'd' } },
      {
        type: 'document',
        context: 'c',
        source: {
          type: 'content',
          content: [
            { type: 'text', text: 'x' },
            { type: 'image', source: base64 },
          ],
        },
      },
      { type: 'search_result', title: 's', source: 'https://a', content: [{ type: 'text', text: 'y' }] },
    ),
    [
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: png } },
      { type: 'image', source: { kind: 'url', url: 'https://a/b' } },
      { type: 'image', source: { kind: 'file', id: 'f' } },
      { type: 'document', name: 't', source: { kind: 'text', text: 'd' } },
      { type: 'text', text: 'c' },
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: png } },
      { type: 'document', name: '', source: { kind: 'text', text: 'x' } },
      { type: 'document', name: 's', source: { kind: 'text', text: 'y' } },
    ],
  );
});

t.test('calls, results and blocks that only this dialect knows', async (t) => {
  t.same(
    content(
      'assistant',
      { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
      { type: 'server_tool_use', id: 's' },
    ),
    [
      { type: 'tool_call', id: 'a', name: 'f', arguments: '{"x":1}' },
      {
        type: 'native',
        dialect: 'messages',
        name: 'server_tool_use',
        value: { type: 'server_tool_use', id: 's' },
      },
    ],
  );
  t.same(
    content(
      'user',
      { type: 'tool_result', tool_use_id: 'a', content: 'r', is_error: true },
      { type: 'tool_result', tool_use_id: 'b' },
      {
        type: 'tool_result',
        tool_use_id: 'c',
        content: [{ type: 'image', source: { type: 'url', url: 'https://a' } }, { type: 'odd' }],
      },
    ),
    [
      { type: 'tool_result', callId: 'a', content: [{ type: 'text', text: 'r' }], isError: true },
      { type: 'tool_result', callId: 'b', content: [], isError: false },
      {
        type: 'tool_result',
        callId: 'c',
        content: [
          { type: 'image', source: { kind: 'url', url: 'https://a' } },
          { type: 'text', text: '{"type":"odd"}' },
        ],
        isError: false,
      },
    ],
  );
});

t.test('seals come back to what they belong to, with their issuer', async (t) => {
  const thinking = (signature: string) => ({ type: 'thinking', thinking: 'hm', signature });
  const redacted = (data: string) => ({ type: 'redacted_thinking', data });
  const google = { issuer: 'google', value: 'v' };
  const call = { type: 'tool_use', id: 'a', name: 'f', input: {} };
  t.same(
    content(
      'assistant',
      thinking('s'),
      thinking(wrapSeal(google, 'reasoning')),
      thinking(wrapSeal({ issuer: 'none', value: '' }, 'reasoning')),
      thinking(''),
      redacted('d'),
      redacted(wrapSeal(google, 'redacted')),
      { type: 'text', text: 'a' },
      redacted(wrapSeal(google, 'text')),
      redacted(wrapSeal(google, 'call')),
      call,
      call,
    ),
    [
      { type: 'reasoning', text: 'hm', seal: { issuer: 'anthropic', value: 's' } },
      { type: 'reasoning', text: 'hm', seal: google },
      { type: 'reasoning', text: 'hm' },
      { type: 'reasoning', text: 'hm' },
      { type: 'reasoning', text: '', seal: { issuer: 'anthropic', value: 'd' }, redacted: true },
      { type: 'reasoning', text: '', seal: google, redacted: true },
      { type: 'text', text: 'a', seal: google },
      { type: 'tool_call', id: 'a', name: 'f', arguments: '{}', seal: google },
      { type: 'tool_call', id: 'a', name: 'f', arguments: '{}' },
    ],
  );
  const [block] =
    read({ messages: [{ role: 'assistant', content: [thinking('s')] }] }, 'kimi').turns[0]?.blocks ?? [];
  t.match(block, { seal: { issuer: 'kimi' } });
});

t.test('what no provider could be asked is refused with its place', async (t) => {
  const user = (block: Json): JsonObject => ({ messages: [{ role: 'user', content: [block] }] });
  const image = (source: Json) => user({ type: 'image', source });
  for (const [body, param] of [
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role'],
    [{ messages: 'x' }, 'messages'],
    [user('x'), 'messages[0].content[0]'],
    [user({ type: 'text', text: 1 }), 'messages[0].content[0].text'],
    [user({ type: 'tool_use', id: 'a', name: 'f', input: {} }), 'messages[0].content[0].type'],
    [user({ type: 'tool_result', content: 'x' }), 'messages[0].content[0].tool_use_id'],
    [user({ type: 'tool_result', tool_use_id: 'a', content: 1 }), 'messages[0].content[0].content'],
    [
      { messages: [{ role: 'assistant', content: [{ type: 'tool_result', tool_use_id: 'a' }] }] },
      'messages[0].content[0].type',
    ],
    [
      { messages: [{ role: 'assistant', content: [{ type: 'tool_use', name: 'f' }] }] },
      'messages[0].content[0].id',
    ],
    [
      image({ type: 'base64', media_type: 'image/png', data: 'no base64!' }),
      'messages[0].content[0].source.data',
    ],
    [image({ type: 'url', url: 'ftp://x' }), 'messages[0].content[0].source.url'],
    [image({ type: 'odd' }), 'messages[0].content[0].source.type'],
    [image(null), 'messages[0].content[0].source'],
    [{ system: [{ type: 'image' }] }, 'system[0].type'],
    [{ tools: {} }, 'tools'],
    [{ tools: [{}] }, 'tools[0].name'],
    [{ tools: ['f'] }, 'tools[0]'],
    [{ tool_choice: 'auto' }, 'tool_choice'],
    [{ tool_choice: { type: 'some' } }, 'tool_choice.type'],
    [{ tool_choice: { type: 'tool' } }, 'tool_choice.name'],
    [{ thinking: true }, 'thinking'],
    [{ thinking: { type: 'odd' } }, 'thinking.type'],
    [{ thinking: { type: 'enabled' } }, 'thinking.budget_tokens'],
    [{ output_config: { format: { type: 'xml' } } }, 'output_config.format'],
    [{ stop_sequences: 'x' }, 'stop_sequences'],
    [{ temperature: 'hot' }, 'temperature'],
  ] as const) {
    t.throws(() => read(body), { code: 'invalid_request', status: 400, param }, param);
  }
});

t.test('thinking goes to nobody but its issuer, whatever it is wrapped in', async (t) => {
  const thinking = (signature: string) => ({ type: 'thinking', thinking: 'hm', signature });
  const text = { type: 'text', text: 'a' };
  const wrapped = thinking(wrapSeal({ issuer: 'kimi', value: 'k' }, 'reasoning'));
  const hidden = {
    type: 'redacted_thinking',
    data: wrapSeal({ issuer: 'anthropic', value: 'd' }, 'redacted'),
  };
  const call = { type: 'redacted_thinking', data: wrapSeal({ issuer: 'google', value: 'g' }, 'call') };
  const none = thinking(wrapSeal({ issuer: 'none', value: '' }, 'reasoning'));
  const messages = [
    { role: 'user', content: 'q' },
    { role: 'assistant', content: [thinking('s'), wrapped, hidden, call, none, text] },
    { role: 'user', content: [text] },
    { role: 'assistant', content: [wrapped] },
    { role: 'user', content: [text] },
  ];
  const body = jsonTextFrom(JSON.stringify({ messages }));
  const after = (vendor: string, home: string | null) => {
    const { edits, dropped } = foreignBlocks(body.value, vendor, home);
    const out = (JSON.parse(body.edit(edits)) as { messages: JsonObject[] }).messages;
    return { dropped, first: out[1]?.['content'], count: out.length };
  };
  t.same(after('anthropic', null), {
    dropped: ['reasoning'],
    first: [thinking('s'), { type: 'redacted_thinking', data: 'd' }, text],
    count: 4,
  });
  t.same(after('kimi', null), { dropped: ['reasoning'], first: [thinking('k'), text], count: 5 });
  t.same(after('kimi', 'kimi').first, [thinking('s'), thinking('k'), text]);
  const untouched = { messages: [{ role: 'assistant', content: [thinking('s'), text] }] };
  t.same(messagesDialect.foreign?.(untouched, 'anthropic', null), { edits: [], dropped: [] });
});

t.test('a tool loop that loses its thinking goes on without', async (t) => {
  const use = { type: 'tool_use', id: 'a', name: 'f', input: {} };
  const body = {
    thinking: { type: 'enabled', budget_tokens: 1024 },
    messages: [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: [{ type: 'thinking', thinking: 'hm', signature: 's' }, use] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'r' }] },
    ],
  };
  const { edits, dropped } = foreignBlocks(body, 'kimi', null);
  t.same(dropped, ['reasoning', 'thinking']);
  t.same(edits.at(-1), { pointer: '/thinking', value: { type: 'disabled' } });
});
