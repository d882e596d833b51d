import t from 'tap';
import { sessionMs } from '../../core/console/session.ts';
import { consoleGateway, master } from './_console.ts';

const host = 'gw.example:4000';
const json = { 'content-type': 'application/json' };

t.test('the master key begins a session, and its cookie is kept from scripts and other sites', async (t) => {
  const { send, signIn, cookie } = await consoleGateway(t);
  const before = await send('GET', '/playground/api/session');
  t.strictSame(before.json, {
    signed_in: false,
    open: false,
    csrf: null,
    expires_at: null,
    version: null,
    policy_version: null,
    read_only: null,
  } as never);
  const signed = await signIn();
  t.match(
    signed.headers.get('set-cookie'),
    /^sluice_session=[\w.-]+; HttpOnly; SameSite=Strict; Path=\/; Max-Age=28800$/,
  );
  t.equal(signed.headers.get('cache-control'), 'no-store');
  t.match(signed.json, {
    signed_in: true,
    open: false,
    csrf: /^[\w-]{43}$/,
    expires_at: '2026-01-01T08:00:00.000Z',
    read_only: false,
  });
  t.match((await send('GET', '/playground/api/session', { cookie })).json, {
    signed_in: true,
    policy_version: /^[0-9a-f]{12}$/,
  });
  const tls = await send(
    'POST',
    '/playground/api/session',
    { ...json, 'x-forwarded-proto': 'https' },
    { master_key: master },
  );
  t.match(tls.headers.get('set-cookie'), /; Secure$/);
});

t.test('no other key begins one, and trying is slow', async (t) => {
  const { send, signIn, clock } = await consoleGateway(t);
  for (const key of ['', 'sk-wrong', `${master} `, 'x'.repeat(10_000), 5, null, undefined]) {
    const answer = await send('POST', '/playground/api/session', json, { master_key: key });
    t.equal(answer.status, 401, JSON.stringify(key)?.slice(0, 30));
    t.equal(answer.headers.get('set-cookie'), null);
    t.notMatch(answer.text, master);
  }
  const all = await Promise.all(Array.from({ length: 20 }, () => signIn('sk-wrong')));
  t.strictSame(
    all.map(({ status }) => status),
    [...Array<number>(3).fill(401), ...Array<number>(17).fill(429)],
  );
  const right = await signIn();
  t.equal(right.status, 429, 'the right one too: it would be worth trying otherwise');
  t.match(right.headers.get('retry-after'), /^\d+$/);
  await clock.advance(60_000);
  t.equal((await signIn()).status, 200);
});

t.test('forms, texts and pages of other sites cannot sign in', async (t) => {
  const { send } = await consoleGateway(t);
  const body = JSON.stringify({ master_key: master });
  const path = '/playground/api/session';
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain;application/json',
  ]) {
    t.equal((await send('POST', path, { 'content-type': type }, body)).status, 415, type);
  }
  t.equal((await send('POST', path, { ...json, 'sec-fetch-site': 'cross-site' }, body)).status, 403);
  t.equal((await send('POST', path, { ...json, host, origin: 'http://evil.example' }, body)).status, 403);
});

t.test('a session ends after eight hours, by signing out, and with the master key', async (t) => {
  const { send, signIn, cookie, csrf, clock } = await consoleGateway(t);
  const state = async () => (await send('GET', '/key/list', { cookie })).status;
  t.equal(await state(), 200);
  t.equal((await send('DELETE', '/playground/api/session', { cookie })).status, 403, 'without the header');
  const out = await send('DELETE', '/playground/api/session', { cookie, 'x-sluice-csrf': csrf });
  t.match(out.headers.get('set-cookie'), /^sluice_session=; .*Max-Age=0/);
  t.equal(await state(), 401, 'a copy of the cookie is worth nothing');

  const again = (await signIn()).headers.get('set-cookie')!.split(';', 1)[0]!;
  t.equal((await send('GET', '/key/list', { cookie: again })).status, 200);
  await clock.advance(sessionMs);
  const late = await send('GET', '/key/list', { cookie: again });
  t.equal(late.status, 401);
  t.match(late.json, { error: { code: 'invalid_api_key', message: /session is over/ } });
});

