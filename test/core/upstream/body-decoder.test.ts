import {
  brotliCompressSync,
  constants,
  createGzip,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import t, { type Test } from 'tap';
import { createHttpTransport } from '../../../core/upstream/http-transport.ts';
import { post, RecordingHandler } from './recording-handler.ts';
import { serveHttp } from './upstream-server.ts';

const text = JSON.stringify({ answer: 'tide and time '.repeat(500) });

async function ask(t: Test, coding: string, body: Buffer): Promise<RecordingHandler> {
  const { origin } = await serveHttp(t, (_request, response) => {
    response.writeHead(200, { 'content-encoding': coding, 'content-length': body.length }).end(body);
  });
  const transport = createHttpTransport();
  t.teardown(() => transport.close?.());
  const handler = new RecordingHandler();
  post(transport, origin, handler);
  await handler.over;
  return handler;
}

const codings = [
  ['gzip', gzipSync(text)],
  ['x-gzip', gzipSync(text)],
  ['GZIP', gzipSync(text)],
  ['deflate', deflateSync(text)],
  ['deflate', deflateRawSync(text)],
  ['br', brotliCompressSync(text)],
  ['zstd', zstdCompressSync(text)],
] as const;
for (const [coding, body] of codings) {
  t.test(`an answer in ${coding} is decoded although identity was asked for`, async (t) => {
    const handler = await ask(t, coding, body);
    t.equal(handler.text, text);
    t.equal(handler.order, 'head data end');
    t.notOk('content-encoding' in handler.headers, 'the head no longer claims a coding');
    t.notOk('content-length' in handler.headers, 'nor the length of the coded body');
  });
}

t.test('an answer that says identity is passed on as it is', async (t) => {
  const handler = await ask(t, 'identity', Buffer.from('plain'));
  t.equal(handler.text, 'plain');
});

t.test('an empty body in a coding is empty', async (t) => {
  const handler = await ask(t, 'gzip', Buffer.alloc(0));
  t.equal(handler.order, 'head end');
});

t.test('a damaged body is a cut', async (t) => {
  const handler = await ask(t, 'gzip', Buffer.from('this is no gzip'));
  t.equal(handler.failure?.kind, 'cut');
});

t.test('a compressed body that ends too early is a cut', async (t) => {
  const handler = await ask(t, 'gzip', gzipSync(text).subarray(0, -20));
  t.equal(handler.failure?.kind, 'cut');
});

t.test('a coding that is not known is a cut that names it', async (t) => {
  const handler = await ask(t, 'compress', Buffer.from('?'));
  t.equal(handler.order, 'failure');
  t.match(handler.failure, { kind: 'cut', message: /"compress"/ });
});

t.test('each event of a compressed stream comes when it was sent, not at the end', async (t) => {
  const second = Promise.withResolvers<void>();
  const { origin } = await serveHttp(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
    const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
    gzip.pipe(response);
    gzip.write('data: 1\n\n');
    void second.promise.then(() => gzip.end('data: 2\n\n'));
  });
  const transport = createHttpTransport();
  t.teardown(() => transport.close?.());
  const handler = new RecordingHandler();
  post(transport, origin, handler);
  await handler.firstPiece;
  t.equal(handler.text, 'data: 1\n\n');
  second.resolve();
  await handler.over;
  t.equal(handler.text, 'data: 1\n\ndata: 2\n\n');
});

t.test('aborting a compressed answer stops what is still being decoded', async (t) => {
  const big = gzipSync(Buffer.alloc(8 * 1024 * 1024, 'a'));
  const { origin } = await serveHttp(t, (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(big);
  });
  const transport = createHttpTransport();
  const handler = new RecordingHandler();
  const call = post(transport, origin, handler);
  handler.eachPiece = () => call.abort();
  await handler.firstPiece;
  await transport.close?.();
  await new Promise((resolve) => setImmediate(resolve));
  t.same(handler.said, ['head', 'data']);
});

t.test('a paused compressed answer waits and then comes whole', async (t) => {
  const length = 4 * 1024 * 1024;
  const big = gzipSync(Buffer.alloc(length, 'a'));
  const { origin } = await serveHttp(t, (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(big);
  });
  const transport = createHttpTransport();
  t.teardown(() => transport.close?.());
  const handler = new RecordingHandler();
  const call = post(transport, origin, handler);
  let pauses = 0;
  handler.eachPiece = () => {
    if (pauses >= 5) return;
    pauses += 1;
    call.pause();
    setImmediate(() => call.resume());
  };
  await handler.over;
  t.equal(Buffer.concat(handler.pieces).length, length);
  t.equal(pauses, 5);
});
