import t, { type Test } from 'tap';
import { createGateway } from '../../core/gateway.ts';
import type { GatewayRoute } from '../../core/runtime/gateway.ts';
import { silentLog } from '../../core/services/log.ts';

const master = 'sk-master-0123456789';

/** What an endpoint that reaches a model takes. A new one fails here until somebody says what a request for it is. */
const messages = [{ role: 'user', content: 'Hi' }];
const bodies: Readonly<Record<string, object>> = {
  '/v1/chat/completions': { model: 'cheap', messages, max_tokens: 10 },
  '/v1/completions': { model: 'cheap', prompt: 'Hi', max_tokens: 10 },
  '/v1/embeddings': { model: 'cheap', input: 'Hi' },
  '/v1/messages': { model: 'cheap', max_tokens: 10, messages },
  '/v1/messages/count_tokens': { model: 'cheap', messages },
  '/v1/responses': { model: 'cheap', input: 'Hi', max_output_tokens: 16 },
};

/** Costs nothing, so no budget is in its way. */
const free = new Set(['/v1/messages/count_tokens']);

/** Whether an endpoint can stream its answer. */
const streams = new Set(['/v1/chat/completions', '/v1/completions', '/v1/messages', '/v1/responses']);

const policies = {
  '00-ledger.yaml': 'plugin: ledger\nprices: { "*": { input: $1.00, output: $2.00 } }\n',
  '10-keys.yaml': 'plugin: keys\n',
  '20-limits.yaml': 'plugin: token-limiter\n',
};

async function start(t: Test) {
  const gateway = await createGateway({
    config: {
      name: 'gateway.yaml',
      text: `auth: { master_key: ${master} }\nproviders: { mock: { kind: mock } }\nmodels: { cheap: mock/gpt }\n`,
    },
    policies,
    env: {},
    data: t.testdir(),
    services: { log: silentLog },
  });
  t.teardown(() => gateway.close());
  const send = (method: string, path: string, key: string | null, body?: object) =>
    gateway.request(
      new Request(`http://gateway.test${path}`, {
        method,
        headers: {
          'content-type': 'application/json',
          ...(key === null ? undefined : { authorization: `Bearer ${key}` }),
        },
        ...(method === 'POST' ? { body: JSON.stringify(body ?? {}) } : undefined),
      }),
    );
  const generate = async (fields: object) => {
    const answer = await send('POST', '/key/generate', master, fields);
    return ((await answer.json()) as { key: string }).key;
  };
  /** Rows of requests with this id. */
  const rows = async (requestId: string) => {
    const answer = await send('GET', `/spend/logs?request_id=${requestId}`, master);
    return ((await answer.json()) as { request_id: string; metadata: { status_code: number } }[]).filter(
      (row) => row.request_id === requestId,
    );
  };
  return { gateway, send, generate, rows };
}

/** A path as clients may write it: with the version in front of it and without. */
function spellings({ path }: Pick<GatewayRoute, 'path'>): string[] {
  const filled = path.replaceAll(/(?:\*\*)?:\w+/g, 'something');
  return filled.startsWith('/v1/') ? [filled, filled.slice(3)] : [filled];
}

async function codeOf(answer: Response): Promise<string> {
  const body = (await answer.json()) as { error: { code?: string; type?: string } };
  return `${answer.status} ${body.error.code ?? body.error.type}`;
}

t.test('the table is what it is thought to be: a new route has to say what it is', async (t) => {
  const { gateway } = await start(t);
  const { routes } = gateway;
  t.ok(routes.length > 20);
  const models = routes.filter(({ method, access }) => access === 'inference' && method === 'POST');
  t.same(models.map(({ path }) => path).sort(), Object.keys(bodies).sort(), 'endpoints that reach a model');
  t.same(
    routes
      .filter(({ access }) => access === 'public')
      .map(({ path }) => path)
      .sort(),
    [
      '/health',
      '/health/live',
      '/health/liveliness',
      '/health/readiness',
      '/health/ready',
      '/metrics',
      // The app's files, and its session: GET, POST and DELETE.
      '/playground',
      '/playground/**:path',
      '/playground/api/session',
      '/playground/api/session',
      '/playground/api/session',
    ],
    'endpoints for everybody',
  );
  const keys = routes.map(({ method, path }) => `${method} ${path}`);
  t.equal(new Set(keys).size, keys.length, 'none is there twice');
});

t.test('no route but the public ones says anything without a key, or with a wrong one', async (t) => {
  const { gateway, send } = await start(t);
  for (const route of gateway.routes) {
    if (route.access === 'public') continue;
    for (const path of spellings(route)) {
      for (const key of [null, 'sk-wrong', `${master}x`, '']) {
        const answer = await send(route.method, path, key, bodies[route.path]);
        t.equal(answer.status, 401, `${route.method} ${path} with ${key ?? 'no key'}`);
        await answer.text();
      }
    }
  }
});

