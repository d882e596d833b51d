import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { sluice } from '../core/cli/_terminal.ts';
import { serveProcess } from '../flow/serve-process.ts';
import { deploy, root } from './deploy-files.ts';

// Three programs, each checked, tested and served: minutes on a machine that does much else.
t.setTimeout(300_000);

const demo = join(deploy, 'demo');
const masterKey = 'sk-demo-canary';
const missing = ['bash', 'curl', 'jq'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined);

/** Each program with a tenant of it. */
const programs = { 'free-tier': 'free', premium: 'acme', team: 'support' } as const;

t.test('every folder of the demos is tested here and in their list', async (t) => {
  const folders = readdirSync(demo, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );
  t.strictSame(folders.toSorted(), Object.keys(programs).toSorted());
  const list = readFileSync(join(demo, 'README.md'), 'utf8');
  for (const folder of folders) t.match(list, `(${folder}/README.md)`);
});

function smoke(env: Readonly<Record<string, string>>): Promise<{ code: number | null; text: string }> {
  const child = spawn('bash', [join(deploy, 'smoke.sh')], { env: { PATH: process.env['PATH'], ...env } });
  let text = '';
  const add = (bytes: Buffer) => {
    text += bytes.toString();
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, text })));
}

for (const [name, tenant] of Object.entries(programs)) {
  const source = ['--config', join(demo, name, 'gateway.yaml'), '--policies', join(demo, name, 'policies')];
  const env = { SLUICE_MASTER_KEY: masterKey };

  t.test(`${name}: check finds nothing, every case passes and every rule has one`, async (t) => {
    const check = await sluice(root, ['check', ...source], env);
    t.equal(check.code, 0, check.out + check.err);
    t.match(check.out, /ok, 0 warnings\n$/, check.err);
    const test = await sluice(root, ['test', ...source, '--coverage'], env);
    t.equal(test.code, 0, test.out + test.err);
    t.match(test.out, /^\d+ passed, 0 failed, 0 skipped$/m);
    t.notMatch(test.out, /^ {2}never/m, test.out);
  });

  t.test(`${name}: the README lists every file that decides something`, async (t) => {
    const readme = readFileSync(join(demo, name, 'README.md'), 'utf8');
    for (const file of readdirSync(join(demo, name, 'policies'))) {
      if (/^00-|\.test\.yaml$/.test(file)) continue;
      t.match(readme, `[${file}](policies/${file})`);
    }
  });

  t.test(`${name}: a process of it answers for a tenant`, async (t) => {
    if (missing.length > 0) {
      t.comment(`not installed: ${missing.join(', ')}`);
      return;
    }
    const served = await serveProcess([...source, '--data', join(t.testdir({}), 'data')], env);
    t.teardown(() => void (served.child.exitCode ?? served.child.kill('SIGKILL')));
    const created = await fetch(`${served.url}/key/generate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${masterKey}` },
      body: JSON.stringify({ tenant_id: tenant }),
    });
    const { key } = (await created.json()) as { key: string };
    const target = { LLM_GATEWAY_URL: served.url, MODEL: 'chat', TENANT: tenant };
    const green = await smoke({ ...target, GATEWAY_KEY: key });
    t.equal(green.code, 0, green.text);
    const stranger = await smoke({ ...target, GATEWAY_KEY: key, TENANT: 'somebody-else' });
    t.match(stranger.text, /expected 200, got 403/);
    const { code } = await served.stop('SIGTERM');
    t.equal(code, 0);
  });
}
