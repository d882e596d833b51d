import t from 'tap';
import { chatEvents, chatReply, testGateway } from '../../../core/testing.ts';

const yaml = (filters: readonly object[], more = '') =>
  `plugin: jsonata-filter\nfilters: ${JSON.stringify(filters)}\n${more}`;
const prices = { name: 'no-prices', expression: '$replace(text, /\\$\\d+/, "$—")', on: 'sentence' };
const secret = 'It costs $30. Or $40? Yes.';

const config = `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream, apis: [chat] }
models:
  test: up/model
`;

/** The text that a client of each endpoint reads. */
const paths = {
  '/v1/chat/completions': { messages: [{ role: 'user', content: 'Hi' }] },
  '/v1/messages': { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 100 },
  '/v1/responses': { input: 'Hi' },
} as const;

for (const [path, body] of Object.entries(paths)) {
  t.test(`${path}: a filter of sentences changes whole answers and streams alike`, async (t) => {
    const gateway = await testGateway({ config, policies: { '70-output.yaml': yaml([prices]) } });
    t.teardown(gateway.close);
    gateway.upstream.reply(chatReply(secret), { sse: chatEvents([...secret]) });
    const whole = await (await gateway.post(path, { model: 'test', ...body })).text();
    t.match(whole, 'It costs $—. Or $—? Yes.');
    const stream = await (await gateway.post(path, { model: 'test', stream: true, ...body })).text();
    t.notMatch(stream, /\$30|\$40/);
    for (const piece of ['It costs $—.', 'Or $—?', 'Yes.']) t.match(stream, piece);
    t.notMatch(stream, 'policy_error');
  });
}

t.test('sentences leave while the stream goes on', async (t) => {
  const gateway = await testGateway({ policies: { '70-output.yaml': yaml([prices]) } });
  t.teardown(gateway.close);
  const stream = gateway.upstream.open();
  const answer = gateway.chat('Hi', { stream: true });
  stream.head();
  const [first, second, third, finish] = chatEvents(['It costs $30. And', ' then', ' more']);
  stream.event(first!);
  const response = await answer;
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  while (!seen.includes('It costs $—.')) seen += (await reader.read()).value ?? '';
  t.notMatch(seen, 'And');
  for (const event of [second!, third!, finish!, '[DONE]']) stream.event(event);
  stream.end();
  for (let part = await reader.read(); !part.done; part = await reader.read()) seen += part.value;
  t.match(seen, 'And then more');
  t.match(seen, /\[DONE\]\s*$/);
});

t.test('a filter of answers reshapes, tags and blocks', async (t) => {
  const filters = [
    {
      name: 'sign',
      expression: '{ "text": text & " (" & finish & ")", "tags": { "long": $length(text) > 3 } }',
    },
    { name: 'no-foo', expression: '$contains(text, "foo") ? { "block": "No foo.", "code": "no_foo" }' },
  ];
  const gateway = await testGateway({ policies: { '70-output.yaml': yaml(filters) } });
  t.teardown(gateway.close);
  gateway.upstream.reply(chatReply('bar'), chatReply('a foo'), { sse: chatEvents(['a ', 'foo']) });
  const fine = await gateway.chat('Hi');
  t.match(await fine.json(), { choices: [{ message: { content: 'bar (stop)' } }] });
  t.match(gateway.trace(fine), { tags: { long: 'false' } });
  for (const stream of [false, true]) {
    const blocked = await gateway.chat('Hi', { stream });
    t.equal(blocked.status, 403);
    t.match(await blocked.json(), { error: { code: 'no_foo', message: 'No foo.' } });
    t.match(gateway.trace(blocked), { tags: { output_blocked: 'no-foo', long: 'true' } });
  }
});

t.test('conditions leave requests alone, and their streams unheld', async (t) => {
  const when = { name: 'free', when: 'tenant.plan = "free"', expression: '"gone"' };
  const gateway = await testGateway({ policies: { '70-output.yaml': yaml([when]) } });
  t.teardown(gateway.close);
  const stream = gateway.upstream.open();
  const answer = gateway.chat('Hi', { stream: true });
  stream.head();
  const [first, ...rest] = chatEvents(['kept']);
  stream.event(first!);
  const response = await answer;
  t.equal(response.status, 200, 'the head is there before the end');
  for (const event of rest) stream.event(event);
  stream.end();
  t.match(await response.text(), 'kept');
});

