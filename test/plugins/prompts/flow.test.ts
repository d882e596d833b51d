import t from 'tap';
import { chatEvents, testGateway } from '../../../core/testing.ts';

const support = `---
name: support
version: 3
labels: [production]
variables:
  product: { type: string, required: true }
  tone: { type: enum, values: [formal, casual], default: formal }
  context: { type: json, required: false }
variants:
  anthropic:
    messages:
      - { role: system, text: "For Claude: {{product}}" }
      - { role: user, text: "<context>{{context | xml}}</context>" }
messages:
  - { role: system, text: "You help with {{product}}. Be {{tone}}." }
  - { role: user, text: '{"context": {{context}}, "product": "{{product}}"}' }
  - { role: assistant, text: "Understood." }
---
`;
const config = `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream }
  claude: { kind: anthropic, base_url: http://anthropic.test, api_key: sk-ant-test }
models:
  test: up/model
  claude: claude/claude-sonnet-4-5
`;
const gateway = (files: Record<string, string> = {}, options = '') =>
  testGateway({
    config,
    policies: {
      '35-prompts.yaml': `plugin: prompts\n${options}`,
      'prompts/support.v3.md': support,
      ...files,
    },
  });
const prompt = { id: 'support', variables: { product: 'Say "hi"\n', context: { a: [1] } } };
const filled = [
  { role: 'system', content: 'You help with Say "hi"\n. Be formal.' },
  { role: 'user', content: '{"context": {"a":[1]}, "product": "Say \\"hi\\"\\n"}' },
  { role: 'assistant', content: 'Understood.' },
];

t.test('chat: the prompt becomes messages before the client’s own, whole and streamed', async (t) => {
  const { post, upstream, trace, close } = await gateway();
  t.teardown(close);
  for (const stream of [false, true]) {
    if (stream) upstream.reply({ sse: chatEvents(['Hi']) });
    const answer = await post('/v1/chat/completions', {
      model: 'test',
      stream,
      prompt,
      messages: [{ role: 'user', content: 'Where is it?' }],
    });
    t.equal(answer.status, 200);
    await answer.text();
    const sent = upstream.calls.at(-1)!.json as Record<string, unknown>;
    t.strictSame(sent['messages'], [...filled, { role: 'user', content: 'Where is it?' }]);
    t.notOk('prompt' in sent, 'the reference is not sent on');
    const record = trace(answer);
    t.match(record.tags, { prompt: 'support', prompt_version: 'support@3', prompt_label: 'production' });
    t.match(record.steps.find(({ name }) => name === 'prompts')?.details, {
      name: 'support',
      version: '3',
      label: 'production',
      source: 'file',
    });
  }
});

t.test('chat: a prompt stands in for messages altogether', async (t) => {
  const { post, upstream, close } = await gateway();
  t.teardown(close);
  for (const body of [{}, { messages: [] }]) {
    const answer = await post('/v1/chat/completions', { model: 'test', prompt, ...body });
    t.equal(answer.status, 200, await answer.text());
    t.strictSame((upstream.calls.at(-1)!.json as Record<string, unknown>)['messages'], filled);
  }
});

t.test('responses: the prompt becomes instructions and items before the input', async (t) => {
  const { post, upstream, close } = await gateway();
  t.teardown(close);
  const reply = {
    id: 'resp_1',
    object: 'response',
    status: 'completed',
    model: 'model',
    output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi' }] }],
    usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  };
  for (const [input, after] of [
    ['Where?', [{ role: 'user', content: 'Where?' }]],
    [[{ role: 'user', content: 'Where?' }], [{ role: 'user', content: 'Where?' }]],
    [undefined, []],
  ] as const) {
    upstream.reply({ json: reply });
    const answer = await post('/v1/responses', { model: 'test', prompt, input });
    t.equal(answer.status, 200, await answer.text());
    const sent = upstream.calls.at(-1)!.json as Record<string, unknown>;
    t.equal(
      sent['instructions'] ?? (sent['messages'] as { content: unknown }[])[0]?.content,
      filled[0]!.content,
    );
    const rest = (sent['input'] as unknown[]) ?? (sent['messages'] as unknown[]).slice(1);
    t.match(rest, [...filled.slice(1), ...after]);
    t.notOk('prompt' in sent);
  }
});

t.test('messages: the variant of the vendor, values escaped for where they stand', async (t) => {
  const { post, upstream, trace, close } = await gateway();
  t.teardown(close);
  upstream.reply({
    json: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5',
      content: [{ type: 'text', text: 'Hi' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 1, output_tokens: 1 },
    },
  });
  const answer = await post('/v1/messages', {
    model: 'claude',
    max_tokens: 10,
    prompt: { id: 'support', version: '3', variables: { product: 'X', context: { a: '</context>' } } },
    messages: [{ role: 'user', content: 'Where?' }],
  });
  t.equal(answer.status, 200, await answer.text());
  t.match(upstream.calls.at(-1)!.json, {
    system: 'For Claude: X',
    messages: [
      { role: 'user', content: '<context>{&quot;a&quot;:&quot;&lt;/context&gt;&quot;}</context>' },
      { role: 'user', content: 'Where?' },
    ],
  });
  t.match(trace(answer).steps.find(({ name }) => name === 'prompts')?.details, {
    variant: 'anthropic',
    label: null,
  });
});

