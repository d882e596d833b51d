import t from 'tap';
import { jsonTextFrom } from '../../../../core/body/json-text.ts';
import { messagesDialect } from '../../../../core/dialects/messages/dialect.ts';
import type { RequestChanges } from '../../../../sdk/change.ts';
import { GatewayError } from '../../../../sdk/errors.ts';
import type { JsonObject } from '../../../../sdk/json.ts';

const base = { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };
const view = (body: object) => messagesDialect.view(jsonTextFrom(JSON.stringify(body)));
function change(body: object, changes: RequestChanges): JsonObject {
  const text = jsonTextFrom(JSON.stringify(body));
  return JSON.parse(
    text.edit(messagesDialect.edits(text, messagesDialect.view(text), changes)),
  ) as JsonObject;
}

t.test('a request that the gateway cannot rely on is refused with its place', async (t) => {
  for (const [body, param, message] of [
    [{ model: '' }, 'model', /model or alias/],
    [{ model: 1 }, 'model', /got 1/],
    [{ max_tokens: undefined }, 'max_tokens', /max_tokens: expected a positive integer.*got nothing/],
    [{ max_tokens: 0 }, 'max_tokens', /got 0/],
    [{ max_tokens: 1.5 }, 'max_tokens', /got 1.5/],
    [{ messages: [] }, 'messages', /an empty array/],
    [{ messages: 'x' }, 'messages', /array/],
    [{ messages: ['x'] }, 'messages[0]', /object/],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role', /user, assistant, system/],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content', /got nothing/],
    [{ messages: [{ role: 'user', content: ['x'] }] }, 'messages[0].content[0]', /object/],
    [{ stream: 'yes' }, 'stream', /true or false/],
    [{ system: 1 }, 'system', /string/],
    [{ system: ['x'] }, 'system[0]', /object/],
    [{ tools: {} }, 'tools', /array/],
    [{ tools: ['f'] }, 'tools[0]', /object/],
  ] as const) {
    t.throws(
      () => messagesDialect.validate({ ...base, ...body } as JsonObject),
      { code: 'invalid_request', status: 400, param, message },
      param,
    );
  }
  messagesDialect.validate({ ...base, stream: null, system: null, tools: null, unknown: 1 });
});

t.test('a view shows what the request says', async (t) => {
  const image = { type: 'image', source: { type: 'url', url: 'https://a' } };
  const it = view({
    ...base,
    stream: true,
    temperature: 1,
    system: [{ type: 'text', text: 'be kind' }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'look' }, image] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm', signature: 's' },
          { type: 'text', text: 'ok' },
          { type: 'tool_use', id: 'a', name: 'f', input: { 'a/b': ['x', 1] } },
        ],
      },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'r' }, image] }],
      },
    ],
    tools: [{ name: 'f' }, { type: 'bash_20250124' }],
    output_config: { format: { type: 'json_schema', schema: {} } },
  });
  t.match(it, {
    api: 'messages',
    model: 'm',
    stream: true,
    lastUser: 'look',
    imageCount: 2,
    wantsJson: true,
    hasSystem: true,
    maxOutputTokens: 10,
  });
  t.same(it.tools, ['f', 'bash_20250124']);
  t.same(Object.keys(it.params), ['max_tokens', 'stream', 'temperature', 'output_config']);
  t.same(it.messages, [
    { role: 'system', text: 'be kind', images: 0 },
    { role: 'user', text: 'look', images: 1 },
    { role: 'assistant', text: 'ok', images: 0 },
    { role: 'tool', text: 'r', images: 1 },
  ]);
  t.same(it.texts, [
    { pointer: '/system/0/text', role: 'system', text: 'be kind' },
    { pointer: '/messages/0/content/0/text', role: 'user', text: 'look' },
    { pointer: '/messages/1/content/1/text', role: 'assistant', text: 'ok' },
    { pointer: '/messages/1/content/2/input/a~1b/0', role: 'assistant', text: 'x' },
    { pointer: '/messages/2/content/0/content/0/text', role: 'tool', text: 'r' },
  ]);
  t.ok(it.inputTokens > 1600 && it.inputTokens < 1700);
  t.match(view(base), { lastUser: 'hi', wantsJson: false, hasSystem: false, stream: false });
  t.equal(view({ ...base, output_format: {} }).wantsJson, true);
  t.equal(view({ ...base, messages: [...base.messages, { role: 'system', content: 'x' }] }).hasSystem, true);
});

