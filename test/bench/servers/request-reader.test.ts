import t from 'tap';
import { RequestReader } from './request-reader.ts';

const sized = (body: string): string =>
  `POST /v1 HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const chunked = (body: string): string =>
  `POST /v1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

t.test('requests are told apart wherever their bytes are cut, and streams are recognised', (t) => {
  const bytes = Buffer.from(
    sized('{"stream":false}') + chunked('{"stream": true}') + sized('{"model":"m","stream":true}'),
  );
  for (let at = 0; at <= bytes.length; at++) {
    const streams: boolean[] = [];
    const reader = new RequestReader(({ stream }) => streams.push(stream));
    reader.push(bytes.subarray(0, at));
    reader.push(bytes.subarray(at));
    t.same(streams, [false, true, true], `cut at ${at}`);
  }
  t.end();
});
