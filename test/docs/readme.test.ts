import { execFile } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { serveProcess } from '../flow/serve-process.ts';
import { blocksOf, page, root } from './pages.ts';

const blocks = blocksOf('README.md');
const scripts = blocks.filter(({ language }) => language === 'sh');

/** Runs a block as its reader would, but against another address and another scratch file. */
function shell(
  text: string,
  url: string,
  scratch: string,
): Promise<{ code: number; out: string; err: string }> {
  const script = text.replaceAll('http://127.0.0.1:4000', url).replaceAll('/tmp/answer', scratch);
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
    SLUICE_URL: url,
    NODE_OPTIONS: '',
  };
  return new Promise((resolve) => {
    execFile('bash', ['-e', '-o', 'pipefail', '-c', script], { cwd: root, env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

t.test('the requests of the README work as printed, and explain says which rule refused', async (t) => {
  const dir = t.testdir({ policies: {} });
  cpSync(join(root, 'policies'), join(dir, 'policies'), { recursive: true });
  const [, file] = /Save this as `policies\/([\w.-]+)`/.exec(page('README.md'))!;
  writeFileSync(join(dir, 'policies', file!), blocks.find(({ language }) => language === 'ts')!.text);
  const served = await serveProcess(['--policies', join(dir, 'policies')]);
  t.teardown(() => served.stop('SIGTERM'));

  const requests = scripts.filter(({ text }) => text.includes('curl '));
  t.equal(requests.length, 2);
  const [hello, poem] = await Promise.all(
    requests.map(({ text }) => shell(text, served.url, join(dir, 'answer'))),
  );
  t.equal(hello!.code, 0, hello!.err);
  t.match(JSON.parse(hello!.out), { object: 'chat.completion', model: 'gpt-large' });
  t.equal(poem!.code, 0, poem!.err);
  t.match(poem!.out, /^HTTP\/1\.1 403/);
  t.match(poem!.out, /"code":"no_poems"/);
  t.match(poem!.out, new RegExp(`deny 403 no_poems ← house-rules/no-poems \\(${file}:6\\): content`));
});

t.test('the commands at the end of the README succeed', async (t) => {
  const dir = t.testdir();
  const block = scripts.find(({ text }) => text.includes('-- check'))!;
  const { code, out, err } = await shell(block.text, 'http://127.0.0.1:9', join(dir, 'answer'));
  t.equal(code, 0, err);
  t.match(out, /policies [0-9a-f]{12}: ok/);
  t.match(out, / 0 failed/);
  t.match(out, /Usage: sluice COMMAND/);
});

t.test('the README has the two commands that everything starts with', (t) => {
  const texts = scripts.map(({ text }) => text.trim());
  t.ok(texts.includes('npm ci && npm start'));
  t.ok(texts.includes('npm ci && npm test'));
  t.end();
});