t.test('every text can be replaced, in documents too', async (t) => {
  const body = {
    ...base,
    system: 's',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: 'r' },
          { type: 'document', title: 't', context: 'c', source: { type: 'text', data: 'd' } },
          { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'e' }] } },
          { type: 'search_result', title: 'u', content: [{ type: 'text', text: 'f' }] },
        ],
      },
    ],
  };
  const { texts } = view(body);
  t.same(
    texts.map((it) => it.text),
    ['s', 'r', 't', 'c', 'd', 'e', 'u', 'f'],
  );
  const out = change(body, { texts: Object.fromEntries(texts.map((it) => [it.pointer, `<${it.text}>`])) });
  t.same(
    view(out).texts.map((it) => it.text),
    texts.map((it) => `<${it.text}>`),
  );
  t.throws(() => change(body, { texts: { '/messages/9': 'x' } }), /no text at/);
});

t.test('system text is added before and after, blocks keep their marks', async (t) => {
  const system = { prepend: 'a', append: 'z' };
  t.equal(change(base, { system })['system'], 'a\n\nz');
  t.equal(change({ ...base, system: 'm' }, { system })['system'], 'a\n\nm\n\nz');
  t.equal(change({ ...base, system: 'm' }, { system, texts: { '/system': 'n' } })['system'], 'a\n\nn\n\nz');
  t.equal(change({ ...base, system: [] }, { system })['system'], 'a\n\nz');
  const block = { type: 'text', text: 'm', cache_control: { type: 'ephemeral' } };
  t.same(change({ ...base, system: [block] }, { system })['system'], [
    { type: 'text', text: 'a' },
    block,
    { type: 'text', text: 'z' },
  ]);
  t.same(change(base, { system: {} }), base);
});

t.test('the output limit is lowered, never raised, and thinking fits in', async (t) => {
  t.equal(change(base, { maxOutputTokens: 5 })['max_tokens'], 5);
  t.equal(change(base, { maxOutputTokens: 50 })['max_tokens'], 10);
  const thinking = { type: 'enabled', budget_tokens: 8000 };
  const long = { ...base, max_tokens: 10_000, thinking };
  t.match(change(long, { maxOutputTokens: 9000 }), { max_tokens: 9000, thinking });
  t.match(change(long, { maxOutputTokens: 4000 }), {
    max_tokens: 4000,
    thinking: { type: 'enabled', budget_tokens: 2000 },
  });
  t.match(change(long, { maxOutputTokens: 1500 }), { thinking: { budget_tokens: 1024 } });
  t.same(change(long, { maxOutputTokens: 1000 })['thinking'], { type: 'disabled' });
  t.match(change(base, { params: { thinking }, maxOutputTokens: 4000 }), {
    thinking: { budget_tokens: 2000 },
  });
  t.throws(() => change(base, { maxOutputTokens: 0 }), /positive integer/);
});

t.test('parameters and the model are set; what is no parameter is not', async (t) => {
  t.same(change(base, { model: 'n', params: { top_k: 3, max_tokens: undefined } }), {
    model: 'n',
    messages: base.messages,
    top_k: 3,
  });
  for (const name of ['system', 'messages', 'model', 'stream']) {
    t.throws(() => change(base, { params: { [name]: 'x' } }), new RegExp(`"${name}"`));
  }
  const text = jsonTextFrom(JSON.stringify(base));
  t.same(messagesDialect.usageEdits(text), []);
  t.equal(messagesDialect.wantsUsage(text), true);
  t.equal(messagesDialect.answerId('req_abc'), 'msg_abc');
  t.same(messagesDialect.clientHeaders, ['anthropic-version', 'anthropic-beta']);
});

t.test('errors have Anthropic’s types by their status', async (t) => {
  for (const [code, status, type] of [
    ['invalid_request', 400, 'invalid_request_error'],
    ['unsupported_media_type', 415, 'invalid_request_error'],
    ['invalid_api_key', 401, 'authentication_error'],
    ['budget_exceeded', 402, 'billing_error'],
    ['policy_denied', 403, 'permission_error'],
    ['model_not_found', 404, 'not_found_error'],
    ['request_too_large', 413, 'request_too_large'],
    ['rate_limit_exceeded', 429, 'rate_limit_error'],
    ['internal_error', 500, 'api_error'],
    ['upstream_error', 502, 'api_error'],
    ['overloaded', 503, 'overloaded_error'],
    ['no_candidate', 503, 'api_error'],
    ['upstream_timeout', 504, 'timeout_error'],
  ] as const) {
    const error = new GatewayError(code, 'why');
    t.equal(error.status, status);
    t.same(JSON.parse(messagesDialect.errorBody(error, 'req_1')), {
      type: 'error',
      error: { type, message: 'why', code },
      request_id: 'req_1',
    });
  }
  t.match(messagesDialect.errorBody(new GatewayError('own', 'x', { status: 529 }), 'r'), /overloaded_error/);
});
