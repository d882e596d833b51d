import t from 'tap';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { post, RecordingHandler } from './recording-handler.ts';
import { transportFor } from './transport-for.ts';
import { deadOrigin, serveHttp, serveTcp } from './upstream-server.ts';

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
  t.same(handler.failure, {
    kind: 'timeout',
    message: `no answer from ${origin} within 300 ms`,
    limit: { name: 'head', ms: 300 },
  });
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
  t.same(handler.failure, {
    kind: 'timeout',
    message: `the answer of ${origin} stood still for 100 ms`,
    limit: { name: 'stall', ms: 100 },
  });
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
  t.same(second.failure, {
    kind: 'connect',
    message: `no connection to ${origin} within 500 ms`,
    limit: { name: 'connect', ms: 500 },
  });
  running.abort();
  const third = new RecordingHandler();
  const last = post(transport, origin, third);
  await third.firstPiece;
  last.abort();
  t.equal(asked, 2, 'the first and the third');
  t.equal(clock.pending, 0);
});
