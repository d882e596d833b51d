import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { serveProcess } from '../flow/serve-process.ts';
import { deploy } from './deploy-files.ts';

const missing = ['bash', 'curl', 'jq'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
const masterKey = 'sk-smoke-canary';

function smoke(env: Readonly<Record<string, string>>): Promise<{ code: number | null; text: string }> {
  const child = spawn('bash', [join(deploy, 'smoke.sh')], { env: { PATH: process.env['PATH'], ...env } });
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => (text += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (text += bytes.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, text })));
}

t.test(
  'the smoke test is green on a gateway that answers, and says what is wrong with one that does not',
  async (t) => {
    if (missing.length > 0) {
      t.comment(`not installed: ${missing.join(', ')}`);
      return;
    }
    const dir = t.testdir({
      policies: { '00-ledger.yaml': 'plugin: ledger\n', '10-keys.yaml': 'plugin: keys\n' },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference of the configuration.
      'gateway.yaml': 'auth:\n  master_key: ${KEY}\n',
    });
    const args = [
      '--policies',
      `${dir}/policies`,
      '--config',
      `${dir}/gateway.yaml`,
      '--data',
      `${dir}/data`,
    ];
    const served = await serveProcess(args, { KEY: masterKey });
    t.teardown(() => served.stop('SIGTERM'));
    const env = { LLM_GATEWAY_URL: `${served.url}/`, GATEWAY_KEY: masterKey };

    const green = await smoke(env);
    t.equal(green.code, 0, green.text);
    t.match(green.text, /\/health is ok\n.*mock answered: ./s);
    t.notMatch(green.text, masterKey);

    const generated = await fetch(`${served.url}/key/generate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${masterKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ tenant_id: 'acme' }),
    });
    const { key } = (await generated.json()) as { key: string };
    const withKey = await smoke({ ...env, GATEWAY_KEY: key, TENANT: 'acme' });
    t.equal(withKey.code, 0, withKey.text);

    const refused = await smoke({ ...env, GATEWAY_KEY: 'sk-wrong' });
    t.equal(refused.code, 1);
    t.match(refused.text, /expected 200, got 401: .*invalid_api_key/);
    const unknown = await smoke({ ...env, MODEL: 'nothing-like-it' });
    t.equal(unknown.code, 1);
    t.match(unknown.text, /got 404/);
    const keyless = await smoke({ LLM_GATEWAY_URL: served.url });
    t.not(keyless.code, 0);
    t.match(keyless.text, /GATEWAY_KEY/);
  },
);

t.test('without a model of its name it asks the first that there is', async (t) => {
  if (missing.length > 0) return;
  const dir = t.testdir({
    policies: {},
    'gateway.yaml':
      'providers: { up: { kind: mock } }\nmodels: { smart: up/gpt-large, cheap: up/gpt-mini }\n',
  });
  const served = await serveProcess(['--policies', `${dir}/policies`, '--config', `${dir}/gateway.yaml`]);
  t.teardown(() => served.stop('SIGTERM'));
  const { code, text } = await smoke({ LLM_GATEWAY_URL: served.url, GATEWAY_KEY: 'none' });
  t.equal(code, 0, text);
  t.match(text, /smart answered: ./);
});

t.test('another server is no gateway', async (t) => {
  if (missing.length > 0) return;
  const server = createServer((request, response) => {
    response.end(request.url === '/health' ? '{"status":"ok"}' : '{"choices":[{"message":{"content":""}}]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, text } = await smoke({ LLM_GATEWAY_URL: url, GATEWAY_KEY: 'sk-x' });
  t.equal(code, 1);
  t.match(text, /expected \.choices\[0\]\.message\.content/);
  server.closeAllConnections();
});
