import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { createApp, sendError, sendJson } from '../../../core/server/app.ts';
import type { Route } from '../../../core/server/routes.ts';
import { testGateway } from '../../../core/testing.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import { countingIds } from '../../../sdk/testing/fakes.ts';

const routes: Route[] = [
  {
    method: 'GET',
    path: '/busy',
    access: 'admin',
    async handle(incoming) {
      sendError(incoming, new GatewayError('store_unavailable', 'Later.', { retryAfterMs: 1500 }));
    },
  },
  {
    method: 'GET',
    path: '/fine',
    access: 'public',
    handle: async (incoming) => sendJson(incoming, 200, { fine: true }),
  },
];

t.test('an error says when to come back, and every answer has an id of its own', async (t) => {
  const app = createApp(routes, countingIds());
  const server = createServer(app.node).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const ask of [
    (path: string, method = 'GET') => fetch(url + path, { method }),
    (path: string, method = 'GET') => app.request(new Request(url + path, { method })),
  ]) {
    const busy = await ask('/busy');
    t.equal(busy.status, 503);
    t.equal(busy.headers.get('retry-after'), '2');
    t.equal(busy.headers.get('retry-after-ms'), '1500');
    const ids = [busy];
    for (const [path, method, status] of [
      ['/fine', 'GET', 200],
      ['/fine', 'POST', 405],
      ['/nothing', 'GET', 404],
    ] as const) {
      const answer = await ask(path, method);
      t.equal(answer.status, status);
      ids.push(answer);
    }
    const seen = ids.map(({ headers }) => headers.get('x-request-id'));
    for (const id of seen) t.match(id, /^req_/);
    t.equal(new Set(seen).size, 4);
    await Promise.all(ids.map((answer) => answer.text()));
  }
});

t.test('health, models, decisions and errors of the gateway itself have ids', async (t) => {
  const { get, post, close } = await testGateway();
  t.teardown(close);
  for (const answer of [
    await get('/health'),
    await get('/health/ready'),
    await get('/v1/models'),
    await get('/v1/models/nothing'),
    await get('/v1/decisions/req_0'),
    await get('/nothing'),
    await get('/v1/chat/completions'),
    await post('/policies/rollback', { version: 'x' }),
    await get('/cost/report?by=nonsense'),
    await get('/key/list?page=x'),
  ]) {
    t.match(answer.headers.get('x-request-id'), /^req_/, answer.url);
    await answer.text();
  }
});
