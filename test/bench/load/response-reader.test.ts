import fc from 'fast-check';
import t from 'tap';
import { ResponseReader } from './response-reader.ts';

const withLength = (status: number, body: string): string =>
  `HTTP/1.1 ${status} X\r\nX-Other: 1\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const chunked = (pieces: readonly string[]): string =>
  `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${pieces
    .map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`)
    .join('')}0\r\n\r\n`;

function read(pieces: readonly Buffer[]): { answers: { status: number; body: string }[] } {
  const answers: { status: number; body: string }[] = [];
  let body = '';
  const reader = new ResponseReader({
    body: (bytes) => {
      body += bytes.toString('latin1');
    },
    end: (status, bodyBytes) => {
      t.equal(bodyBytes, body.length);
      answers.push({ status, body });
      body = '';
    },
  });
  for (const piece of pieces) reader.push(piece);
  return { answers };
}

t.test('answers are read the same wherever their bytes are cut', (t) => {
  const text =
    withLength(200, '{"a":1}') +
    chunked(['data: one\n\n', 'data: two\n\n']) +
    withLength(429, '') +
    chunked([]);
  const wanted = [
    { status: 200, body: '{"a":1}' },
    { status: 200, body: 'data: one\n\ndata: two\n\n' },
    { status: 429, body: '' },
    { status: 200, body: '' },
  ];
  const bytes = Buffer.from(text);
  for (let at = 0; at <= bytes.length; at++) {
    t.same(read([bytes.subarray(0, at), bytes.subarray(at)]).answers, wanted, `cut at ${at}`);
  }
  t.end();
});

t.test('answers are read the same in pieces of any size', (t) => {
  const bytes = Buffer.from(chunked(['x'.repeat(300), 'y']) + withLength(200, 'z'.repeat(50)));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
      const pieces: Buffer[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const size = sizes[turn % sizes.length]!;
        pieces.push(bytes.subarray(at, at + size));
        at += size;
      }
      return (
        read(pieces)
          .answers.map(({ body }) => body.length)
          .join() === '301,50'
      );
    }),
  );
  t.end();
});
