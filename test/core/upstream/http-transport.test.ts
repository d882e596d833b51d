import { once } from 'node:events';
import t, { type Test } from 'tap';
import { createHttpTransport, type HttpTransportOptions } from '../../../core/upstream/http-transport.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import type { Transport } from '../../../sdk/transport.ts';
import { patient, post, RecordingHandler } from './recording-handler.ts';
import { deadOrigin, serveHttp, serveTcp } from './upstream-server.ts';

function transportFor(t: Test, options: HttpTransportOptions = {}): Transport {
  const transport = createHttpTransport(options);
  t.teardown(() => transport.close?.());
  return transport;
}

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

t.test('a refused connection is a connect failure that tells no secrets', async (t) => {
  const handler = new RecordingHandler();
  const origin = await deadOrigin();
  post(transportFor(t), origin, handler);
  await handler.over;
  t.equal(handler.order, 'failure');
  t.same(handler.failure, { kind: 'connect', message: `no connection to ${origin}: ECONNREFUSED` });
});

t.test('a host that does not exist is a connect failure', async (t) => {
  const handler = new RecordingHandler();
  post(transportFor(t), 'http://sluice.invalid', handler);
  await handler.over;
  t.equal(handler.failure?.kind, 'connect');
});

t.test('a server that speaks no TLS is a connect failure for https', async (t) => {
  const { origin } = await serveTcp(t, (socket) => socket.end('this is not TLS\r\n'));
  const handler = new RecordingHandler();
  post(transportFor(t), origin.replace('http:', 'https:'), handler);
  await handler.over;
  t.equal(handler.failure?.kind, 'connect');
});

t.test('a header that HTTP cannot carry is a failure that does not repeat it', async (t) => {
  const { origin } = await serveHttp(t, (_request, response) => response.end());
  const handler = new RecordingHandler();
  post(transportFor(t), origin, handler, { headers: { authorization: 'Bearer sk-secret\n' } });
  await handler.over;
  t.equal(handler.failure?.kind, 'connect');
  t.notMatch(handler.failure?.message, 'sk-secret');
});

t.test('a connection reset before the head is a cut', async (t) => {
  const { origin } = await serveTcp(t, (socket) => socket.once('data', () => socket.resetAndDestroy()));
  const handler = new RecordingHandler();
  post(transportFor(t), origin, handler);
  await handler.over;
  t.equal(handler.order, 'failure');
  t.equal(handler.failure?.kind, 'cut');
});

t.test('a connection reset in the body is a cut after what had come', async (t) => {
  const { origin } = await serveHttp(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n', () => setImmediate(() => response.socket?.resetAndDestroy()));
  });
  const handler = new RecordingHandler();
  post(transportFor(t), origin, handler);
  await handler.over;
  t.equal(handler.order, 'head data failure');
  t.equal(handler.text, 'data: 1\n\n');
  t.equal(handler.failure?.kind, 'cut');
});

t.test('a body shorter than announced is a cut', async (t) => {
  const { origin } = await serveTcp(t, (socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'));
  });
  const handler = new RecordingHandler();
  post(transportFor(t), origin, handler);
  await handler.over;
  t.equal(handler.failure?.kind, 'cut');
});

t.test('bytes that are no HTTP are a cut', async (t) => {
  const { origin } = await serveTcp(t, (socket) => socket.once('data', () => socket.end('hello\r\n\r\n')));
  const handler = new RecordingHandler();
  post(transportFor(t), origin, handler);
  await handler.over;
  t.equal(handler.order, 'failure');
  t.equal(handler.failure?.kind, 'cut');
});

t.test('a head that does not come in time is a timeout', async (t) => {
  const clock = new FakeClock();
  const arrived = Promise.withResolvers<void>();
  const { origin } = await serveHttp(t, () => arrived.resolve());
  const handler = new RecordingHandler();
  post(transportFor(t, { clock }), origin, handler, { limits: { headMs: 300, stallMs: 100 } });
  await arrived.promise;
  await clock.advance(299);
  t.equal(handler.order, '');
  await clock.advance(1);
  t.equal(handler.order, 'failure');
  t.same(handler.failure, { kind: 'timeout', message: `no answer from ${origin} within 300 ms` });
  t.equal(clock.pending, 0);
});

t.test('a body that stands still is a timeout, counted from its last piece', async (t) => {
  const clock = new FakeClock();
  const write = Promise.withResolvers<(text: string) => void>();
  const { origin } = await serveHttp(t, (_request, response) =>
    write.resolve((text) => response.write(text)),
  );
  const handler = new RecordingHandler();
  post(transportFor(t, { clock }), origin, handler, { limits: { headMs: 50, stallMs: 100 } });
  const send = await write.promise;
  send('1');
  await handler.firstPiece;
  await clock.advance(90);
  const second = Promise.withResolvers<void>();
  handler.eachPiece = () => second.resolve();
  send('2');
  await second.promise;
  await clock.advance(99);
  t.equal(handler.order, 'head data');
  await clock.advance(1);
  t.equal(handler.order, 'head data failure');
  t.same(handler.failure, { kind: 'timeout', message: `the answer of ${origin} stood still for 100 ms` });
  t.equal(clock.pending, 0);
});

t.test('time in which the gateway itself does not read is not the provider standing still', async (t) => {
  const clock = new FakeClock();
  const { origin } = await serveHttp(t, (_request, response) => void response.write('1'));
  const handler = new RecordingHandler();
  const call = post(transportFor(t, { clock }), origin, handler, { limits: { headMs: 50, stallMs: 100 } });
  await handler.firstPiece;
  call.pause();
  await clock.advance(1000);
  t.equal(handler.order, 'head data');
  call.resume();
  await clock.advance(200);
  t.equal(handler.failure?.kind, 'timeout');
});

t.test('a call that finds no free connection in time is a connect failure, and is never sent', async (t) => {
  const clock = new FakeClock();
  let asked = 0;
  const { origin } = await serveHttp(t, (_request, response) => {
    asked += 1;
    response.write('data: 1\n\n');
  });
  const transport = transportFor(t, { connectionsPerOrigin: 1, connectTimeoutMs: 500, clock });
  const first = new RecordingHandler();
  const running = post(transport, origin, first);
  await first.firstPiece;
  const second = new RecordingHandler();
  post(transport, origin, second);
  await clock.advance(500);
  t.same(second.failure, { kind: 'connect', message: `no connection to ${origin} within 500 ms` });
  running.abort();
  const third = new RecordingHandler();
  const last = post(transport, origin, third);
  await third.firstPiece;
  last.abort();
  t.equal(asked, 2, 'the first and the third');
  t.equal(clock.pending, 0);
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
  t.ok(tookMs < 50, `closed after ${tookMs} ms`);
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
