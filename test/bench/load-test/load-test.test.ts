import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { Histogram } from '../histogram.ts';
import { failureCount, sendSteadily } from '../traffic/steady.ts';
import { type LoadOptions, parseLoadOptions } from './options.ts';
import { judgeLoad } from './verdict.ts';

const options: LoadOptions = {
  url: null,
  key: null,
  model: 'mock',
  peak: 25,
  factor: 2,
  seconds: 60,
  streams: 0.5,
  p95Ms: 250,
  maxErrors: 0.001,
  json: false,
};

t.test('twice the peak by default, and nobody is attacked by mistake', (t) => {
  t.match(parseLoadOptions([], {}), { url: null, peak: 25, factor: 2, p95Ms: 250, maxErrors: 0.001 });
  t.equal(parseLoadOptions(['--help'], {}), null);
  t.match(parseLoadOptions(['--url', 'http://localhost:4000/'], { GATEWAY_KEY: 'k' }), {
    url: 'http://localhost:4000',
    key: 'k',
  });
  t.match(parseLoadOptions(['--url', 'http://[::1]:4000'], {}), { url: 'http://[::1]:4000' });
  for (const url of ['https://gateway.example.com', 'http://127.0.0.1.example.com', 'http://10.0.0.1:4000']) {
    t.throws(() => parseLoadOptions(['--url', url], {}), /is not this machine.*--anywhere/);
    t.match(parseLoadOptions(['--url', url, '--anywhere'], {}), { url });
  }
  t.throws(() => parseLoadOptions(['--peak', 'many'], {}), /--peak: expected a number from/);
  t.throws(() => parseLoadOptions(['--url', 'here'], {}), /--url: expected an address/);
  t.end();
});

function result(firstMs: number, failed = 0, lateMs = 0) {
  const [firstByte, whole, lateness] = [new Histogram(), new Histogram(), new Histogram()];
  for (let count = 0; count < 100; count += 1) {
    firstByte.record(firstMs * 1000);
    whole.record(firstMs * 1000);
    lateness.record(lateMs * 1000);
  }
  return { sent: 1000, failures: new Map([['status 500', failed]]), firstByte, whole, lateness };
}

t.test('it passes where p95 and errors hold, fails where one does not, and says when it cannot tell', (t) => {
  t.match(judgeLoad(result(100), options), { verdict: 'pass', errors: 0, perSecond: 50 });
  t.match(judgeLoad(result(100, 1), options), { verdict: 'pass', errors: 1 });
  t.match(judgeLoad(result(100, 2), options), { verdict: 'fail', why: /0.2 % of the requests failed/ });
  t.match(judgeLoad(result(300), options), { verdict: 'fail', why: /p95 is \d+(\.\d+)? ms, above 250 ms/ });
  t.match(judgeLoad(result(300, 0, 290), options), { verdict: 'unclear', why: /late/ });
  t.end();
});

t.test('requests are sent on schedule, once each, and everything that goes wrong is counted', async (t) => {
  let asked = 0;
  const server = createServer((req, res) => {
    asked += 1;
    const kind = asked % 4;
    req.resume().on('end', () => {
      if (kind === 0) res.writeHead(500).end('{}');
      else if (kind === 1) res.socket?.destroy();
      else if (kind === 2) res.end('{"half":');
      else res.end('{"whole":true}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const sent = await sendSteadily({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    perSecond: 400,
    seconds: 0.1,
    maxOpen: 40,
    question: (index) => ({ path: '/', headers: {}, body: `${index}`, wholeWith: 'whole' }),
  });
  t.equal(sent.sent, 40);
  t.equal(asked, 40, 'nothing is tried again');
  t.equal(failureCount(sent), 30);
  t.match(Object.fromEntries(sent.failures), { 'status 500': 10, cut: 10 });
});
