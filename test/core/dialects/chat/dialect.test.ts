import t from 'tap';
import { jsonTextFrom } from '../../../../core/body/json-text.ts';
import { chatDialect } from '../../../../core/dialects/chat/dialect.ts';
import type { RequestChanges } from '../../../../sdk/change.ts';
import { GatewayError } from '../../../../sdk/errors.ts';
import type { Json, JsonObject } from '../../../../sdk/json.ts';

const user: JsonObject = { role: 'user', content: 'Hi' };
const ask = (more: JsonObject = {}): JsonObject => ({ model: 'm', messages: [user], ...more });

function refused(body: JsonObject): GatewayError | null {
  try {
    chatDialect.validate(body);
    return null;
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

t.test('a request of the right shape passes, with fields that nobody knows', async (t) => {
  for (const body of [
    ask(),
    ask({ stream: null, n: 2, stream_options: {}, tools: [], temperature: 'hot', brand_new: { a: [1] } }),
    ask({
      messages: [
        { role: 'developer', content: [{ type: 'text', text: 'x' }] },
        { role: 'assistant', tool_calls: [{}] },
        { role: 'tool', content: '' },
        { role: 'function', content: null },
      ],
    }),
  ]) {
    t.equal(refused(body), null);
  }
});

t.test('a request of the wrong shape is refused, naming the field and what came', async (t) => {
  for (const [body, param, message] of [
    [{ messages: [user] }, 'model', 'model: expected the name of a model or alias, got nothing.'],
    [ask({ model: '' }), 'model', /got ""/],
    [{ model: 'm' }, 'messages', 'messages: expected a non-empty array of messages, got nothing.'],
    [ask({ messages: [] }), 'messages', /got an empty array/],
    [ask({ messages: 'Hi' }), 'messages', /got "Hi"/],
    [ask({ messages: [user, 'x'] }), 'messages[1]', /an object with role and content/],
    [
      ask({ messages: [{ role: 'bot', content: '' }] }),
      'messages[0].role',
      'messages[0].role: expected one of system, developer, user, assistant, tool, function, got "bot".',
    ],
    [ask({ messages: [{ content: '' }] }), 'messages[0].role', /got nothing/],
    [
      ask({ messages: [{ role: 'user', content: 7 }] }),
      'messages[0].content',
      /a string or an array of parts, got 7/,
    ],
    [
      ask({ messages: [{ role: 'user', content: ['x'] }] }),
      'messages[0].content[0]',
      /an object with a type/,
    ],
    [
      ask({ messages: [{ role: 'assistant', tool_calls: {} }] }),
      'messages[0].tool_calls',
      /an array of objects/,
    ],
    [ask({ stream: 'yes' }), 'stream', /true or false, got "yes"/],
    [ask({ n: 0 }), 'n', /an integer from 1 to 128, got 0/],
    [ask({ tools: {} }), 'tools', /an array of objects, got an object/],
    [ask({ tools: [1] }), 'tools[0]', /an object, got 1/],
    [ask({ stream_options: true }), 'stream_options', /an object, got true/],
    [ask({ max_tokens: 1.5 }), 'max_tokens', /an integer, 0 or more, got 1.5/],
    [ask({ max_completion_tokens: 'x'.repeat(100) }), 'max_completion_tokens', /got a string\./],
    [ask({ response_format: 'json' }), 'response_format', /an object, got "json"/],
  ] as const) {
    const error = refused(body as JsonObject);
    t.match(error, { code: 'invalid_request', status: 400, param });
    t.match(error?.message, message);
  }
});

const view = (body: JsonObject) => chatDialect.view(jsonTextFrom(JSON.stringify(body)));

t.test('the view shows messages, texts and tools whatever their form', async (t) => {
  const it = view({
    model: 'm',
    stream: true,
    max_tokens: 5,
    temperature: 0.2,
    response_format: { type: 'json_schema' },
    tools: [
      { type: 'function', function: { name: 'f' } },
      { type: 'custom', custom: { name: 'g' } },
      { type: 'web_search' },
    ],
    functions: [{ name: 'old' }],
    messages: [
      { role: 'developer', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'image_url', image_url: { url: 'x' } },
          { type: 'text', text: 'b' },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"q":1}' } }],
      },
      { role: 'tool', tool_call_id: 'c', content: 'result' },
    ],
  });
  t.same(it.messages, [
    { role: 'system', text: 'Be brief.', images: 0 },
    { role: 'user', text: 'a\nb', images: 1 },
    { role: 'assistant', text: '', images: 0 },
    { role: 'tool', text: 'result', images: 0 },
  ]);
  t.same(it.texts, [
    { pointer: '/messages/0/content', role: 'system', text: 'Be brief.' },
    { pointer: '/messages/1/content/0/text', role: 'user', text: 'a' },
    { pointer: '/messages/1/content/2/text', role: 'user', text: 'b' },
    { pointer: '/messages/2/tool_calls/0/function/arguments', role: 'assistant', text: '{"q":1}' },
    { pointer: '/messages/3/content', role: 'tool', text: 'result' },
  ]);
  t.match(it, {
    api: 'chat',
    model: 'm',
    stream: true,
    lastUser: 'a\nb',
    imageCount: 1,
    wantsJson: true,
    hasSystem: true,
    maxOutputTokens: 5,
  });
  t.same(it.tools, ['f', 'g', 'web_search', 'old']);
  t.same(Object.keys(it.params), ['stream', 'max_tokens', 'temperature', 'response_format']);
  t.ok(it.inputTokens > 500 && it.inputTokens < 600);
  t.equal(it.texts, it.texts, 'computed once');
});

