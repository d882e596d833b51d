import { execFile, spawnSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { serveProcess } from '../flow/serve-process.ts';
import { blocksOf, root } from './pages.ts';

// A dozen processes, one after the other, on a machine that may do much else.
t.setTimeout(300_000);

const page = 'docs/guide/first-15-minutes.md';
const blocks = blocksOf(page).filter(({ language }) => language === 'sh');
const missing = ['bash', 'curl', 'jq', 'awk'].filter(
  (tool) => spawnSync(tool, ['--version']).error !== undefined,
);
const masterKey = 'sk-0123456789abcdef0123456789abcdef0123456789abcdef';

function blockWith(text: string): string {
  const found = blocks.filter((block) => block.text.includes(text));
  if (found.length !== 1) throw new Error(`${found.length} blocks of ${page} have "${text}"`);
  return found[0]!.text;
}

interface Ran {
  readonly code: number;
  readonly out: string;
}

/** Runs a block as its reader would, in a copy of the checkout's outside and against another port. */
function shell(cwd: string, url: string, text: string): Promise<Ran> {
  const script = text.replaceAll('http://127.0.0.1:4000', url);
  const key = cwdKey(cwd);
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
    NODE_OPTIONS: '',
    SLUICE_URL: url,
    SLUICE_MASTER_KEY: masterKey,
    ...(key === null ? undefined : { KEY: key }),
  };
  return new Promise((resolve) => {
    execFile('bash', ['-e', '-o', 'pipefail', '-c', script], { cwd, env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out: out + err });
    });
  });
}

function cwdKey(cwd: string): string | null {
  try {
    return (JSON.parse(readFileSync(join(cwd, 'house', 'key.json'), 'utf8')) as { key: string }).key;
  } catch {
    return null;
  }
}

t.test('the steps of the first 15 minutes work as printed', async (t) => {
  if (missing.length > 0) return t.comment(`not installed: ${missing.join(', ')}`);
  const cwd = t.testdir({});
  for (const name of ['package.json', 'core', 'sdk', 'plugins', 'node_modules', 'deploy', 'playground']) {
    symlinkSync(join(root, name), join(cwd, name));
  }
  cpSync(join(root, 'policies'), join(cwd, 'policies'), { recursive: true });
  const made = await shell(cwd, 'http://127.0.0.1:9', blockWith('mkdir -p house'));
  t.equal(made.code, 0, made.out);

  const [, args] = /npm start -- (.*)/.exec(blockWith('npm start --'))!;
  const served = await serveProcess(
    args!.split(' ').map((arg) => (arg.startsWith('house') ? join(cwd, arg) : arg)),
    { SLUICE_MASTER_KEY: masterKey },
  );
  t.teardown(() => void (served.child.exitCode ?? served.child.kill('SIGKILL')));
  const run = async (text: string, expected: RegExp) => {
    const { code, out } = await shell(cwd, served.url, blockWith(text));
    t.equal(code, 0, out);
    t.match(out, expected);
  };
  await run('"Say hello"', /Mock answer to: Say hello/);
  await run('key create', /shown this once/);
  t.match(cwdKey(cwd), /^sk-/);
  await run('45-house.policy.ts', /^$/);
  await run('-- check', /policies [0-9a-f]{12}: ok[\s\S]* 0 failed/);
  const taken = () => served.log().includes('policies are in use') && live(served.url);
  for (let turn = 0; turn < 1_200 && !(await taken()); turn += 1)
    await new Promise((next) => setTimeout(next, 50));
  await run('-- explain', /"last_change":"ok"[\s\S]*403[\s\S]*confidential[\s\S]*house-secrets\/code-name/);
  await run('-- cost report', /first-app|gpt|total/i);
  await run('deploy/smoke.sh', /chat answered: ./);
  await run('-- rollback', /./);
});

/** Whether the policy of step 4 is in use: a request that it refuses is refused. */
async function live(url: string): Promise<boolean> {
  const body = { model: 'chat', messages: [{ role: 'user', content: 'Project Nightjar' }] };
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${masterKey}` },
    body: JSON.stringify(body),
  });
  await answer.text();
  return answer.status === 403;
}

t.test('no command of the page is left untested', async (t) => {
  const tested = [
    ...['npm ci', 'mkdir -p house', 'npm start --', '"Say hello"', 'key create', '45-house.policy.ts'],
    ...['-- check', '-- explain', '-- cost report', 'deploy/smoke.sh', '-- rollback'],
  ];
  t.strictSame(
    blocks.filter(({ text }) => !tested.some((one) => text.includes(one))).map(({ at }) => at),
    [],
  );
  // The first block installs; of it only the key is tried here.
  const out = spawnSync(
    'bash',
    ['-c', `${blocks[0]!.text.replace(/^npm ci$/m, '')}echo "$SLUICE_MASTER_KEY"`],
    {
      encoding: 'utf8',
      env: { PATH: `${dirname(process.execPath)}:${process.env['PATH']}` },
    },
  );
  t.match(out.stdout, /^sk-[0-9a-f]{48}$/m, out.stderr);
});
