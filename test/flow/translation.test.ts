import t from 'tap';
import { chatEvents, chatReply, testGateway } from '../../core/testing.ts';
import type { Json, JsonObject } from '../../sdk/json.ts';
import { wrapSeal } from '../../sdk/seal.ts';

const config = `
providers:
  claude: { kind: anthropic, base_url: http://claude.test, api_key: sk-claude }
  gpt: { kind: openai, base_url: http://gpt.test/v1, api_key: sk-gpt }
  google: { kind: gemini, base_url: http://google.test, api_key: sk-google }
models:
  both: [claude/claude-sonnet-4-5, gpt/gpt-4o]
  reversed: [gpt/gpt-4o, claude/claude-sonnet-4-5]
  claude: claude/claude-sonnet-4-5
  gpt: gpt/gpt-4o
  gemini: google/gemini-3-pro-preview
`;

const ask = { max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] };

const claudeReply = (content: readonly Json[], stop = 'end_turn') => ({
  headers: { 'request-id': 'req_claude' },
  json: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content,
    stop_reason: stop,
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 5 },
  },
});

/** A conversation in which Claude thought, called a tool and got its result. */
const thoughtAndCalled = (signature: string): JsonObject => ({
  max_tokens: 4000,
  thinking: { type: 'enabled', budget_tokens: 2000 },
  tools: [{ name: 'look', description: 'Looks', input_schema: { type: 'object', properties: {} } }],
  messages: [
    { role: 'user', content: 'Hi' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Let me look.', signature },
        { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'seen' }] },
  ],
});

t.test('a messages client falls back from Anthropic to OpenAI unseen', async (t) => {
  const { post, upstream, trace, close } = await testGateway({ config });
  t.teardown(close);
  const overloaded = {
    status: 529,
    json: { type: 'error', error: { type: 'overloaded_error', message: 'busy' } },
  };
  for (const stream of [false, true]) {
    upstream.reply(overloaded, stream ? { sse: chatEvents(['fine']) } : chatReply('fine'));
    const answer = await post('/v1/messages', { model: 'both', ...ask, stream });
    t.equal(answer.status, 200);
    const text = await answer.text();
    t.match(
      text,
      stream ? /event: message_start[\s\S]*fine[\s\S]*event: message_stop/ : /"type":"text","text":"fine"/,
    );
    t.equal(answer.headers.get('x-gateway-fallback'), 'cross-vendor');
    t.strictSame(
      trace(answer).attempts.map(({ failure }) => failure),
      ['overloaded', null],
    );
  }
  t.strictSame(
    upstream.calls.map(({ request }) => request.origin + request.path),
    [1, 2].flatMap(() => ['http://claude.test/v1/messages', 'http://gpt.test/v1/chat/completions']),
  );
});

t.test('signed thinking goes back to its issuer byte by byte, and to nobody else', async (t) => {
  const { post, upstream, trace, close } = await testGateway({ config });
  t.teardown(close);
  const signature = 'EqQBCkgIBxABGAIiQL/abc+==';

  upstream.reply(claudeReply([{ type: 'text', text: 'ok' }]));
  const home = await post('/v1/messages', { model: 'claude', ...thoughtAndCalled(signature) });
  t.match(upstream.calls[0]!.request.body, `"signature":"${signature}"`);
  t.equal(home.headers.get('x-sluice-dropped'), null);

  upstream.reply(chatReply('ok'));
  const away = await post('/v1/messages', { model: 'gpt', ...thoughtAndCalled(signature) });
  t.notMatch(upstream.calls[1]!.request.body, signature);
  t.match(away.headers.get('x-sluice-dropped'), /reasoning/);
  await away.text();
  t.match(trace(away).dropped, ['reasoning']);

  upstream.reply({ status: 500, json: {} }, chatReply('ok'));
  const moved = await post('/v1/messages', { model: 'both', ...thoughtAndCalled(signature) });
  t.match(upstream.calls[2]!.request.body, signature, 'the first target gets it');
  t.notMatch(upstream.calls[3]!.request.body, signature, 'the fallback does not');
  t.match(moved.headers.get('x-sluice-dropped'), /reasoning/);
});

