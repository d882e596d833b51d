import t from 'tap';
import { chatReply, testGateway } from '../../core/testing.ts';

t.test('a key that may not use every model cannot let the provider choose another', async (t) => {
  const { post, upstream, close } = await testGateway({
    config:
      'auth: { master_key: sk-master-0123456789 }\nproviders: { up: { kind: openai, base_url: http://openrouter.test/api/v1, api_key: sk-up } }\nmodels: { cheap: up/small }\n',
    policies: { '10-keys.yaml': 'plugin: keys\n' },
    data: t.testdir(),
  });
  t.teardown(close);
  const generate = async (body: object) => {
    const made = await post('/key/generate', body, { authorization: 'Bearer sk-master-0123456789' });
    return ((await made.json()) as { key: string }).key;
  };
  const ask = async (key: string) => {
    upstream.reply(chatReply('ok'));
    const body = { model: 'cheap', models: ['large', 'huge'], messages: [{ role: 'user', content: 'Hi' }] };
    return post('/v1/chat/completions', body, { authorization: `Bearer ${key}` });
  };

  const narrow = await ask(await generate({ models: ['cheap'] }));
  t.equal(narrow.status, 200);
  t.equal(narrow.headers.get('x-sluice-dropped'), 'models');
  t.notMatch(upstream.calls.at(-1)!.json, { models: [] });

  const free = await ask(await generate({}));
  t.equal(free.headers.get('x-sluice-dropped'), null);
  t.match(upstream.calls.at(-1)!.json, { models: ['large', 'huge'] });
});
