import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { createGateway } from '../../core/gateway.ts';
import { silentLog } from '../../core/services/silent-log.ts';
import { consoleGateway } from './_console.ts';

const script = 'console.log(1)';

async function app(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-app-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const dist = join(folder, 'dist');
  await mkdir(join(dist, 'assets'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await writeFile(join(dist, 'index.html'), '<h1>app</h1>');
  await writeFile(join(dist, 'icon.svg'), '<svg/>');
  await writeFile(join(dist, '.env'), 'secret');
  await writeFile(join(dist, 'assets/app-1a2b3c4d.js'), script);
  await writeFile(join(dist, 'assets/app-1a2b3c4d.js.br'), brotliCompressSync(script));
  await writeFile(join(dist, 'assets/app-1a2b3c4d.js.gz'), gzipSync(script));
  await writeFile(join(dist, 'assets/engine-1a2b3c4d.wasm'), Buffer.from([0, 97, 115, 109]));
  await symlink(join(folder, 'secret.txt'), join(dist, 'link.txt'));
  await symlink(folder, join(dist, 'linked'));
  return dist;
}

t.test('the app is served with headers that keep others out of it', async (t) => {
  const { send } = await consoleGateway(t, { app: await app(t) });
  const page = await send('GET', '/playground/');
  t.strictSame([page.status, page.text], [200, '<h1>app</h1>']);
  t.match(Object.fromEntries(page.headers), {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy':
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  });
  for (const path of ['overview', 'traffic', 'index.html', 'policies?x=1']) {
    t.equal((await send('GET', `/playground/${path}`)).text, '<h1>app</h1>', path);
  }
  const bare = await send('GET', '/playground');
  t.strictSame([bare.status, bare.headers.get('location')], [308, '/playground/']);
  const known = await send('GET', '/playground/', { 'if-none-match': page.headers.get('etag')! });
  t.strictSame([known.status, known.text], [304, '']);
});

t.test('files are kept for ever by their hashes, and come in the smallest form that is taken', async (t) => {
  const { raw, send } = await consoleGateway(t, { app: await app(t) });
  const path = '/playground/assets/app-1a2b3c4d.js';
  for (const [accept, encoding] of [
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['identity', null],
    ['', null],
    ['brotli', null],
  ] as const) {
    const answer = await raw('GET', path, { 'accept-encoding': accept });
    const bytes = Buffer.from(await answer.arrayBuffer());
    t.equal(answer.headers.get('content-encoding'), encoding, accept);
    t.equal(answer.headers.get('vary'), 'accept-encoding');
    t.equal(answer.headers.get('content-type'), 'text/javascript; charset=utf-8');
    t.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    const expected =
      encoding === 'br'
        ? brotliCompressSync(script)
        : encoding === 'gzip'
          ? gzipSync(script)
          : Buffer.from(script);
    t.ok(bytes.equals(expected), accept);
  }
  t.equal(
    (await send('GET', '/playground/assets/engine-1a2b3c4d.wasm')).headers.get('content-type'),
    'application/wasm',
  );
  t.equal((await send('GET', '/playground/icon.svg')).headers.get('cache-control'), 'no-cache');
});

t.test('nothing but the files of the build is there', async (t) => {
  const { send } = await consoleGateway(t, { app: await app(t) });
  for (const path of [
    'link.txt',
    'linked/secret.txt',
    '.env',
    '..%2fsecret.txt',
    '%2e%2e%2fsecret.txt',
    'assets/gone.js',
    'api/nothing',
  ]) {
    const answer = await send('GET', `/playground/${path}`);
    t.equal(answer.status, 404, path);
    t.notMatch(answer.text, 'secret\n', path);
  }
});

t.test('on a real socket no way of writing a path leads out of the app', async (t) => {
  const gateway = await createGateway({
    config: { name: 'gateway.yaml', text: 'server: { port: 0 }\n' },
    policies: {},
    env: {},
    consoleFiles: await app(t),
    services: { log: silentLog },
  });
  t.teardown(() => gateway.close());
  const { port } = await gateway.listen();
  // As an attacker writes them: no client in between that would tidy them up.
  const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (more: string) => {
          text += more;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      });
      asked.on('error', reject);
      asked.end();
    });
  t.strictSame(await get('/playground/'), { status: 200, text: '<h1>app</h1>' });
  const paths = [
    '/playground/../secret.txt',
    '/playground/assets/../../secret.txt',
    '/playground/..%2fsecret.txt',
    '/playground/%2e%2e/secret.txt',
    '/playground/.%2e/secret.txt',
    '/playground/..\\secret.txt',
    '/playground/..%5csecret.txt',
    '/playground/assets/..%00/secret.txt',
    '/playground//../secret.txt',
    '/playground/....//secret.txt',
    '/playground/%c0%ae%c0%ae/secret.txt',
    '/playground/link.txt',
    '/playground/linked/secret.txt',
  ];
  for (const path of paths) {
    const { status, text } = await get(path);
    t.ok([400, 404, 405].includes(status), `${path}: ${status}`);
    t.notMatch(text, /^secret/, path);
  }
  // The other way round: a path that begins here and means an API elsewhere is asked as what it means.
  t.equal((await get('/playground/../key/list', { host: 'evil.example' })).status, 403);
});

t.test('without a build there is a page that says how to make one', async (t) => {
  const { send } = await consoleGateway(t, { app: join(tmpdir(), 'sluice-there-is-no-such-folder') });
  const page = await send('GET', '/playground/');
  t.equal(page.status, 200);
  t.match(page.text, 'npm run prepare');
  t.match(page.headers.get('content-security-policy'), "default-src 'none'");
});

t.test('a new build is seen, and what was replaced is gone', async (t) => {
  const dist = await app(t);
  const { send, clock } = await consoleGateway(t, { app: dist });
  t.equal((await send('GET', '/playground/')).text, '<h1>app</h1>');
  await writeFile(join(dist, 'index.html'), '<h1>new</h1>');
  await writeFile(join(dist, 'assets/new-1a2b3c4d.js'), '2');
  await rm(join(dist, 'assets/app-1a2b3c4d.js'));
  await clock.advance(2000);
  t.equal((await send('GET', '/playground/')).text, '<h1>new</h1>');
  t.equal((await send('GET', '/playground/assets/new-1a2b3c4d.js')).text, '2');
  t.equal((await send('GET', '/playground/assets/app-1a2b3c4d.js')).status, 404);
});