t.test(
  "another vendor's seal travels in the client's dialect and is unwrapped for its issuer only",
  async (t) => {
    const { post, upstream, close } = await testGateway({ config });
    t.teardown(close);
    const foreign = wrapSeal({ issuer: 'google', value: 'c2lnbmF0dXJl' }, 'reasoning');

    upstream.reply(claudeReply([{ type: 'text', text: 'ok' }]));
    const native = await post('/v1/messages', { model: 'claude', ...thoughtAndCalled(foreign) });
    t.equal(native.status, 200);
    const body = String(upstream.calls[0]!.request.body);
    t.notMatch(body, /sluice:|c2lnbmF0dXJl/, 'Anthropic never sees it, though the body passes untranslated');
    t.match(body, /"tool_use"/);
    t.match(native.headers.get('x-sluice-dropped'), /reasoning/);
  },
);

t.test(
  "Gemini's signature of a call comes back to it through a client that knows nothing of it",
  async (t) => {
    const { post, upstream, close } = await testGateway({ config });
    t.teardown(close);
    const parts = [{ functionCall: { name: 'look', args: { at: 1 } }, thoughtSignature: 'R2VtaW5p' }];
    const reply = {
      json: {
        candidates: [{ index: 0, content: { role: 'model', parts }, finishReason: 'STOP' }],
        usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 3, totalTokenCount: 8 },
        modelVersion: 'gemini-3-pro-preview',
      },
    };
    const tool = { type: 'object', properties: { at: { type: 'integer' } } };

    upstream.reply(reply, reply);
    const user = { role: 'user', content: 'Hi' };
    const tools = [{ name: 'look', description: 'Looks', input_schema: tool }];
    const first = (await (
      await post('/v1/messages', { model: 'gemini', max_tokens: 100, tools, messages: [user] })
    ).json()) as { content: { type: string; id?: string }[]; stop_reason: string };
    t.equal(first.stop_reason, 'tool_use');
    const id = first.content.find((block) => block.type === 'tool_use')!.id;
    const results = [{ type: 'tool_result', tool_use_id: id, content: 'seen' }];
    const messages = [
      user,
      { role: 'assistant', content: first.content },
      { role: 'user', content: results },
    ];
    await (await post('/v1/messages', { model: 'gemini', max_tokens: 100, tools, messages })).text();
    const sent = upstream.calls[1]!.json as { contents: { parts: JsonObject[] }[] };
    const call = sent.contents
      .flatMap((content) => content.parts)
      .find((part) => part['functionCall'] !== undefined);
    t.equal(call?.['thoughtSignature'], 'R2VtaW5p');
  },
);

t.test('what a target cannot carry is asked of the next one', async (t) => {
  const { post, upstream, trace, close } = await testGateway({ config });
  t.teardown(close);
  upstream.reply(chatReply('two'));
  const messages = [{ role: 'user', content: 'Hi' }];
  const answer = await post('/v1/chat/completions', { model: 'both', n: 2, messages });
  t.equal(answer.status, 200);
  await answer.text();
  t.strictSame(
    upstream.calls.map(({ request }) => request.origin),
    ['http://gpt.test'],
  );
  const alone = await post('/v1/chat/completions', { model: 'claude', n: 2, messages });
  t.equal(alone.status, 400);
  t.match(await alone.json(), { error: { code: 'unsupported_parameter', param: 'n' } });
  await trace(answer);
});

t.test('errors come in the shape of the dialect, with the limits of the provider', async (t) => {
  const { post, upstream, close } = await testGateway({ config });
  t.teardown(close);
  const limited = {
    status: 429,
    headers: {
      'retry-after': '7',
      'anthropic-ratelimit-requests-remaining': '0',
      'set-cookie': 'a=b',
      'anthropic-organization-id': 'org-1',
    },
    json: { type: 'error', error: { type: 'rate_limit_error', message: 'org-1234567 is over its limit' } },
  };
  for (const [path, body] of [
    ['/v1/messages', { model: 'claude', ...ask }],
    ['/v1/chat/completions', { model: 'claude', messages: ask.messages }],
    ['/v1/responses', { model: 'claude', input: 'Hi' }],
  ] as const) {
    upstream.reply(limited);
    const answer = await post(path, body);
    t.equal(answer.status, 429, path);
    const text = await answer.text();
    t.notMatch(text, /org-1/, path);
    t.match(
      JSON.parse(text),
      path === '/v1/messages'
        ? { type: 'error', error: { type: 'rate_limit_error' }, request_id: /^req_/ }
        : { error: { type: 'rate_limit_error', code: 'rate_limit_exceeded' } },
      path,
    );
    t.equal(answer.headers.get('retry-after'), '7', path);
    t.equal(answer.headers.get('anthropic-ratelimit-requests-remaining'), '0', path);
    t.equal(answer.headers.get('x-ratelimit-remaining-requests'), '0', path);
    t.equal(answer.headers.get('set-cookie'), null);
    t.equal(answer.headers.get('anthropic-organization-id'), null);
  }
});