t.test('what is wrong with a reference is said, all of it, and no value', async (t) => {
  const { post, upstream, close } = await gateway();
  t.teardown(close);
  const refused = async (reference: unknown) => {
    const answer = await post('/v1/chat/completions', { model: 'test', prompt: reference, messages: [] });
    t.equal(answer.status, 400);
    return ((await answer.json()) as { error: { message: string; code: string } }).error;
  };
  t.match(await refused({ id: 'support', variables: { tone: 'rude-secret', other: 1 } }), {
    code: 'invalid_request',
    message:
      'prompt.variables: missing: product; unknown: other (known are: product, tone, context); tone: expected one of formal, casual; came a string of 11 characters.',
  });
  t.match(await refused({ id: 'support', variables: { product: 7 } }), {
    message: /product: expected a string of at most 100000 characters; came a number/,
  });
  t.match(await refused({ id: 'nobody' }), { code: 'prompt_not_found', message: /"nobody"/ });
  t.match(await refused({ id: '../support' }), { code: 'prompt_not_found' });
  t.match(await refused({ id: 'support', version: '9' }), { code: 'prompt_not_found', message: /"9"/ });
  t.match(await refused({ id: 'support', version: 3 }), { message: /prompt\.version/ });
  t.match(await refused({ id: 'support', varibles: {} }), { message: /"varibles"/ });
  t.match(await refused({}), { message: /prompt\.id/ });
  t.match(await refused({ id: 'support', variables: [] }), {
    message: /prompt\.variables: expected an object/,
  });
  t.equal(upstream.calls.length, 0);
});

t.test('a prompt of OpenAI’s own passes untouched, and is not lost in translation', async (t) => {
  const { post, upstream, close } = await gateway();
  t.teardown(close);
  const own = { id: 'pmpt_123', version: '2', variables: { city: 'Rome' } };
  const answer = await post('/v1/chat/completions', { model: 'test', prompt: own, messages: [] });
  t.equal(answer.status, 200, await answer.text());
  t.strictSame((upstream.calls.at(-1)!.json as Record<string, unknown>)['prompt'], own);
  const calls = upstream.calls.length;
  const refused = await post('/v1/chat/completions', { model: 'claude', prompt: own, messages: [] });
  t.equal(refused.status, 400);
  t.match(await refused.text(), /stores no prompts/);
  t.equal(upstream.calls.length, calls);
});

t.test('a text of a completion is no prompt of ours', async (t) => {
  const { post, close } = await gateway();
  t.teardown(close);
  const answer = await post('/v1/completions', { model: 'test', prompt: 'support' });
  t.not(answer.status, 400, await answer.text());
});

t.test('instructions alone are no request', async (t) => {
  const { chat, post, upstream, close } = await gateway({
    'prompts/rules.md': '---\nname: rules\nlabels: production\n---\nBe kind.\n',
  });
  t.teardown(close);
  const answer = await post('/v1/chat/completions', { model: 'test', prompt: { id: 'rules' } });
  t.equal(answer.status, 400);
  t.match(await answer.text(), /instructions only/);
  const fine = await chat('Hi', { prompt: { id: 'rules' } });
  t.equal(fine.status, 200, await fine.text());
  t.match((upstream.calls.at(-1)!.json as Record<string, unknown>)['messages'], [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'Hi' },
  ]);
});

t.test('labels split users over versions, each user always the same', async (t) => {
  const version = (number: number, weight: number) =>
    `---\nname: ab\nversion: ${number}\nlabels: { production: ${weight} }\n---\nv${number}\n`;
  const { chat, trace, close } = await gateway({
    'prompts/ab1.md': version(1, 3),
    'prompts/ab2.md': version(2, 1),
  });
  t.teardown(close);
  const seen = new Map<string, number>();
  for (let user = 0; user < 60; user += 1) {
    const versions = new Set<string>();
    for (let time = 0; time < 2; time += 1) {
      const answer = await chat('Hi', { prompt: { id: 'ab' } }, { 'x-user-id': `user-${user}` });
      await answer.text();
      versions.add(trace(answer).tags['prompt_version']!);
    }
    t.equal(versions.size, 1);
    for (const one of versions) seen.set(one, (seen.get(one) ?? 0) + 1);
  }
  t.ok(seen.get('ab@1')! > seen.get('ab@2')!, JSON.stringify([...seen]));
  t.ok(seen.get('ab@2')! > 4, JSON.stringify([...seen]));
});

t.test('files that are wrong keep the folder from loading, each with its reason', async (t) => {
  await t.rejects(
    gateway({
      'prompts/a.md': 'no front matter',
      'prompts/b.md': '---\nname: b\n---\n{{nobody}}',
      'prompts/c.md': support,
      'prompts/README.md': 'For people.',
    }),
    {
      message:
        /a\.md: expected front matter[\s\S]*b\.md: text: \{\{nobody\}\} is not among[\s\S]*version 3 already/,
    },
  );
});

t.test('a tenant gets its own prompts only', async (t) => {
  const { chat, close } = await gateway({
    'prompts/own.md': '---\nname: own\ntenants: [acme-*]\n---\nBe kind.\n',
  });
  t.teardown(close);
  const answer = await chat('Hi', { prompt: { id: 'own' } });
  t.equal(answer.status, 400);
  t.match(await answer.text(), /prompt_not_found/);
  const fine = await chat('Hi', { prompt: { id: 'own' } }, { 'x-tenant-id': 'acme-1' });
  t.equal(fine.status, 200, await fine.text());
});
