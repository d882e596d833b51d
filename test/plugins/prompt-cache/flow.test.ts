import t from 'tap';
import { chatEvents, testGateway } from '../../../core/testing.ts';

const config = `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
  claude: { kind: anthropic, base_url: http://anthropic.test, api_key: sk-ant-test }
  aws: { kind: bedrock, region: us-east-1, access_key_id: AKIATEST, secret_access_key: secret }
models:
  test: up/gpt-4o
  claude: claude/claude-sonnet-4-5
  bedrock: aws/anthropic.claude-sonnet-4-5-20250929-v1:0
  nova: aws/amazon.nova-pro-v1:0
`;
const long = (word: string) => `${word} `.repeat(4000).trim();
const usage = {
  input_tokens: 10,
  output_tokens: 1,
  cache_read_input_tokens: 90,
  cache_creation_input_tokens: 0,
};
const claudeReply = {
  json: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [{ type: 'text', text: 'Hi' }],
    stop_reason: 'end_turn',
    usage,
  },
};
const claudeEvents = [
  { type: 'message_start', message: { ...claudeReply.json, content: [], stop_reason: null } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
  { type: 'message_stop' },
].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
const claudeStream = { headers: { 'content-type': 'text/event-stream' }, bytes: claudeEvents };
const mark = { type: 'ephemeral' };
const tool = {
  name: 'search',
  description: long('search'),
  input_schema: { type: 'object', properties: {} },
};
const gateway = (options = '') =>
  testGateway({ config, policies: { '80-prompt-cache.yaml': `plugin: prompt-cache\n${options}` } });
const messagesBody = {
  model: 'claude',
  max_tokens: 10,
  system: long('rule'),
  tools: [tool],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: long('page') },
        { type: 'text', text: 'What is it?' },
      ],
    },
  ],
};

t.test('messages: tools, system and documents are marked, whole and streamed', async (t) => {
  const { post, upstream, trace, close } = await gateway();
  t.teardown(close);
  for (const stream of [false, true]) {
    upstream.reply(stream ? claudeStream : claudeReply);
    const answer = await post('/v1/messages', { ...messagesBody, stream });
    t.equal(answer.status, 200, await answer.text());
    const sent = upstream.calls.at(-1)!.json as typeof messagesBody;
    t.strictSame(sent.system, [{ type: 'text', text: messagesBody.system, cache_control: mark }]);
    t.strictSame(sent.tools, [{ ...tool, cache_control: mark }]);
    t.strictSame(sent.messages[0]!.content, [
      { type: 'text', text: long('page'), cache_control: mark },
      { type: 'text', text: 'What is it?' },
    ]);
    t.match(trace(answer).steps.find(({ name }) => name === 'prompt-cache')?.details, {
      marks: ['tools 5m', 'system 5m', '/messages/0/content/0/text 5m'],
    });
  }
});

t.test('chat and responses: marks survive the translation for Claude', async (t) => {
  const { post, upstream, close } = await gateway();
  t.teardown(close);
  const bodies = [
    [
      '/v1/chat/completions',
      {
        tools: [
          {
            type: 'function',
            function: { name: 'search', description: long('search'), parameters: { type: 'object' } },
          },
        ],
        messages: [
          { role: 'system', content: long('rule') },
          {
            role: 'user',
            content: [
              { type: 'text', text: long('page') },
              { type: 'text', text: 'What?' },
            ],
          },
        ],
      },
      true,
    ],
    [
      '/v1/responses',
      {
        tools: [
          { type: 'function', name: 'search', description: long('search'), parameters: { type: 'object' } },
        ],
        instructions: long('rule'),
        input: [
          {
            role: 'user',
            content: [
              { type: 'input_text', text: long('page') },
              { type: 'input_text', text: 'What?' },
            ],
          },
        ],
      },
      false,
    ],
  ] as const;
  for (const [path, body, marksTools] of bodies) {
    upstream.reply(claudeReply);
    const answer = await post(path, { model: 'claude', ...body });
    t.equal(answer.status, 200, await answer.text());
    t.equal(answer.headers.get('x-sluice-dropped'), null);
    const sent = upstream.calls.at(-1)!.json as Record<string, unknown>;
    t.strictSame(sent['system'], [{ type: 'text', text: long('rule'), cache_control: mark }], path);
    t.match(sent['messages'], [
      { role: 'user', content: [{ text: long('page'), cache_control: mark }, { text: 'What?' }] },
    ]);
    t.equal((sent['tools'] as Record<string, unknown>[])[0]!['cache_control'] !== undefined, marksTools);
  }
});