/** The body after a change, parsed. */
function changed(body: JsonObject, changes: RequestChanges): JsonObject {
  const source = jsonTextFrom(JSON.stringify(body));
  return JSON.parse(source.edit(chatDialect.edits(source, chatDialect.view(source), changes))) as JsonObject;
}

t.test('model and parameters are set and removed', async (t) => {
  t.same(
    changed(ask({ temperature: 1, seed: 2 }), {
      model: 'n',
      params: { temperature: 0, seed: undefined, 'a/b': [1] },
    }),
    {
      model: 'n',
      messages: [user],
      temperature: 0,
      'a/b': [1],
    },
  );
  for (const name of ['model', 'messages', 'stream']) {
    t.throws(() => changed(ask(), { params: { [name]: true } }), /changes.params cannot set/);
  }
});

t.test('texts are replaced by pointer, and a pointer to anything else is a mistake', async (t) => {
  t.same(
    changed(ask(), { texts: { '/messages/0/content': 'Ho' } }),
    ask({ messages: [{ role: 'user', content: 'Ho' }] }),
  );
  for (const pointer of ['/model', '/messages/0/role', '/messages/9/content', 'x']) {
    t.throws(() => changed(ask(), { texts: { [pointer]: 'x' } }), /there is no text at/, pointer);
  }
});

t.test('the output limit is lowered in whatever field sets it, and never raised', async (t) => {
  const limits = (body: JsonObject, changes: RequestChanges) => {
    const { max_tokens, max_completion_tokens } = changed(ask(body), changes);
    return [max_completion_tokens, max_tokens];
  };
  t.same(limits({}, { maxOutputTokens: 50 }), [50, undefined]);
  t.same(limits({ max_tokens: 100 }, { maxOutputTokens: 50 }), [undefined, 50]);
  t.same(limits({ max_tokens: 10 }, { maxOutputTokens: 50 }), [undefined, 10]);
  t.same(limits({ max_completion_tokens: 100, max_tokens: 20 }, { maxOutputTokens: 50 }), [50, 20]);
  t.same(limits({ max_tokens: null }, { maxOutputTokens: 50 }), [50, null]);
  t.same(limits({ max_tokens: 10 }, { params: { max_tokens: 90 }, maxOutputTokens: 50 }), [undefined, 50]);
  t.throws(() => limits({}, { maxOutputTokens: 0 }), /expected a positive integer/);
});

t.test('system text goes into the first system message, or makes one', async (t) => {
  const system = (content: Json | undefined, changes: RequestChanges) => {
    const messages = [...(content === undefined ? [] : [{ role: 'developer', content }]), user];
    return (changed(ask({ messages }), changes)['messages'] as JsonObject[])[0];
  };
  const both = { system: { prepend: 'P', append: 'A' } };
  t.same(system(undefined, both), { role: 'system', content: 'P\n\nA' });
  t.same(system('S', both), { role: 'developer', content: 'P\n\nS\n\nA' });
  t.same(system('S', { system: { append: 'A' } }), { role: 'developer', content: 'S\n\nA' });
  t.same(system(null, both), { role: 'developer', content: 'P\n\nA' });
  t.same(system('S', { system: {} }), { role: 'developer', content: 'S' });
  t.same(system('S', { ...both, texts: { '/messages/0/content': 'T' } }), {
    role: 'developer',
    content: 'P\n\nT\n\nA',
  });
  const cached = { type: 'text', text: 'S', cache_control: { type: 'ephemeral' } };
  t.same(system([cached], both), {
    role: 'developer',
    content: [{ type: 'text', text: 'P' }, cached, { type: 'text', text: 'A' }],
  });
  t.same(
    (changed(ask(), { ...both, texts: { '/messages/0/content': 'Ho' } })['messages'] as JsonObject[])[1],
    { role: 'user', content: 'Ho' },
  );
});

t.test('usage is asked for on streams that do not ask for it themselves', async (t) => {
  const asks = (body: JsonObject) => {
    const source = jsonTextFrom(JSON.stringify(ask(body)));
    return [
      chatDialect.wantsUsage(source),
      (JSON.parse(source.edit(chatDialect.usageEdits(source))) as JsonObject)['stream_options'],
    ];
  };
  t.same(asks({}), [false, undefined]);
  t.same(asks({ stream: true }), [false, { include_usage: true }]);
  t.same(asks({ stream: true, stream_options: null }), [false, { include_usage: true }]);
  t.same(asks({ stream: true, stream_options: { a: 1, include_usage: false } }), [
    false,
    { a: 1, include_usage: true },
  ]);
  t.same(asks({ stream: true, stream_options: { include_usage: true } }), [true, { include_usage: true }]);
});

t.test('errors have the OpenAI shape', async (t) => {
  t.same(
    JSON.parse(chatDialect.errorBody(new GatewayError('invalid_request', 'no', { param: 'n' }), 'req_1')),
    {
      error: { message: 'no', type: 'invalid_request_error', param: 'n', code: 'invalid_request' },
    },
  );
});