t.test(
  'the cookie stands for the key on every route of administration, and a wrong key is not mended by it',
  async (t) => {
    const { gateway, raw, cookie, csrf } = await consoleGateway(t, {
      files: {
        '00-ledger.yaml': 'plugin: ledger\n',
        '10-keys.yaml': 'plugin: keys\n',
        '50-cache.yaml': 'plugin: semantic-cache\n',
      },
      config: 'stores: { vectors: memory }\n',
    });
    let seen = 0;
    for (const { method, path, access } of gateway.routes) {
      if (access !== 'admin') continue;
      seen += 1;
      const filled = path.replaceAll(/(?:\*\*)?:\w+/g, 'something');
      const body = method === 'POST' ? {} : undefined;
      const ask = async (headers: Readonly<Record<string, string>>) => {
        const answer = await raw(method, filled, { ...json, ...headers }, body);
        await answer.body?.cancel();
        return answer.status;
      };
      const name = `${method} ${path}`;
      t.equal(await ask({}), 401, `${name}: nobody`);
      t.equal(
        await ask({ cookie, 'x-sluice-csrf': csrf, authorization: 'Bearer sk-wrong' }),
        401,
        `${name}: wrong key`,
      );
      t.equal(await ask({ cookie: `${cookie}x`, 'x-sluice-csrf': csrf }), 401, `${name}: wrong cookie`);
      t.notOk([401, 403].includes(await ask({ cookie, 'x-sluice-csrf': csrf })), `${name}: the session`);
      const others: Readonly<Record<string, string>>[] = [
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { host, origin: 'https://evil.example' },
        { host, origin: 'null' },
      ];
      for (const other of others) {
        t.equal(
          await ask({ cookie, 'x-sluice-csrf': csrf, ...other }),
          403,
          `${name}: ${JSON.stringify(other)}`,
        );
      }
      if (method !== 'GET') {
        t.equal(await ask({ cookie }), 403, `${name}: no header`);
        t.equal(await ask({ cookie, 'x-sluice-csrf': `${csrf}x` }), 403, `${name}: wrong header`);
      }
    }
    t.ok(seen > 25, `${seen} routes`);
  },
);

t.test('the cookie never reaches a model', async (t) => {
  const folders: Readonly<Record<string, string>>[] = [{}, { '10-keys.yaml': 'plugin: keys\n' }];
  for (const files of folders) {
    const { gateway, send, cookie, csrf, upstream } = await consoleGateway(t, { files });
    for (const { method, path, access } of gateway.routes) {
      if (access !== 'inference') continue;
      const filled = path.replaceAll(/(?:\*\*)?:\w+/g, 'test');
      const body = {
        model: 'test',
        messages: [{ role: 'user', content: 'Hi' }],
        input: 'Hi',
        prompt: 'Hi',
        max_tokens: 5,
      };
      const answer = await send(
        method,
        filled,
        { ...json, cookie, 'x-sluice-csrf': csrf },
        method === 'POST' ? body : undefined,
      );
      t.equal(answer.status, 401, path);
    }
    t.equal(upstream.calls.length, 0);
  }
});

t.test(
  'without a master key the console is open to this machine, and to nobody who rebinds a name to it',
  async (t) => {
    const { send } = await consoleGateway(t, { open: true });
    const own = { host: '127.0.0.1:4000' };
    const session = await send('GET', '/playground/api/session', own);
    t.match(session.json, { signed_in: false, open: true, csrf: /^.{43,}$/ });
    const { csrf } = session.json;
    const files: readonly unknown[] = [];
    const check = (headers: Readonly<Record<string, string>>, body: unknown = { files }) =>
      send('POST', '/playground/api/policies/check', { ...json, ...headers }, body);
    t.equal((await check({ ...own, 'x-sluice-csrf': csrf })).status, 200);
    t.equal((await check(own)).status, 403, 'no header');
    t.equal((await check({ ...own, 'x-sluice-csrf': csrf, origin: 'http://evil.example' })).status, 403);
    t.equal((await check({ ...own, 'x-sluice-csrf': csrf, 'content-type': 'text/plain' })).status, 415);
    const rebound = {
      host: 'evil.example:4000',
      origin: 'http://evil.example:4000',
      'sec-fetch-site': 'same-origin',
    };
    for (const path of [
      '/playground/api/session',
      '/playground/api/traffic',
      '/key/list',
      '/v1/decisions/x',
      '/playground/api/policies',
    ]) {
      t.equal((await send('GET', path, rebound)).status, 403, path);
    }
    t.equal((await send('POST', '/key/generate', { ...rebound, ...json }, {})).status, 403);
    t.equal((await send('POST', '/playground/api/session', { ...rebound, ...json }, {})).status, 403);
    t.equal(
      (await send('POST', '/policies/rollback', { ...own, origin: 'http://evil.example' }, '')).status,
      403,
    );
    t.equal((await send('GET', '/key/list', own)).status, 200);
    t.equal(
      (await send('POST', '/key/generate', { ...own, ...json }, {})).status,
      200,
      'programs go on as before',
    );
  },
);

t.test('where it is switched off nothing of it is there, and no session counts', async (t) => {
  const { send, cookie } = await consoleGateway(t, { config: 'console: { enabled: false }\n' });
  t.equal(cookie, '');
  for (const path of ['/playground', '/playground/', '/playground/x.js', '/playground/api/session']) {
    t.equal((await send('GET', path)).status, 404, path);
  }
  t.equal((await send('GET', '/playground/api/traffic', { authorization: `Bearer ${master}` })).status, 404);
  const { cookie: other } = await consoleGateway(t);
  t.equal((await send('GET', '/key/list', { cookie: other })).status, 401, 'signed by the same master key');
});
