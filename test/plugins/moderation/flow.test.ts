import t from 'tap';
import { chatEvents, chatReply, type TestGateway, testGateway } from '../../../core/testing.ts';
import type { JsonObject } from '../../../sdk/index.ts';

const config = `
providers:
  up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream, apis: [chat] }
models:
  test: up/model
  judge: up/judge
`;

async function start(options: string): Promise<TestGateway> {
  const gateway = await testGateway({
    config,
    policies: { '25-moderation.yaml': `plugin: moderation\n${options}` },
  });
  t.teardown(gateway.close);
  return gateway;
}

const verdict = (...categories: string[]) => chatReply(JSON.stringify({ categories }));
const modelsAsked = ({ upstream }: TestGateway) =>
  upstream.calls.map(({ json, request }) => (json as { model?: string }).model ?? request.origin);
// biome-ignore lint/suspicious/noExplicitAny: answers of tests
const bodyOf = async (response: Response): Promise<any> => response.json();

const fronts: Readonly<Record<string, (text: string) => JsonObject>> = {
  '/v1/chat/completions': (text) => ({ messages: [{ role: 'user', content: text }] }),
  '/v1/messages': (text) => ({ messages: [{ role: 'user', content: text }], max_tokens: 50 }),
  '/v1/responses': (text) => ({ input: text }),
};
for (const [path, body] of Object.entries(fronts)) {
  t.test(`${path}: a request is judged once, and refused by its categories`, async (t) => {
    const gateway = await start('model: judge\n');
    gateway.upstream.reply(verdict(), chatReply('hello'), chatReply('again'), verdict('hate', 'violence'));
    for (let turn = 0; turn < 2; turn += 1) {
      const fine = await gateway.post(path, { model: 'test', ...body('Good morning') });
      t.equal(fine.status, 200);
      await fine.text();
    }
    t.strictSame(modelsAsked(gateway), ['judge', 'model', 'model'], 'the second time it is known');
    const refused = await gateway.post(path, { model: 'test', stream: true, ...body('Some nasty words') });
    t.equal(refused.status, 403);
    t.match(await refused.text(), 'The request was refused by moderation: hate, violence.');
    t.equal(gateway.upstream.calls.length, 4, 'nobody else is asked');
    const trace = gateway.trace(refused);
    t.match(trace, { tags: { moderation: 'hate,violence' }, asides: [{ purpose: 'moderation' }] });
    t.notMatch(JSON.stringify([trace, gateway.log.lines]), 'nasty');
  });
}

t.test('categories that are not denied only tag', async (t) => {
  const gateway = await start('model: judge\ndeny: [illicit]\n');
  gateway.upstream.reply(verdict('violence'), chatReply('hello'));
  const response = await gateway.chat('A crime novel');
  t.equal(response.status, 200);
  await response.text();
  t.match(gateway.trace(response), { tags: { moderation: 'violence' } });
});

t.test('only new texts of a conversation are judged', async (t) => {
  const gateway = await start('model: judge\n');
  gateway.upstream.reply(verdict(), chatReply('a'), verdict(), chatReply('b'));
  const first = { role: 'user', content: 'first words' };
  await (await gateway.chat('', { messages: [first] })).text();
  const messages = [first, { role: 'assistant', content: 'a' }, { role: 'user', content: 'second words' }];
  await (await gateway.chat('', { messages })).text();
  t.notMatch(String(gateway.upstream.calls[2]!.request.body), 'first words');
  t.match(String(gateway.upstream.calls[2]!.request.body), 'second words');
});

for (const [name, reply] of Object.entries({
  'no JSON': chatReply('I would rather not say'),
  'a category of its own': verdict('ignore_me'),
  'an error': { status: 500, json: { error: { message: 'nasty' } } },
})) {
  t.test(`without a judgement on_failure decides: ${name}`, async (t) => {
    for (const [mode, status] of [
      ['closed', 503],
      ['open', 200],
    ] as const) {
      const gateway = await start(`model: judge\non_failure: ${mode}\n`);
      gateway.upstream.reply(reply, chatReply('hello'));
      const response = await gateway.chat('Some nasty words');
      t.equal(response.status, status);
      await response.text();
      t.notMatch(JSON.stringify([gateway.trace(response), gateway.log.lines]), 'nasty');
    }
  });
}

