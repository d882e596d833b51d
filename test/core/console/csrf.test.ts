import t from 'tap';
import { isCrossSite, isLoopbackHost } from '../../../core/console/csrf.ts';

t.test('a request of another site is told by what its browser says of it', async (t) => {
  const host = 'gw.example:4000';
  const own: Record<string, string>[] = [
    {},
    { host },
    { host, origin: 'http://gw.example:4000' },
    { host, origin: 'https://gw.example:4000' },
    { host: 'gw.example', origin: 'https://gw.example' },
    { host: 'gw.example:443', origin: 'https://gw.example' },
    { host: 'GW.example', origin: 'https://gw.example' },
    { host, 'sec-fetch-site': 'same-origin', origin: 'http://gw.example:4000' },
    { host, 'sec-fetch-site': 'none' },
  ];
  for (const headers of own) t.equal(isCrossSite(headers), false, JSON.stringify(headers));
  const other: Record<string, string | string[]>[] = [
    { host, 'sec-fetch-site': 'cross-site' },
    { host, 'sec-fetch-site': 'same-site' },
    { host, 'sec-fetch-site': 'Same-Origin, cross-site' },
    { host, 'sec-fetch-site': ['same-origin', 'cross-site'] },
    { host, origin: 'null' },
    { host, origin: '' },
    { host, origin: 'http://evil.example' },
    { host, origin: 'http://gw.example' },
    { host, origin: 'http://gw.example.evil.example:4000' },
    { host, origin: 'http://gw.example:4000@evil.example' },
    { host, origin: 'file:///' },
    { origin: 'http://gw.example:4000' },
    { host: 'gw.example:4000/x', origin: 'http://gw.example:4000' },
    { host: 'user@gw.example:4000', origin: 'http://gw.example:4000' },
    { host, 'sec-fetch-site': 'same-origin', origin: 'http://evil.example' },
  ];
  for (const headers of other) t.equal(isCrossSite(headers), true, JSON.stringify(headers));
});

t.test('only names that nobody outside can point here are this machine', async (t) => {
  for (const host of [
    '127.0.0.1',
    '127.0.0.1:4000',
    'localhost',
    'LOCALHOST:4000',
    '[::1]:4000',
    '127.8.9.1',
  ]) {
    t.equal(isLoopbackHost({ host }), true, host);
  }
  t.equal(isLoopbackHost({}), true, 'no browser');
  const others = [
    'evil.example',
    'evil.example:4000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.0.0.1@evil.example',
    'evil.example/127.0.0.1',
    '10.0.0.1',
    '0.0.0.0',
    '[::]',
    '',
    'localhost:4000, evil.example',
  ];
  for (const host of others) t.equal(isLoopbackHost({ host }), false, host);
});
