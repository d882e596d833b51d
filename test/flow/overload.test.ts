import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { createGateway } from '../../core/gateway.ts';
import { silentLog } from '../../core/services/log.ts';
import { chatReply } from '../../core/testing.ts';

interface Ready {
  readonly load: { readonly under_way: number; readonly queued: number; readonly shed: object };
  readonly targets: readonly { readonly id: string; readonly successes: number }[];
}

/** A gateway that takes one request at a time and lets one wait, and a provider that answers when told to. */
async function start() {
  const calls: ServerResponse[] = [];
  const upstream = createServer((_req, res) => calls.push(res)).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  const text = [
    'server: { max_concurrent: 1, max_queue: 1, queue_timeout: 30s }',
    `providers: { up: { kind: openai, base_url: "http://127.0.0.1:${port}/v1" } }`,
    'models: { test: up/a }',
  ].join('\n');
  const gateway = await createGateway({
    config: { name: 'gateway.yaml', text },
    policies: {},
    env: {},
    port: 0,
    services: { log: silentLog },
  });
  const { url } = await gateway.listen();
  const ready = async (headers = {}) =>
    (await (await fetch(`${url}/health/ready`, { headers })).json()) as Ready;
  return {
    gateway,
    url,
    ready,
    ask: (signal?: AbortSignal) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ model: 'test', messages: [{ role: 'user', content: 'Hi' }] }),
        ...(signal === undefined ? undefined : { signal }),
      }),
    /** Waits until the load is so. */
    async until(load: Partial<Ready['load']>): Promise<void> {
      for (;;) {
        const now = (await ready()).load;
        if (Object.entries(load).every(([name, value]) => now[name as keyof Ready['load']] === value)) return;
      }
    },
    /** Answers the provider's next call. */
    async answer(): Promise<void> {
      while (calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
      const reply = chatReply('Hello');
      calls.shift()!.setHeader('content-type', 'application/json').end(JSON.stringify(reply.json));
    },
    async close() {
      await gateway.close();
      upstream.closeAllConnections();
      upstream.close();
    },
  };
}

/** Sends the head of a request and no body; gives the answer that comes all the same. */
async function headOnly(
  url: string,
): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  const sent = request(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': 1_000_000 },
  });
  sent.flushHeaders();
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  let body = '';
  for await (const piece of response) body += piece;
  sent.destroy();
  return { status: response.statusCode!, headers: response.headers, body };
}

t.test('what is too much waits in turn, and what is more is refused before its body is sent', async (t) => {
  const { ask, answer, until, ready, url, close } = await start();
  t.teardown(close);
  const first = ask();
  await until({ under_way: 1 });
  const second = ask();
  await until({ queued: 1 });
  const third = await headOnly(url);
  t.equal(third.status, 503);
  t.match(JSON.parse(third.body), { error: { code: 'overloaded', type: 'server_error' } });
  t.match(third.headers, { 'retry-after': /^\d+$/, 'x-request-id': /^req_/ });
  t.match((await ready()).load, { shed: { queue_full: 1, queue_timeout: 0, heap: 0 } });

  await answer();
  t.equal((await first).status, 200);
  await until({ under_way: 1, queued: 0 });
  await answer();
  t.equal((await second).status, 200);
  await until({ under_way: 0, queued: 0 });
  t.match((await ready()).targets, [
    { id: 'up/a', breaker: 'closed', in_flight: 0, successes: 2, failures: 0 },
  ]);
});

t.test('a client that leaves the queue makes room, and is not asked for', async (t) => {
  const { gateway, ask, answer, until, close } = await start();
  t.teardown(close);
  const first = ask();
  await until({ under_way: 1 });
  const leave = new AbortController();
  const second = ask(leave.signal);
  await until({ queued: 1 });
  leave.abort();
  await t.rejects(second);
  await until({ queued: 0 });
  const third = ask();
  await until({ queued: 1 });
  await answer();
  await answer();
  t.strictSame([(await first).status, (await third).status], [200, 200]);
  await until({ under_way: 0 });
  t.equal(gateway.recentTraces(10).length, 2);
});

t.test('a client that left after it was let in from the queue is seen to have left', async (t) => {
  const { gateway, ask, answer, until, close } = await start();
  t.teardown(close);
  const first = ask();
  await until({ under_way: 1 });
  const leave = new AbortController();
  const second = ask(leave.signal);
  await until({ queued: 1 });
  await answer();
  t.equal((await first).status, 200);
  while (gateway.status().inFlight !== 1 || gateway.recentTraces(10).length !== 1)
    await new Promise((resolve) => setImmediate(resolve));
  leave.abort();
  await t.rejects(second);
  await until({ under_way: 0, queued: 0 });
  t.match(
    gateway
      .recentTraces(10)
      .map(({ outcome }) => outcome)
      .sort(),
    ['client_gone', 'complete'],
  );
});

t.test('a shutdown tells those that wait to go elsewhere, and lets the others finish', async (t) => {
  const { gateway, ask, answer, until, close } = await start();
  t.teardown(close);
  const first = ask();
  await until({ under_way: 1 });
  const second = ask();
  await until({ queued: 1 });
  const drained = gateway.drain();
  const refused = await second;
  t.equal(refused.status, 503);
  t.match(await refused.json(), { error: { code: 'draining' } });
  t.ok(Number(refused.headers.get('retry-after')) >= 1);
  await answer();
  t.equal((await first).status, 200);
  await drained;
});

t.test('the public face of /health/ready does not repeat names that clients made up', async (t) => {
  const master = 'sk-master-0123456789';
  const gateway = await createGateway({
    config: {
      name: 'gateway.yaml',
      text: `auth: { master_key: ${master} }\nproviders: { up: { kind: mock } }\nmodels: { test: up/a }\n`,
    },
    policies: {},
    env: {},
    services: { log: silentLog },
  });
  t.teardown(() => gateway.close());
  const authorization = `Bearer ${master}`;
  for (const model of ['test', 'up/my-secret-project']) {
    const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] });
    const asked = new Request('http://gateway.test/v1/chat/completions', {
      method: 'POST',
      headers: { authorization },
      body,
    });
    t.equal((await gateway.request(asked)).status, 200);
  }
  const idsFor = async (headers: Record<string, string>) => {
    const response = await gateway.request(new Request('http://gateway.test/health/ready', { headers }));
    return ((await response.json()) as Ready).targets.map(({ id }) => id);
  };
  t.strictSame(await idsFor({}), ['up/a']);
  t.strictSame(await idsFor({ authorization: 'Bearer wrong' }), ['up/a']);
  t.strictSame(await idsFor({ authorization }), ['up/a', 'up/my-secret-project']);
});