t.test('administration wants the master key: no virtual key is enough', async (t) => {
  const { gateway, send, generate } = await start(t);
  const key = await generate({});
  let seen = 0;
  for (const route of gateway.routes) {
    if (route.access !== 'admin') continue;
    for (const path of spellings(route)) {
      seen += 1;
      t.equal(await codeOf(await send(route.method, path, key)), '401 invalid_api_key', path);
      const answer = await send(route.method, path, master);
      t.not(answer.status, 401, `${path} with the master key`);
      // The tail of the traffic has no end.
      const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true;
      await (isStream ? answer.body?.cancel() : answer.text());
    }
  }
  t.ok(seen > 12, `${seen} paths`);
});

for (const [path, body] of Object.entries(bodies)) {
  t.test(`${path} is held to limits and booked, with and without its version`, async (t) => {
    const { send, generate, rows } = await start(t);
    const booked = async (answer: Response, status: number) => {
      const requestId = answer.headers.get('x-request-id')!;
      t.match(await rows(requestId), [{ metadata: { status_code: status } }], `one row of ${status}`);
      t.equal((await rows(requestId)).length, 1);
    };
    for (const spelling of spellings({ path })) {
      const key = await generate({ rpm_limit: 1 });
      const first = await send('POST', spelling, key, body);
      t.equal(first.status, 200, spelling);
      await first.text();
      await booked(first, 200);
      const second = await send('POST', spelling, key, body);
      t.equal(second.status, 429, `${spelling}: the second request of a minute`);
      t.match(second.headers.get('retry-after'), /^[1-9]/);
      await second.text();
      await booked(second, 429);
      if (streams.has(path)) {
        const roomy = await generate({});
        const stream = await send('POST', spelling, roomy, { ...body, stream: true });
        t.match(stream.headers.get('content-type'), 'text/event-stream', `${spelling}: a stream`);
        await stream.text();
        await booked(stream, 200);
      }
      const other = path === spelling ? spellings({ path })[1]! : path;
      const third = await send('POST', other, key, body);
      t.equal(third.status, 429, 'the other spelling is the same limit');
      await third.text();

      if (!free.has(path)) {
        const poor = await generate({ max_budget: 0 });
        const refused = await send('POST', spelling, poor, body);
        t.equal(refused.status, 402, `${spelling}: nothing to spend`);
        await refused.text();
        await booked(refused, 402);
      }

      const narrow = await generate({ models: ['other'] });
      const forbidden = await send('POST', spelling, narrow, body);
      t.equal(forbidden.status, 403, `${spelling}: a model that is not the key's`);
      await forbidden.text();
      await booked(forbidden, 403);

      const unknown = await send('POST', spelling, await generate({}), { ...body, model: 'nobody' });
      t.equal(unknown.status, 404, `${spelling}: a model that nobody has`);
      await unknown.text();
      await booked(unknown, 404);
    }
  });
}

t.test('a key that is blocked, expired or deleted reaches no model by any path', async (t) => {
  const { gateway, send, generate } = await start(t);
  const blocked = await generate({});
  await send('POST', '/key/block', master, { key: blocked });
  const deleted = await generate({});
  await send('POST', '/key/delete', master, { keys: [deleted] });
  for (const route of gateway.routes) {
    if (route.access !== 'inference') continue;
    for (const path of spellings(route)) {
      for (const key of [blocked, deleted]) {
        const answer = await send(route.method, path, key, bodies[route.path]);
        t.equal(answer.status, 401, path);
        await answer.text();
      }
    }
  }
});

t.test('nothing else is there: other methods, other versions, other ways to write a path', async (t) => {
  const { gateway, send } = await start(t);
  const { routes } = gateway;
  const known = new Set(routes.flatMap((route) => spellings(route).map((path) => `${route.method} ${path}`)));
  const open = routes.filter(({ path }) => path.includes('**')).flatMap((route) => spellings(route));
  for (const route of routes) {
    for (const path of spellings(route)) {
      for (const method of ['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS']) {
        if (known.has(`${method} ${path}`)) continue;
        const answer = await send(method, path, master, bodies[route.path]);
        t.ok(answer.status === 404 || answer.status === 405, `${method} ${path}: ${answer.status}`);
        await answer.text();
      }
      const bare = path.replace(/^\/v1/, '');
      const odd = [
        `/v2${bare}`,
        `/v1/v1${bare}`,
        `${path}/more`,
        `${path}/`,
        `/api${path}`,
        `/${path}`,
        path.toUpperCase(),
        `${path.slice(0, -1)}%${path.charCodeAt(path.length - 1).toString(16)}`,
        `/./x/..${path}`,
        `${path};x=1`,
      ];
      for (const other of odd) {
        if (open.some((prefix) => other.startsWith(prefix.replace(/something$/, '')))) continue;
        const answer = await send(route.method, other, null, bodies[route.path]);
        const closed = [401, 404, 405].includes(answer.status);
        t.ok(closed || route.access === 'public', `${route.method} ${other}: ${answer.status}`);
        await answer.text();
      }
    }
  }
  for (const path of ['/v1/files', '/v1/batches', '/v1/images/generations', '/v1/audio/speech', '/', '/v1']) {
    const answer = await send('POST', path, master, bodies['/v1/chat/completions']);
    t.equal(answer.status, 404, path);
    await answer.text();
  }
});
