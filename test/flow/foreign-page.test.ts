import t from 'tap';
import { testGateway } from '../../core/testing.ts';

const asks = (origin?: string): Record<string, string> => (origin === undefined ? {} : { origin });

for (const keys of [false, true]) {
  const what = keys ? 'with the plugin of keys' : 'without keys';
  t.test(
    `a gateway that is open ${what} answers programs and pages of its machine, and no other`,
    async (t) => {
      const { chat, upstream, close } = await testGateway({
        policies: keys ? { '10-keys.yaml': 'plugin: keys\n' } : {},
        data: t.testdir(),
      });
      t.teardown(close);
      for (const origin of [
        undefined,
        'http://localhost:3000',
        'http://127.0.0.1:4000',
        'http://[::1]:4000',
      ]) {
        t.equal((await chat('Hi', {}, asks(origin))).status, 200, origin ?? 'no origin');
      }
      const before = upstream.calls.length;
      for (const origin of [
        'http://evil.example',
        'https://evil.example:4000',
        'http://localhost.evil.example',
        'null',
        '',
        'file://',
        'http://127.0.0.1.evil.example',
      ]) {
        const answer = await chat('Hi', {}, asks(origin));
        t.equal(answer.status, 403, origin);
        t.match(await answer.json(), { error: { code: 'csrf_failed' } });
      }
      t.equal(upstream.calls.length, before, 'nothing was asked');
    },
  );
}

t.test('with a master key who may ask is a matter of keys, not of pages', async (t) => {
  const { chat, close } = await testGateway({
    config: `auth: { master_key: sk-master-0123456789 }
providers: { up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test-upstream } }
models: { test: up/model }
`,
  });
  t.teardown(close);
  const headers = { origin: 'https://app.example', authorization: 'Bearer sk-master-0123456789' };
  t.equal((await chat('Hi', {}, headers)).status, 200);
});
