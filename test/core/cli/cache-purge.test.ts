import t from 'tap';
import { cacheCommand } from '../../../core/cli/cache.ts';
import { type Terminal, UsageError } from '../../../core/cli/command.ts';
import { createGateway, reportOnPairs } from '../../../core/gateway.ts';
import { chatReply, ScriptedUpstream } from '../../../core/testing.ts';
import { recordingLog } from '../../../sdk/testing/fakes.ts';

const config = `
server: { port: 0 }
providers: { up: { kind: openai, base_url: 'http://upstream.test/v1', api_key: sk-test } }
models: { test: up/model }
stores: { vectors: memory }
`;

t.test('cache purge and cache stats talk to a running gateway', async (t) => {
  const upstream = new ScriptedUpstream().otherwise(() => chatReply('Hello'));
  const gateway = await createGateway({
    config: { name: 'gateway.yaml', text: config },
    policies: { '50-cache.yaml': 'plugin: semantic-cache' },
    env: {},
    http: upstream,
    services: { log: recordingLog() },
  });
  t.teardown(() => gateway.close());
  const { url } = await gateway.listen();
  const ask = async () => {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tenant-id': 'acme' },
      body: JSON.stringify({ model: 'test', messages: [{ role: 'user', content: 'Hi there' }] }),
    });
    await response.text();
    return response.headers.get('x-gateway-cache');
  };
  const run = async (...args: readonly string[]) => {
    let out = '';
    let err = '';
    const terminal: Terminal = {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      env: { SLUICE_URL: url },
      cwd: '.',
      isTty: false,
    };
    return { code: await cacheCommand(reportOnPairs).run(args, terminal), out, err };
  };
  await ask();
  t.equal(await ask(), 'exact');
  t.match(JSON.parse((await run('stats')).out), { counts: { 'hit-exact': 1, kept: 1 } });
  t.match(await run('purge', '--tenant', 'acme'), { code: 0, out: 'purged {"tenant":"acme"}\n' });
  t.equal(await ask(), 'miss');
  t.match(await run('purge', '--request', 'req_unknown'), { code: 1, err: /No cached answer is known/ });
  await t.rejects(run('purge'), UsageError);
  await t.rejects(run('clear'), UsageError);
});
