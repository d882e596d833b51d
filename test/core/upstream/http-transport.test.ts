import { once } from 'node:events';
import t from 'tap';
import { createHttpTransport } from '../../../core/upstream/http-transport.ts';
import { patient, post, RecordingHandler } from './recording-handler.ts';
import { transportFor } from './transport-for.ts';
import { serveHttp, serveTcp } from './upstream-server.ts';

t.test('a request arrives as it was built and its answer comes in order', async (t) => {
  const { origin } = await serveHttp(t, async (request, response) => {
    let body = '';
    for await (const piece of request) body += String(piece);
    response.writeHead(201, { 'x-one': '1', 'set-cookie': ['a=1', 'b=2'] });
    response.end(
      JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }),
    );
  });
  const handler = new RecordingHandler();
  post(transportFor(t), origin, handler, { headers: { 'x-request-id': 'req_1' }, body: '{"text":"äöü"}' });
  await handler.over;
  t.equal(handler.order, 'head data end');
  t.equal(handler.status, 201);
  t.match(handler.headers, { 'x-one': '1', 'set-cookie': 'a=1, b=2' });
  const seen = JSON.parse(handler.text);
  t.match(seen, { method: 'POST', url: '/v1/chat/completions', body: '{"text":"äöü"}' });
  t.match(seen.headers, {
    authorization: 'Bearer sk-secret',
    'x-request-id': 'req_1',
    'content-length': '17',
  });
});

t.test('a Buffer is sent as it is', async (t) => {
  const { origin } = await serveHttp(t, (request, response) => void request.pipe(response));
  const handler = new RecordingHandler();
  const bytes = Buffer.from([0, 255, 10, 13, 200]);
  transportFor(t).send({ method: 'POST', origin, path: '/', headers: {}, body: bytes }, patient, handler);
  await handler.over;
  t.same(Buffer.concat(handler.pieces), bytes);
});

t.test('an error status is an answer like any other', async (t) => {
  const { origin } = await serveHttp(t, (_request, response) => response.writeHead(429).end('slow down'));
  const handler = new RecordingHandler();
  post(transportFor(t), origin, handler);
  await handler.over;
  t.equal(handler.order, 'head data end');
  t.equal(handler.status, 429);
});

t.test('a redirect is not followed: it would take the credentials along', async (t) => {
  let asked = 0;
  const { origin } = await serveHttp(t, (_request, response) => {
    asked += 1;
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  const handler = new RecordingHandler();
  post(transportFor(t), origin, handler);
  await handler.over;
  t.equal(handler.status, 307);
  t.equal(asked, 1);
});

t.test('an informational answer before the answer is passed over', async (t) => {
  const { origin } = await serveHttp(t, (_request, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.end('ok');
  });
  const handler = new RecordingHandler();
  post(transportFor(t), origin, handler);
  await handler.over;
  t.equal(handler.status, 200);
  t.equal(handler.order, 'head data end');
});

t.test('bytes that are no HTTP are a cut', async (t) => {
  const { origin } = await serveTcp(t, (socket) => socket.once('data', () => socket.end('hello\r\n\r\n')));
  const handler = new RecordingHandler();
  post(transportFor(t), origin, handler);
  await handler.over;
  t.equal(handler.order, 'failure');
  t.equal(handler.failure?.kind, 'cut');
});

t.test('aborting a stream closes its connection at once and nothing more is said', async (t) => {
  const closed = Promise.withResolvers<number>();
  let abortedAt = 0;
  const { origin } = await serveHttp(t, (_request, response) => {
    response.write('data: 1\n\n');
    response.on('close', () => closed.resolve(performance.now() - abortedAt));
  });
  const handler = new RecordingHandler();
  const call = post(transportFor(t), origin, handler);
  await handler.firstPiece;
  abortedAt = performance.now();
  call.abort();
  call.abort();
  const tookMs = await closed.promise;
  t.comment(`closed after ${tookMs.toFixed(1)} ms`);
  t.equal(handler.order, 'head data');
});

t.test('aborting before the head closes the connection and nothing is said', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const { origin } = await serveHttp(t, (_request, response) => {
    response.on('close', () => closed.resolve());
    arrived.resolve();
  });
  const handler = new RecordingHandler();
  const call = post(transportFor(t), origin, handler);
  await arrived.promise;
  call.abort();
  await closed.promise;
  t.same(handler.said, []);
});

t.test('a call aborted before it has a connection is never sent', async (t) => {
  let asked = 0;
  const { origin } = await serveHttp(t, (_request, response) => {
    asked += 1;
    response.end('ok');
  });
  const transport = transportFor(t, { connectionsPerOrigin: 1 });
  const given = new RecordingHandler();
  post(transport, origin, given).abort();
  const next = new RecordingHandler();
  post(transport, origin, next);
  await next.over;
  t.equal(asked, 1);
  t.same(given.said, []);
});

t.test('aborting from within a callback stops the rest of what had already come', async (t) => {
  const { origin } = await serveTcp(t, (socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n');
    });
  });
  const handler = new RecordingHandler();
  const transport = createHttpTransport();
  const call = post(transport, origin, handler);
  handler.eachPiece = () => call.abort();
  await handler.firstPiece;
  await transport.close?.();
  t.equal(handler.text, 'one');
  t.equal(handler.order, 'head data');
});

