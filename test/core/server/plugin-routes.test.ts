import t from 'tap';
import { settled, testGateway } from '../../../core/testing.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import { type AnyPlugin, definePlugin } from '../../../sdk/plugin.ts';
import type { PluginRoute, PluginRouteRequest } from '../../../sdk/plugin-route.ts';

const route = (more: Partial<PluginRoute>): PluginRoute => ({
  method: 'GET',
  path: '/notes/:id',
  access: 'client',
  handle: () => ({ body: {} }),
  ...more,
});
const plugin = (routes: readonly PluginRoute[], name = 'notes', more: object = {}): AnyPlugin =>
  definePlugin({
    name,
    summary: 'Has routes.',
    schema: { type: 'object' },
    needs: [],
    onFailure: 'open',
    setup: () => ({ routes, ...more }),
  });
const locked = `
auth: { master_key: sk-master }
providers: { up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-test } }
models: { test: up/model }
`;
const master = { authorization: 'Bearer sk-master' };

async function started(routes: readonly PluginRoute[], options: Parameters<typeof testGateway>[0] = {}) {
  return testGateway({
    plugins: [plugin(routes)],
    policies: { '10-notes.yaml': 'plugin: notes' },
    ...options,
  });
}

t.test('a route gets parameters, query, body, headers and caller, and answers JSON', async (t) => {
  const seen: PluginRouteRequest[] = [];
  const handle = (request: PluginRouteRequest) => {
    seen.push(request);
    return { status: 201, body: { ok: true } };
  };
  const { post, get, close } = await started([
    route({ method: 'POST', path: '/v1/notes/:id/parts/:part', query: ['after', 'limit'], handle }),
    route({ handle }),
  ]);
  t.teardown(close);
  for (const path of ['/v1/notes/a%2Fb/parts/z%20z?after=x&limit=', '/notes/a%2Fb/parts/z%20z?after=x']) {
    const answer = await post(
      path,
      { text: 'hi' },
      { 'x-more': '1', cookie: 'c', authorization: 'Bearer x' },
    );
    t.equal(answer.status, 201);
    t.equal(answer.headers.get('cache-control'), 'no-store');
    t.ok(answer.headers.get('x-request-id'));
    t.strictSame(await answer.json(), { ok: true });
    const { headers, ...rest } = seen.pop()!;
    t.strictSame(rest, {
      params: { id: 'a/b', part: 'z z' },
      query: { after: 'x' },
      body: { text: 'hi' },
      caller: { type: 'open' },
    });
    t.equal(headers['x-more'], '1');
    t.notOk('cookie' in headers || 'authorization' in headers);
  }
  await get('/notes/__proto__');
  t.strictSame(seen.pop()?.params, { id: '__proto__' });
});

t.test('what does not fit is refused before the plugin sees it', async (t) => {
  let calls = 0;
  const handle = () => {
    calls += 1;
    return { body: null };
  };
  const { post, get, close } = await started([route({ method: 'POST', maxBodyBytes: 20, handle })]);
  t.teardown(close);
  t.match(await (await post('/notes/1', '[]')).json(), { error: { message: /no object/ } });
  t.match(await (await post('/notes/1', '{')).json(), { error: { message: /no JSON/ } });
  t.equal((await post('/notes/1', { text: 'x'.repeat(50) })).status, 413);
  t.match(await (await post('/notes/1?a=b', {})).json(), { error: { code: 'invalid_request', param: 'a' } });
  const wrong = await get('/notes/1');
  t.equal(wrong.status, 405);
  t.equal(wrong.headers.get('allow'), 'POST');
  t.equal((await post('/notes', {})).status, 404);
  t.equal((await post('/notes/1/2', {})).status, 404);
  t.equal((await post('/v1/notes/1', {})).status, 404, 'only paths that begin with /v1 have it');
  t.equal(calls, 0);
});

