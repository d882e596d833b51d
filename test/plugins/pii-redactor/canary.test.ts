import t, { type Test } from 'tap';
import { chatReply, type TestGateway, testGateway } from '../../../core/testing.ts';
import { bodies, clean, secrets } from './canary.ts';

const config = `
providers:
  up:     { kind: openai, base_url: http://up.test/v1, api_key: sk-up }
  claude: { kind: anthropic, base_url: http://claude.test, api_key: sk-claude }
models:
  test: up/model
  claude: claude/model
`;

async function start(t: Test, file: string): Promise<TestGateway> {
  const gateway = await testGateway({
    config,
    data: t.testdir(),
    policies: {
      '00-ledger.yaml': 'plugin: ledger\n',
      '10-pii.yaml': `plugin: pii-redactor\n${file}`,
      '90-log.yaml': 'plugin: access-log\n',
    },
  });
  t.teardown(() => gateway.close());
  return gateway;
}

for (const action of ['mask', 'pseudonymise', 'restore', 'block']) {
  t.test(`no secret leaves by any endpoint: ${action}`, async (t) => {
    const gateway = await start(t, `action: ${action}\nrules: [{ name: employee, pattern: 'E-\\d{6}' }]\n`);
    for (const [path, list] of Object.entries(bodies)) {
      for (const body of list) {
        for (const stream of path === '/v1/embeddings' || path.endsWith('count_tokens')
          ? [false]
          : [false, true]) {
          gateway.upstream.reply({ status: 500, json: { error: { message: 'down' } } });
          const before = gateway.upstream.calls.length;
          const response = await gateway.post(path, stream ? { ...(body as object), stream } : body);
          const answer = await response.text();
          clean(t, `${path} answer`, answer);
          clean(t, `${path} headers`, [...response.headers]);
          const trace = gateway.trace(response);
          clean(t, `${path} trace`, trace);
          t.match(trace.tags, { 'pii.email': /^\d+$/ }, `${path}: counted`);
          const calls = gateway.upstream.calls.slice(before);
          if (action === 'block') {
            t.equal(response.status, 403, path);
            t.match(answer, /policy_denied|permission_error/);
            t.match(answer, /email \(\d+\)/);
            t.equal(calls.length, 0, `${path}: nothing is sent`);
          } else t.ok(calls.length > 0, `${path}: ${answer}`);
          for (const call of calls)
            clean(t, `${path} upstream`, [call.json, call.request.headers, call.request.path]);
        }
      }
    }
    clean(t, 'log', gateway.log.lines);
    clean(t, 'ledger', await (await gateway.get('/spend/logs')).text());
  });
}

t.test('what was taken out comes back in text and arguments, whole and streamed', async (t) => {
  const gateway = await start(t, '');
  const body = {
    model: 'test',
    messages: [{ role: 'user', content: `I am ${secrets.email}, card ${secrets.card}` }],
  };
  gateway.upstream.reply(chatReply('Hello <EMAIL_1>, <CARD_1> is <CARD_2>.'));
  const whole = await gateway.post('/v1/chat/completions', body);
  t.equal(
    ((await whole.json()) as { choices: { message: { content: string } }[] }).choices[0]!.message.content,
    `Hello ${secrets.email}, ${secrets.card} is <CARD_2>.`,
  );
  t.match(gateway.upstream.calls[0]!.json, { messages: [{ content: 'I am <EMAIL_1>, card <CARD_1>' }] });
  const delta = (args: string) => ({
    choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: args } }] } }],
  });
  const first = {
    choices: [
      {
        index: 0,
        delta: {
          role: 'assistant',
          tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '' } }],
        },
      },
    ],
  };
  const pieces = ['{"to"', ':"<EMA', 'IL_1', '>","x":', '1}'].map(delta);
  const finish = { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] };
  gateway.upstream.reply({ sse: [first, ...pieces, finish, '[DONE]'] });
  const streamed = await (await gateway.post('/v1/chat/completions', { ...body, stream: true })).text();
  const args = [...streamed.matchAll(/"arguments":"((?:[^"\\]|\\.)*)"/g)]
    .map(([, it]) => JSON.parse(`"${it}"`) as string)
    .join('');
  t.same(JSON.parse(args), { to: secrets.email, x: 1 });
});