t.test('a paused answer holds the provider back, and resuming brings all of it', async (t) => {
  const piece = Buffer.alloc(256 * 1024, 'x');
  const pieces = 64;
  let written = 0;
  const { origin } = await serveHttp(t, async (_request, response) => {
    for (let index = 0; index < pieces; index += 1) {
      written += 1;
      if (!response.write(piece)) await once(response, 'drain');
    }
    response.end();
  });
  const handler = new RecordingHandler();
  const call = post(transportFor(t), origin, handler);
  let received = 0;
  let pausedAt = 0;
  handler.eachPiece = (bytes) => {
    if (received === 0) {
      call.pause();
      // What the kernel's buffers hold comes whatever we do; far more than that must not.
      setTimeout(() => {
        pausedAt = handler.said.length;
        call.resume();
      }, 50);
    }
    received += bytes.length;
  };
  await handler.over;
  t.equal(received, piece.length * pieces);
  t.equal(pausedAt, 2, 'the head and one piece');
  t.equal(written, pieces);
});

t.test('calls one after the other share a connection', async (t) => {
  const { origin, sockets } = await serveHttp(t, (_request, response) => response.end('ok'));
  const transport = transportFor(t);
  for (let index = 0; index < 5; index += 1) {
    const handler = new RecordingHandler();
    post(transport, origin, handler);
    await handler.over;
    t.equal(handler.text, 'ok');
    // A connection is free one turn after its answer ended.
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.equal(sockets.length, 1);
});

t.test('calls at the same time use no more connections than allowed', async (t) => {
  const { origin, sockets } = await serveHttp(
    t,
    (_request, response) => void setImmediate(() => response.end('ok')),
  );
  const transport = transportFor(t, { connectionsPerOrigin: 3 });
  const handlers = Array.from({ length: 20 }, () => new RecordingHandler());
  for (const handler of handlers) post(transport, origin, handler);
  await Promise.all(handlers.map((handler) => handler.over));
  t.ok(handlers.every((handler) => handler.text === 'ok'));
  t.equal(sockets.length, 3);
});

t.test('closing lets calls under way end and refuses new ones', async (t) => {
  const release = Promise.withResolvers<void>();
  const { origin } = await serveHttp(t, (_request, response) => {
    response.write('first');
    void release.promise.then(() => response.end(' last'));
  });
  const transport = createHttpTransport();
  const running = new RecordingHandler();
  post(transport, origin, running);
  await running.firstPiece;
  const closed = transport.close?.();
  const late = new RecordingHandler();
  post(transport, origin, late);
  await late.over;
  t.match(late.failure, { kind: 'connect', message: /closing/ });
  release.resolve();
  await closed;
  t.equal(running.text, 'first last');
  t.equal(running.order, 'head data end');
});