t.test('who may ask is the route’s to say', async (t) => {
  const callers: unknown[] = [];
  const handle = ({ caller }: PluginRouteRequest) => {
    callers.push(caller.type === 'key' ? caller.record.tenantId : caller.type);
    return { body: {} };
  };
  const { get, post, close } = await started(
    [route({ path: '/notes/all', handle }), route({ path: '/notes/own', access: 'admin', handle })],
    {
      config: locked,
      data: t.testdir(),
      policies: { '05-keys.yaml': 'plugin: keys', '10-notes.yaml': 'plugin: notes' },
    },
  );
  t.teardown(close);
  const made = (await (await post('/key/generate', { tenant_id: 'acme' }, master)).json()) as { key: string };
  const key = { authorization: `Bearer ${made.key}` };
  const status = async (path: string, headers = {}) => (await get(path, headers)).status;
  t.strictSame(
    [await status('/notes/all'), await status('/notes/all', { authorization: 'Bearer sk-x' })],
    [401, 401],
  );
  t.strictSame([await status('/notes/all', key), await status('/notes/all', master)], [200, 200]);
  t.strictSame([await status('/notes/own'), await status('/notes/own', key)], [401, 401]);
  t.equal(await status('/notes/own', master), 200);
  t.strictSame(callers, ['acme', 'master', 'master']);
});

t.test('errors of the plugin’s own go out as they are; others are logged and say nothing', async (t) => {
  const { get, log, close } = await started([
    route({
      path: '/notes/told',
      handle: () => {
        throw new GatewayError('not_found', 'There is no note 1.');
      },
    }),
    route({ path: '/notes/bug', handle: () => Promise.reject(new Error('secret detail')) }),
  ]);
  t.teardown(close);
  const told = await get('/notes/told');
  t.equal(told.status, 404);
  t.match(await told.json(), { error: { message: 'There is no note 1.' } });
  const bug = await get('/notes/bug');
  t.equal(bug.status, 500);
  t.notMatch(await bug.text(), /secret detail/);
  t.match(log.lines.at(-1), { level: 'error', fields: { file: '10-notes.yaml', error: /secret detail/ } });
});

t.test('a route that never answers is given up, and does not keep the plugin open', async (t) => {
  let closed = 0;
  const { get, clock, close } = await testGateway({
    plugins: [
      plugin([route({ path: '/notes/slow', handle: () => new Promise<never>(() => undefined) })], 'notes', {
        close: () => {
          closed += 1;
        },
      }),
    ],
    policies: { '10-notes.yaml': 'plugin: notes' },
  });
  const answer = get('/notes/slow');
  await settled();
  clock.advance(60_000);
  t.equal((await answer).status, 500);
  t.equal(closed, 0);
  await close();
  t.equal(closed, 1);
});

t.test('routes come and go with the file; off is off', async (t) => {
  for (const [text, status] of [
    ['plugin: notes', 200],
    ['plugin: notes\nmode: shadow', 200],
    ['plugin: notes\nmode: off', 404],
    ['plugin: notes\nenabled: false', 404],
  ] as const) {
    const { get, close } = await started([route({})], { policies: { '10-notes.yaml': text } });
    t.equal((await get('/notes/1')).status, status, text);
    await close();
  }
});

t.test('routes that cannot be are refused at load', async (t) => {
  const refused = async (routes: unknown, message: RegExp) =>
    t.rejects(started(routes as readonly PluginRoute[]), { message });
  await refused({}, /expected "routes" to be a list/);
  await refused([route({ method: 'PUT' as 'POST' })], /expected method GET, POST or DELETE/);
  await refused([route({ access: 'public' as 'client' })], /expected access "admin" or "client"/);
  await refused([{ ...route({}), handle: 1 }], /expected "handle" to be a function/);
  for (const path of ['notes', '/', '/Notes', '/notes//x', '/notes/', '/notes?x', '/**', '/../x', '/:id']) {
    await refused([route({ path })], /lower-case segments|gateway's own/);
  }
  for (const path of [
    '/v1/models',
    '/models/x',
    '/key/list',
    '/health',
    '/v1/chat/completions',
    '/metrics',
  ]) {
    await refused([route({ path })], /are the gateway's own/);
  }
});

t.test('two files cannot answer the same path', async (t) => {
  const same = (name: string) => plugin([route({ path: `/v1/notes/:${name}` })], name);
  await t.rejects(
    testGateway({
      plugins: [same('one'), same('two')],
      policies: { '10-a.yaml': 'plugin: one', '20-b.yaml': 'plugin: two' },
    }),
    { message: /GET \/v1\/notes\/:two is answered by 10-a\.yaml already/ },
  );
});
