import t from 'tap';
import { createApp } from '../../../core/server/app.ts';
import { MasterKey } from '../../../core/server/auth.ts';
import { keyRoutes } from '../../../core/server/key-routes.ts';
import { Secret } from '../../../sdk/secret.ts';
import { oneGateway } from '../keys/_gateways.ts';

/** What answers have that the tests go on with. */
interface Answer {
  readonly key: string;
  readonly token: string;
  readonly error: { readonly code: string; readonly message: string };
}

const master = 'sk-master';

async function server(key: string | null = master) {
  const keys = await oneGateway();
  const auth = new MasterKey(key === null ? null : new Secret(key));
  const routes = keyRoutes({ auth: () => auth, keys: () => keys.admin, log: keys.log });
  const app = createApp(routes);
  const call = async (path: string, body?: unknown, credential: string | null = master) => {
    const response = await app.request(
      new Request(`http://gateway.test${path}`, {
        ...(body === undefined
          ? {}
          : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }),
        headers: credential === null ? {} : { authorization: `Bearer ${credential}` },
      }),
    );
    return { status: response.status, headers: response.headers, json: (await response.json()) as Answer };
  };
  return { ...keys, routes, call };
}

t.test('each route answers the master key, and nobody else', async (t) => {
  const { routes, call, store, directory } = await server();
  t.strictSame(
    routes.map(({ method, path, access }) => `${method} ${path} ${access}`),
    [
      'POST /key/generate admin',
      'POST /key/update admin',
      'POST /key/delete admin',
      'POST /key/block admin',
      'POST /key/unblock admin',
      'POST /key/regenerate admin',
      'GET /key/info admin',
      'GET /key/list admin',
    ],
  );
  const virtual = (await call('/key/generate', {})).json.key;
  const { writes } = store;
  for (const { method, path } of routes) {
    for (const credential of [null, 'sk-wrong', virtual]) {
      const { status, json } = await call(path, method === 'POST' ? { key: virtual } : undefined, credential);
      t.equal(status, 401, path);
      t.equal(json.error.code, 'invalid_api_key');
    }
  }
  t.equal(store.writes, writes);
  await directory.close();
});

t.test('without a master key keys can be made: such a gateway listens on loopback only', async (t) => {
  const { call, directory } = await server(null);
  t.equal((await call('/key/generate', '', null)).status, 200);
  await directory.close();
});

t.test('a key lives its life over HTTP', async (t) => {
  const { call, directory } = await server();
  const made = await call('/key/generate', { key_alias: 'bot', max_budget: 20, budget_duration: '30d' });
  t.equal(made.status, 200);
  t.equal(made.headers.get('cache-control'), 'no-store');
  const { key, token } = made.json;
  t.ok(directory.find(key).ok);
  t.match((await call('/key/update', { key: token, rpm_limit: 5 })).json, { rpm_limit: 5, max_budget: 20 });
  t.match((await call(`/key/info?key=${token}`)).json, { key: token, info: { key_alias: 'bot' } });
  t.match((await call(`/key/info?key=${encodeURIComponent(key)}`)).json, { key: token });
  t.match((await call('/key/info?key=bot')).json, { key: token });
  t.match((await call('/key/block', { key })).json, { blocked: true });
  t.match((await call('/key/unblock', { key: 'bot' })).json, { blocked: false });
  const next = (await call('/key/regenerate', { key: 'bot', grace_period: '1h' })).json;
  t.ok(directory.find(key).ok);
  t.match((await call('/key/list')).json, { keys: [token, next.token].sort(), total_count: 2 });
  t.strictSame((await call('/key/delete', { keys: [next.key] })).json, { deleted_keys: [next.token] });
  t.notOk(directory.find(key).ok);
  t.notOk(directory.find(next.key).ok);
  await directory.close();
});

t.test('after the first answer the key itself is never shown again', async (t) => {
  const { call, log, directory } = await server();
  const { key, token } = (await call('/key/generate', { key_alias: 'bot' })).json;
  const answers = [
    await call('/key/update', { key, rpm_limit: 5 }),
    await call('/key/update', { key, key_alias: 'bot', nonsense: key }),
    await call(`/key/info?key=${key}`),
    await call('/key/list?return_full_object=true'),
    await call('/key/block', { key }),
    await call('/key/unblock', { key: `${key}x` }),
    await call('/key/generate', { key }),
    await call('/key/generate', `{"key": "${key}"`),
    await call('/key/regenerate', { key: token, new_key: key }),
    await call('/key/delete', { keys: [key, key] }),
    await call(`/key/info?key=${key}`),
  ];
  t.notMatch(JSON.stringify([answers.map(({ json }) => json), log.lines]), key.slice(3, -4));
  t.strictSame(
    answers.map(({ status }) => status),
    [200, 400, 200, 200, 200, 404, 400, 400, 400, 200, 404],
  );
  await directory.close();
});

t.test('bodies and queries that are none are refused with what was expected', async (t) => {
  const { call, directory } = await server();
  for (const [path, body, status, message] of [
    ['/key/generate', 'no json', 400, /Expected a JSON object; the body is no JSON/],
    ['/key/generate', '[]', 400, /no object/],
    ['/key/generate', 'null', 400, /no object/],
    ['/key/generate', `{"metadata": {"x": "${'x'.repeat(70_000)}"}}`, 413, /larger than 65536/],
    ['/key/generate', `{"metadata": ${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}}`, 400, /16 levels/],
    ['/key/generate', { max_budgt: 5 }, 400, /Did you mean "max_budget"/],
    ['/key/block', {}, 400, /key: expected a key/],
    ['/key/block', { key: 5 }, 400, /key: expected a key/],
    ['/key/block', { key: 'x'.repeat(600) }, 400, /key: expected a key/],
    ['/key/info', undefined, 400, /key: expected a key/],
    ['/key/info?kee=1', undefined, 400, /Did you mean "key"/],
    ['/key/info?key=%ff%00', undefined, 404, /There is no key/],
    ['/key/list?size=many', undefined, 400, /size: expected a whole number from 1 to 100; came "many"/],
    ['/key/list?size=5&__proto__=1', undefined, 400, /__proto__: unknown field/],
  ] as const) {
    const answer = await call(path, body);
    t.equal(answer.status, status, `${path} ${String(body).slice(0, 40)}`);
    t.match(answer.json.error.message, message);
  }
  await directory.close();
});

t.test('a store that is down is a 503 that says when to come back', async (t) => {
  const { call, store, directory } = await server();
  store.down = true;
  const { status, headers, json } = await call('/key/generate', {});
  t.equal(status, 503);
  t.equal(headers.get('retry-after'), '1');
  t.equal(json.error.code, 'store_unavailable');
  await directory.close();
});

t.test('a fault of the gateway is an answer without its details, and in the log', async (t) => {
  const { call, store, log, directory } = await server();
  store.list = async () => {
    throw new TypeError('details');
  };
  const { status, json } = await call('/key/list');
  t.equal(status, 500);
  t.notMatch(json.error.message, /details/);
  t.match(log.lines.at(-1), { level: 'error', fields: { error: { message: 'details' } } });
  await directory.close();
});