t.test('headers of a dialect go to providers of that dialect', async (t) => {
  const { post, upstream, close } = await testGateway({ config });
  t.teardown(close);
  const headers = {
    'anthropic-beta': 'one-2025,two-2025',
    'anthropic-version': '2023-06-01',
    'x-api-key': 'sk-me',
  };
  upstream.reply(claudeReply([{ type: 'text', text: 'ok' }]), chatReply('ok'));
  await (await post('/v1/messages', { model: 'claude', ...ask }, headers)).text();
  await (await post('/v1/messages', { model: 'gpt', ...ask }, headers)).text();
  t.match(upstream.calls[0]!.request.headers, {
    'anthropic-beta': 'one-2025,two-2025',
    'x-api-key': 'sk-claude',
  });
  t.equal(upstream.calls[1]!.request.headers['anthropic-beta'], undefined);
  t.equal(upstream.calls[1]!.request.headers['x-api-key'], undefined);
});

t.test('tokens are counted by the provider, or estimated where it cannot', async (t) => {
  const { post, upstream, close } = await testGateway({ config });
  t.teardown(close);
  const body = { messages: [{ role: 'user', content: 'How many tokens is this?' }] };
  upstream.reply({ json: { input_tokens: 42 } }, { status: 404, json: { detail: 'Not Found' } });
  const counted = await post('/v1/messages/count_tokens', { model: 'claude', ...body });
  t.same(await counted.json(), { input_tokens: 42 });
  t.equal(upstream.calls[0]!.request.path, '/v1/messages/count_tokens');
  const estimated = await post('/v1/messages/count_tokens', { model: 'gpt', ...body });
  t.equal(estimated.status, 200);
  t.ok(((await estimated.json()) as { input_tokens: number }).input_tokens > 3);
  t.equal(upstream.calls.length, 2, 'it was asked whether it can');
});

t.test('policies see and change every dialect, translated or not', async (t) => {
  const policy = `import { any, content, deny, onRequest, policy, rewrite } from 'sluice';
export const p = policy('p', { kind: 'guard' },
  onRequest('no-poems', content(/poem/i, { last: true }), deny(403, 'no_poems', 'No poems here.')),
  onRequest('house', any(content(/./)), rewrite({ system: { prepend: 'Be kind.' } })));
`;
  const { post, upstream, close } = await testGateway({ config, policies: { '10-p.policy.ts': policy } });
  t.teardown(close);
  for (const [path, body] of [
    ['/v1/messages', { ...ask }],
    ['/v1/chat/completions', { messages: ask.messages }],
    ['/v1/responses', { input: 'Hi' }],
  ] as const) {
    for (const model of ['claude', 'gpt']) {
      upstream.reply(model === 'claude' ? claudeReply([{ type: 'text', text: 'ok' }]) : chatReply('ok'));
      const answer = await post(path, { model, ...body });
      t.equal(answer.status, 200, `${path} ${model} ${await answer.clone().text()}`);
      t.match(upstream.calls.at(-1)!.request.body, /Be kind\./, `${path} ${model}`);
    }
    const poem =
      'input' in body
        ? { input: 'A poem please' }
        : { ...body, messages: [{ role: 'user', content: 'A poem' }] };
    const denied = await post(path, { model: 'claude', ...poem });
    t.equal(denied.status, 403, path);
    t.match(await denied.text(), /No poems here/);
  }
});