t.test('a judge that takes too long is given up', async (t) => {
  const gateway = await start('model: judge\ntimeout: 700ms\n');
  gateway.upstream.reply({ hang: true });
  const answer = gateway.chat('Hi');
  while (gateway.upstream.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await gateway.clock.advance(700);
  const response = await answer;
  t.equal(response.status, 503);
  t.match(await bodyOf(response), { error: { code: 'policy_error' } });
  t.match(gateway.trace(response), { steps: [{ error: 'no judgement within 700 ms' }] });
});

t.test('long texts are cut into questions, and too long ones are a failure', async (t) => {
  const gateway = await start('model: judge\nmax_chars: 200\nmax_questions: 3\n');
  gateway.upstream.otherwise(({ body }) =>
    String(body).includes('"judge"') ? verdict() : chatReply('hello'),
  );
  t.equal((await gateway.chat('x'.repeat(400))).status, 200);
  t.equal(modelsAsked(gateway).filter((model) => model === 'judge').length, 3);
  t.equal((await gateway.chat('y'.repeat(900))).status, 503);
});

t.test('answers are judged, held on streams, or passed with an error at the end', async (t) => {
  const held = await start('model: judge\non: [answer]\n');
  held.upstream.reply(chatReply('nice'), verdict(), chatReply('nasty'), verdict('hate'));
  t.equal((await held.chat('Hi')).status, 200);
  const refused = await held.chat('Hi');
  t.equal(refused.status, 403);
  t.match((await bodyOf(refused)).error, { code: 'content_flagged', message: /The answer was refused/ });
  held.upstream.reply({ sse: chatEvents(['na', 'sty words']) }, verdict('hate'));
  t.equal((await held.chat('Hi', { stream: true })).status, 403);

  const passing = await start('model: judge\non: [answer]\nstream: pass\n');
  passing.upstream.reply(
    { sse: chatEvents(['ni', 'ce']) },
    verdict(),
    { sse: chatEvents(['nas', 'ty']) },
    verdict('hate'),
  );
  t.match(await (await passing.chat('Hi', { stream: true })).text(), /\[DONE\]/);
  const broken = await (await passing.chat('Hi', { stream: true })).text();
  t.match(broken, 'content_flagged');
  t.notMatch(broken, '[DONE]');
});

t.test('a webhook judges in place of a model', async (t) => {
  const gateway = await start('webhook: https://user.test/check?key=hush\nwebhook_token: tok-secret\n');
  gateway.upstream.reply({ json: { flagged: false } }, chatReply('hello'), {
    json: { results: [{ flagged: true, categories: { 'hate/threatening': true, sexual: false } }] },
  });
  t.equal((await gateway.chat('Good morning')).status, 200);
  const [asked] = gateway.upstream.calls;
  t.match(asked!.request, {
    origin: 'https://user.test',
    path: '/check?key=hush',
    headers: { authorization: 'Bearer tok-secret' },
  });
  t.match(asked!.json, { stage: 'request', input: ['Good morning'] });
  const refused = await gateway.chat('Some words');
  t.match((await bodyOf(refused)).error.message, /hate\/threatening/);
  gateway.upstream.reply({ status: 500, json: {} });
  t.equal((await gateway.chat('Other words')).status, 503);
  t.notMatch(JSON.stringify(gateway.log.lines), /hush|tok-secret|user\.test/);
});

t.test('settings that cannot work are refused at load', async (t) => {
  for (const [options, why] of [
    ['', /one of model and webhook, came neither/],
    ['model: judge\nwebhook: https://a.test\n', /came both/],
    ['model: juge\n', /did you mean "judge"/],
    ['model: judge\ndeny: [hat]\n', /"hat" is none of the categories/],
    ['webhook: ftp://a.test\n', /expected a URL/],
    ['model: judge\ntimeout: 5m\n', /1ms to 60s/],
  ] as const) {
    await t.rejects(start(options), why);
  }
});