t.test('Bedrock gets cache points; Nova none after tools', async (t) => {
  const { post, upstream, close } = await gateway('ttl: 1h\n');
  t.teardown(close);
  for (const model of ['bedrock', 'nova']) {
    upstream.reply({
      json: {
        output: { message: { role: 'assistant', content: [{ text: 'Hi' }] } },
        stopReason: 'end_turn',
        usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
      },
    });
    const answer = await post('/v1/chat/completions', {
      model,
      tools: [
        {
          type: 'function',
          function: { name: 'search', description: long('search'), parameters: { type: 'object' } },
        },
      ],
      messages: [
        { role: 'system', content: long('rule') },
        { role: 'user', content: 'Hi' },
      ],
    });
    t.equal(answer.status, 200, await answer.text());
    t.equal(answer.headers.get('x-sluice-dropped'), null);
    const sent = upstream.calls.at(-1)!.json as { system: unknown[]; toolConfig: { tools: unknown[] } };
    const point = { cachePoint: { type: 'default', ...(model === 'bedrock' ? { ttl: '1h' } : {}) } };
    t.match(sent.system, [{ text: long('rule') }, point]);
    t.equal(sent.toolConfig.tools.length, model === 'bedrock' ? 2 : 1);
  }
});

t.test('marks of the client are its own business, wherever they are', async (t) => {
  const { post, upstream, get, close } = await gateway();
  t.teardown(close);
  const own = { cache_control: { type: 'ephemeral', ttl: '1h' } };
  for (const body of [
    { ...messagesBody, ...own },
    { ...messagesBody, tools: [{ ...tool, ...own }] },
    { ...messagesBody, system: [{ type: 'text', text: long('rule'), ...own }] },
    { ...messagesBody, messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi', ...own }] }] },
    {
      ...messagesBody,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'x', ...own }] },
          ],
        },
      ],
    },
  ]) {
    upstream.reply(claudeReply);
    const answer = await post('/v1/messages', body);
    await answer.text();
    t.strictSame(upstream.calls.at(-1)!.json, { ...body, model: 'claude-sonnet-4-5' });
  }
  t.match(await (await get('/prompt-cache/report')).json(), {
    data: [{ requests: 5, marked: 0, marked_by_client: 5 }],
  });
});

t.test('what is short, or goes to a provider that caches by itself, is left as it is', async (t) => {
  const { post, upstream, close } = await gateway();
  t.teardown(close);
  upstream.reply(claudeReply);
  const short = {
    model: 'claude',
    max_tokens: 10,
    system: 'Short.',
    messages: [{ role: 'user', content: 'Hi' }],
  };
  await (await post('/v1/messages', short)).text();
  t.strictSame(upstream.calls.at(-1)!.json, { ...short, model: 'claude-sonnet-4-5' });
  const chat = {
    model: 'test',
    prompt_cache_key: 'mine',
    messages: [
      { role: 'system', content: long('rule') },
      { role: 'user', content: 'Hi' },
    ],
  };
  upstream.reply({ sse: chatEvents(['Hi']) });
  await (await post('/v1/chat/completions', chat)).text();
  t.strictSame(upstream.calls.at(-1)!.json, { ...chat, model: 'gpt-4o' });
});