t.test(
  'an answer’s own finds are masked, counted in the log without their values, and blocked ones end it',
  async (t) => {
    const gateway = await start(t, 'action: mask\nrules: [{ type: card, action: block }]\n');
    gateway.upstream.reply(chatReply(`Write to ${secrets.email}. Pay with ${secrets.card}. Bye.`));
    const response = await gateway.chat('Hi');
    t.match(await response.json(), {
      choices: [
        { message: { content: 'Write to [email]. Pay with [card]' }, finish_reason: 'content_filter' },
      ],
    });
    t.match(
      gateway.log.lines.find(({ fields }) => 'pii' in fields),
      { fields: { pii: { email: 1, card: 1 } } },
    );
    clean(t, 'log', gateway.log.lines);
    clean(t, 'trace', gateway.trace(response));
  },
);

t.test(
  'what cannot be read is refused: tokens always, media on request, finds in names of members',
  async (t) => {
    const gateway = await start(t, 'media: refuse\n');
    for (const [path, body, words] of [
      ['/v1/embeddings', { model: 'test', input: [[1, 2, 3]] }, /array of tokens/],
      ['/v1/completions', { model: 'test', prompt: [1, 2, 3] }, /array of tokens/],
      [
        '/v1/chat/completions',
        {
          model: 'test',
          messages: [
            {
              role: 'user',
              content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }],
            },
          ],
        },
        /image/,
      ],
      [
        '/v1/chat/completions',
        { model: 'test', messages: [{ role: 'user', content: 'Hi' }], metadata: { [secrets.email]: 'x' } },
        /email \(1\) in the name of a member/,
      ],
    ] as const) {
      const response = await gateway.post(path, body);
      t.equal(response.status, 403);
      const answer = await response.text();
      t.match(answer, words);
      clean(t, path, answer);
    }
    t.equal(gateway.upstream.calls.length, 0);
  },
);

t.test('bytes of images pass as they are', async (t) => {
  const gateway = await start(t, '');
  const url = `data:image/png;base64,${Buffer.alloc(9000, 'canary 4012888888881881 ').toString('base64')}`;
  const body = {
    model: 'test',
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
  };
  gateway.upstream.reply(chatReply('A bird.'));
  t.equal((await gateway.post('/v1/chat/completions', body)).status, 200);
  t.match(gateway.upstream.calls[0]!.json, { messages: body.messages });
});

t.test('a tenant has its own options, and a wrong pattern is a problem of its file', async (t) => {
  const gateway = await start(
    t,
    `
types: [email]
allow: ['*@allowed.example']
tenants:
  default: { action: mask, types: [email, phone] }
`,
  );
  gateway.upstream.reply(chatReply('ok'));
  await (await gateway.chat(`${secrets.email} ${secrets.phone} a@allowed.example 536-90-4399`)).text();
  t.match(gateway.upstream.calls[0]!.json, {
    messages: [{ content: '[email] [phone] a@allowed.example 536-90-4399' }],
  });
  await t.rejects(start(t, "rules: [{ name: x, pattern: '(a' }]"), /pattern of "x" does not compile/);
  await t.rejects(start(t, "rules: [{ name: x, pattern: 'a*' }]"), /matches the empty text/);
  await t.rejects(start(t, "rules: [{ name: email, pattern: 'a' }]"), /is taken/);
  await t.rejects(
    start(t, "tenants: { acme: { rules: [{ name: x, pattern: '(?=a)' }] } }"),
    /tenants\.acme\.rules/,
  );
});
