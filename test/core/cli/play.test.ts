import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { testGateway } from '../../../core/testing.ts';
import { sluice } from './_terminal.ts';

const config = 'server: { port: 0 }\nmodels: { m: mock/m }\nproviders: { mock: { kind: mock } }\n';

t.test('sluice play prints the address of the playground of a running gateway', async (t) => {
  const { gateway, close } = await testGateway({ config });
  t.teardown(close);
  const { url } = await gateway.listen();
  t.match(await sluice('.', ['play', '--url', url]), { code: 0, out: `${url}/playground/\n`, err: '' });
  t.match(await sluice('.', ['play'], { SLUICE_URL: `${url}/` }), { out: `${url}/playground/\n` });
});

t.test('sluice play says what to do where there is no playground', async (t) => {
  const closed = createServer((_request, response) => response.writeHead(404).end());
  await new Promise<void>((done) => closed.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
  t.match(await sluice('.', ['play', '--url', url]), {
    code: 1,
    out: '',
    err: /is no Sluice gateway \(404\)/,
  });
  await new Promise((done) => closed.close(done));
  t.match(await sluice('.', ['play', '--url', url]), {
    code: 1,
    out: '',
    err: /no gateway answers at http:\/\/127\.0\.0\.1:\d+\. Start one with sluice serve/,
  });
  const { gateway, close } = await testGateway({
    config: `${config}console: { enabled: false }
`,
  });
  t.teardown(close);
  const at = (await gateway.listen()).url;
  t.match(await sluice('.', ['play', '--url', at]), {
    code: 1,
    err: /serves no playground \(404\): see console/,
  });
});

t.test('sluice play --open tells the browser, and says so where there is none', async (t) => {
  if (process.platform !== 'linux') return t.comment('other platforms have another program');
  const { gateway, close } = await testGateway({ config });
  t.teardown(close);
  const { url } = await gateway.listen();
  const dir = t.testdir({
    bin: { 'xdg-open': '#!/bin/sh\nprintf %s "$1" > "$OPENED.part"\nmv "$OPENED.part" "$OPENED"\n' },
  });
  chmodSync(join(dir, 'bin/xdg-open'), 0o755);
  const opened = join(dir, 'opened');
  const env = { PATH: `${join(dir, 'bin')}:${process.env['PATH']}`, OPENED: opened };
  t.match(await sluice('.', ['play', '--open', '--url', url], env), { code: 0, out: `${url}/playground/\n` });
  while (!existsSync(opened)) await new Promise((done) => setTimeout(done, 10));
  t.equal(readFileSync(opened, 'utf8'), `${url}/playground/`);
  t.match(await sluice('.', ['play', '--open', '--url', url], { PATH: join(dir, 'nothing') }), {
    code: 1,
    err: /no browser that can be opened/,
  });
});