t.test(
  'the report says what was read and saved, and what broke the prefix; the log says it once',
  async (t) => {
    const { post, upstream, clock, get, log, close } = await gateway();
    t.teardown(close);
    const lead = `${'x '.repeat(106)}y`;
    t.equal(lead.length, 213);
    for (let second = 10; second < 20; second += 1) {
      upstream.reply(claudeReply);
      const system = `${lead}|2026-11-21T17:35:${second}Z ${long('rule')}`;
      const answer = await post('/v1/messages', { ...messagesBody, tools: undefined, system });
      await answer.text();
      clock.advance(1000);
    }
    const marks = upstream.calls.map(({ json }) => Array.isArray((json as { system: unknown }).system));
    t.strictSame(
      marks,
      [true, true, true, true, ...Array<boolean>(6).fill(false)],
      'given up after four changes',
    );
    const report = (await (await get('/prompt-cache/report')).json()) as { data: unknown[] };
    const message = 'a timestamp at character 214 of the system prompt changes with every request';
    t.match(report, {
      object: 'prompt_cache.report',
      data: [
        {
          alias: 'claude',
          requests: 10,
          marked: 4,
          tokens: { uncached: 100, cache_read: 900, cache_write_5m: 0, cache_write_1h: 0 },
          read_ratio: 0.9,
          breaks: [{ part: 'system', at_character: 214, kind: 'timestamp', requests: 9, share: 1, message }],
        },
      ],
    });
    const { saved_usd: saved } = report.data[0] as { saved_usd: number };
    // 900 tokens at $0.30 in place of $3.00 a million.
    t.ok(Math.abs(saved - 0.00243) < 1e-9, String(saved));
    t.equal(log.lines.filter((line) => line.message === message).length, 1);
    t.notMatch(JSON.stringify([report, log.lines]), /rule rule|2026-11-21T17/);
    t.match(await (await get('/prompt-cache/report?alias=nobody')).json(), { data: [] });
    t.equal((await get('/prompt-cache/report?alis=x')).status, 400);
  },
);

t.test('prefixes that come every ten minutes are kept for an hour', async (t) => {
  const { post, upstream, clock, close } = await gateway();
  t.teardown(close);
  const ttls: unknown[] = [];
  for (let time = 0; time < 3; time += 1) {
    upstream.reply(claudeReply);
    await (await post('/v1/messages', messagesBody)).text();
    const sent = upstream.calls.at(-1)!.json as { system: { cache_control: { ttl?: string } }[] };
    ttls.push(sent.system[0]!.cache_control.ttl ?? '5m');
    clock.advance(600_000);
  }
  t.strictSame(ttls, ['5m', '1h', '1h']);
});

t.test('only the master key reads the report, and an empty list of marks only reports', async (t) => {
  const { post, get, upstream, close } = await testGateway({
    config: `auth: { master_key: sk-master }\n${config}`,
    policies: { '80-prompt-cache.yaml': 'plugin: prompt-cache\nmark: []\n' },
  });
  t.teardown(close);
  upstream.reply(claudeReply);
  const master = { authorization: 'Bearer sk-master' };
  await (await post('/v1/messages', messagesBody, master)).text();
  t.strictSame(upstream.calls.at(-1)!.json, { ...messagesBody, model: 'claude-sonnet-4-5' });
  t.equal((await get('/prompt-cache/report')).status, 401);
  t.match(await (await get('/prompt-cache/report', master)).json(), { data: [{ requests: 1, marked: 0 }] });
});

t.test('a conversation that goes on is marked at its end, where that is wanted', async (t) => {
  const { post, upstream, close } = await gateway('mark: [system, conversation]\n');
  t.teardown(close);
  const turns = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello' },
    { role: 'user', content: 'And?' },
  ];
  for (const [messages, marked] of [
    [turns.slice(0, 1), 0],
    [turns, 1],
  ] as const) {
    upstream.reply(claudeReply);
    await (await post('/v1/messages', { ...messagesBody, messages })).text();
    const sent = upstream.calls.at(-1)!.json as { messages: { content: unknown }[] };
    t.equal(sent.messages.filter(({ content }) => Array.isArray(content)).length, marked);
    if (marked)
      t.strictSame(sent.messages.at(-1)!.content, [{ type: 'text', text: 'And?', cache_control: mark }]);
  }
});