const loop = { name: 'loop', expression: '($f := function($x) { $f($x) }; $f(1))' };
for (const on of ['answer', 'sentence']) {
  t.test(`a loop ends as on_failure says: ${on}`, async (t) => {
    for (const [mode, expected] of Object.entries({
      closed: /policy_error/,
      open: /It costs \$30\. Or \$40\? Yes\./,
    })) {
      const file = yaml([{ ...loop, on }], `on_failure: ${mode}\ntime: 60ms\n`);
      const gateway = await testGateway({ policies: { '70-output.yaml': file } });
      gateway.upstream.reply(chatReply(secret), { sse: chatEvents([secret]) });
      const whole = await gateway.chat('Hi');
      t.match(await whole.text(), expected);
      t.equal(whole.status, mode === 'open' ? 200 : 503);
      const streamed = await (await gateway.chat('Hi', { stream: true })).text();
      t.match(streamed, expected);
      t.equal(streamed.includes('[DONE]'), mode === 'open');
      await gateway.close();
    }
  });
}

const policy = (verb: string, hook = 'onRequest') =>
  `import { ${hook}, output, policy, resp } from 'sluice';\nexport const p = policy('out', { kind: 'guard' }, ${hook}('r', ${hook === 'afterResponse' ? 'resp.content(/sk-/)' : 'true'}, ${verb}));\n`;

t.test('output() masks and blocks, on streams as on whole answers', async (t) => {
  for (const [verb, text, finish] of [
    ['output({ mask: /sk-\\w+/ })', 'Key [masked] is END of it.', 'stop'],
    ['output({ block: /END/ })', 'Key sk-abc123 is ', 'content_filter'],
  ]) {
    const gateway = await testGateway({
      policies: { '60-out.policy.ts': policy(verb!), '70-output.yaml': 'plugin: jsonata-filter\n' },
    });
    const said = 'Key sk-abc123 is END of it.';
    gateway.upstream.reply(chatReply(said), { sse: chatEvents([...said]) });
    const whole = await gateway.chat('Hi');
    t.match(await whole.json(), { choices: [{ message: { content: text }, finish_reason: finish }] });
    const stream = await (await gateway.chat('Hi', { stream: true })).text();
    const events = stream
      .split('\n\n')
      .filter((event) => event.startsWith('data: {'))
      .map((event) => JSON.parse(event.slice(6)).choices[0]);
    t.equal(events.map(({ delta }) => delta.content ?? '').join(''), text);
    t.equal(events.at(-1).finish_reason, finish);
    await gateway.close();
  }
});

t.test('output() of a rule that looks at the answer', async (t) => {
  const gateway = await testGateway({
    policies: {
      '70-output.yaml': 'plugin: jsonata-filter\n',
      '80-out.policy.ts': policy('output({ mask: /sk-\\w+/ })', 'afterResponse'),
    },
  });
  t.teardown(gateway.close);
  gateway.upstream.reply(
    chatReply('Key sk-abc.'),
    { sse: chatEvents(['Key sk-', 'abc.']) },
    chatReply('none'),
  );
  t.match(await (await gateway.chat('Hi')).text(), /Key \[masked\]\./);
  t.match(await (await gateway.chat('Hi', { stream: true })).text(), /Key \[masked\]\./);
  t.match(await (await gateway.chat('Hi')).text(), /none/);
  await t.rejects(
    testGateway({
      policies: {
        '60-out.policy.ts': policy('output({ mask: /sk-\\w+/ })', 'afterResponse'),
        '70-output.yaml': 'plugin: jsonata-filter\n',
      },
    }),
    /too late/,
  );
});

t.test('output() wants JSON and limits tokens', async (t) => {
  const gateway = await testGateway({
    policies: {
      '60-out.policy.ts': policy('output({ json: true, maxTokens: 50 })'),
      '70-output.yaml': 'plugin: jsonata-filter\n',
    },
  });
  t.teardown(gateway.close);
  gateway.upstream.reply(chatReply('{"a":1}'), chatReply('no'), { sse: chatEvents(['n', 'o']) });
  t.equal((await gateway.chat('Hi', { max_tokens: 400 })).status, 200);
  t.match(gateway.upstream.calls[0]!.json, { max_tokens: 50 });
  const refused = await gateway.chat('Hi');
  t.equal(refused.status, 422);
  t.match(await refused.json(), { error: { code: 'structured_output_invalid' } });
  const stream = await (await gateway.chat('Hi', { stream: true })).text();
  t.match(stream, 'structured_output_invalid');
  t.notMatch(stream, '[DONE]');
});

t.test('patterns that cannot run on a stream are refused at load', async (t) => {
  for (const verb of ['output({ mask: /(?<=a)b/ })', 'output({ mask: /a*/ })', 'output({ holdback: 10 })']) {
    await t.rejects(
      testGateway({
        policies: { '60-out.policy.ts': policy(verb), '70-output.yaml': 'plugin: jsonata-filter\n' },
      }),
      /output\(\)/,
    );
  }
});
