import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { createGateway } from '../../core/gateway.ts';
import { silentLog } from '../../core/services/log.ts';
import { chatEvents, sse } from '../../core/testing.ts';

/** A gateway and its provider, each on a socket of its own. `answer` gets each call of the provider. */
async function start(answer: (req: IncomingMessage, res: ServerResponse) => void) {
  const upstream = createServer(answer).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  const gateway = await createGateway({
    config: {
      name: 'gateway.yaml',
      text: `providers: { up: { kind: openai, base_url: "http://127.0.0.1:${port}/v1" } }\nmodels: { test: up/a }\n`,
    },
    policies: {},
    env: {},
    port: 0,
    services: { log: silentLog },
  });
  const { url } = await gateway.listen();
  return {
    gateway,
    ask: (signal: AbortSignal, stream: boolean) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ model: 'test', stream, messages: [{ role: 'user', content: 'Hi' }] }),
        signal,
      }),
    async close() {
      await gateway.close();
      upstream.closeAllConnections();
      upstream.close();
    },
  };
}

for (const stream of [false, true]) {
  const when = stream ? 'in the middle of a stream' : 'before there is an answer';
  t.test(
    `a client that disconnects ${when} closes the provider's connection and leaves nothing in flight`,
    async (t) => {
      let called!: (req: IncomingMessage) => void;
      const call = new Promise<IncomingMessage>((resolve) => {
        called = resolve;
      });
      const { gateway, ask, close } = await start((req, res) => {
        if (stream) {
          res.writeHead(200, { 'content-type': 'text/event-stream' });
          res.write(sse(chatEvents(['Hello'])[0]!));
        }
        called(req);
      });
      t.teardown(close);
      const leave = new AbortController();
      const pending = ask(leave.signal, stream);
      const upstreamClosed = once((await call).socket, 'close');
      const reading: Promise<unknown> = stream ? (await pending).text() : pending;
      const leftAtMs = performance.now();
      leave.abort();
      await Promise.all([t.rejects(reading), upstreamClosed]);
      t.comment(
        `the provider's connection closed ${(performance.now() - leftAtMs).toFixed(1)} ms after the client left`,
      );
      t.equal(gateway.status().inFlight, 0);
      t.match(gateway.recentTraces(1), [{ outcome: 'client_gone' }]);
    },
  );
}
