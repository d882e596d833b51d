import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import t, { type Test } from 'tap';
import { listenAt } from '../../../core/server/listen.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { recordingLog } from '../../../sdk/testing/fakes.ts';
import { authority, certificate, hasOpenssl } from './certificates.ts';

t.setTimeout(120_000);
if (!hasOpenssl) t.comment('openssl is not installed: TLS was not tested');
const skip = hasOpenssl ? false : 'openssl is not installed';

async function serve(t: Test, more: { clientCa?: string; requireClientCert?: boolean } = {}) {
  const dir = t.testdir({});
  authority(dir, 'ours');
  authority(dir, 'theirs');
  certificate(dir, 'server', 'localhost', 'ours');
  certificate(dir, 'billing', 'billing', 'ours');
  certificate(dir, 'stranger', 'billing', 'theirs');
  const clock = new FakeClock();
  const log = recordingLog();
  const listening = await listenAt(
    (req, res) => res.end(String(req.headers['x-sluice-client-cert'] ?? 'nobody')),
    {
      host: '127.0.0.1',
      port: 0,
      bodyLimitBytes: 1000,
      requestTimeoutMs: 60_000,
      drainTimeoutMs: 1000,
      drainDelayMs: 0,
      load: { maxConcurrent: 10, maxQueue: 0, queueTimeoutMs: 1000, shedAbove: 1 },
      tls: {
        cert: join(dir, 'server.pem'),
        key: join(dir, 'server.key'),
        clientCa: more.clientCa === undefined ? null : join(dir, more.clientCa),
        requireClientCert: more.requireClientCert ?? true,
      },
    },
    { clock, log },
  );
  t.teardown(() => listening.close());
  const pem = (file: string) => readFileSync(join(dir, file));
  /** What the server answers, or why it did not. */
  const ask = (as: string | null, headers: Record<string, string> = {}) =>
    new Promise<string>((resolve) => {
      const call = request(
        {
          host: '127.0.0.1',
          servername: 'localhost',
          port: listening.port,
          ca: pem('ours.pem'),
          checkServerIdentity: () => undefined,
          agent: false,
          headers,
          ...(as === null ? {} : { cert: pem(`${as}.pem`), key: pem(`${as}.key`) }),
        },
        (response) => {
          let text = '';
          response.on('data', (bytes: Buffer) => (text += bytes.toString()));
          response.on('end', () => resolve(text));
        },
      );
      call.on('error', () => resolve('refused'));
      call.end();
    });
  /** Serial number of the certificate that a new connection gets. */
  const serial = () =>
    new Promise<string>((resolve) => {
      const socket = connect({ port: listening.port, rejectUnauthorized: false }, () => {
        const { serialNumber } = socket.getPeerCertificate();
        socket.destroy();
        resolve(serialNumber);
      });
    });
  const until = async (fits: () => boolean | Promise<boolean>) => {
    const endMs = performance.now() + 20_000;
    while (!(await fits()) && performance.now() < endMs) {
      await clock.advance(5_000);
      // Files are read in real time.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    t.ok(await fits(), String(fits));
  };
  return { dir, listening, log, ask, serial, until };
}

t.test(
  'with client_ca only clients with a certificate of it are let in, under its name',
  { skip },
  async (t) => {
    const { ask } = await serve(t, { clientCa: 'ours.pem' });
    t.equal(await ask('billing'), 'billing');
    t.equal(
      await ask('billing', { 'x-sluice-client-cert': 'admin' }),
      'billing',
      'what clients claim is taken away',
    );
    t.equal(await ask(null), 'refused');
    t.equal(await ask('stranger'), 'refused');
  },
);

t.test(
  'where no certificate is required, one of another authority is refused all the same',
  { skip },
  async (t) => {
    const { ask } = await serve(t, { clientCa: 'ours.pem', requireClientCert: false });
    t.equal(await ask('billing'), 'billing');
    t.equal(await ask(null), 'nobody');
    t.equal(await ask(null, { 'x-sluice-client-cert': 'billing' }), 'nobody');
    t.equal(await ask('stranger'), 'refused');
  },
);

t.test('without client_ca nobody is asked', { skip }, async (t) => {
  const { ask } = await serve(t);
  t.equal(await ask(null, { 'x-sluice-client-cert': 'billing' }), 'nobody');
  t.equal(await ask('stranger'), 'nobody');
});

t.test('files that change are used by new connections, once they fit together', { skip }, async (t) => {
  const { dir, listening, log, ask, serial, until } = await serve(t, { clientCa: 'ours.pem' });
  const before = await serial();
  certificate(dir, 'next', 'localhost', 'ours');
  const copy = (from: string, to: string) => writeFileSync(join(dir, to), readFileSync(join(dir, from)));
  copy('next.key', 'server.key');
  await until(() => listening.tlsProblem() !== null);
  t.equal(listening.tlsProblem(), 'key and certificate do not belong together');
  t.equal(typeof listening.tlsProblemSinceMs(), 'number');
  t.equal(await serial(), before, 'half of a pair changes nothing');
  copy('next.pem', 'server.pem');
  await until(async () => (await serial()) !== before);
  t.equal(listening.tlsProblem(), null);
  t.equal(listening.tlsProblemSinceMs(), null);
  t.equal(await ask('billing'), 'billing');

  copy('theirs.pem', 'ours-clients.pem');
  const after = await serial();
  copy('theirs.pem', 'ours.pem');
  await until(() => log.lines.filter(({ level }) => level === 'info').length === 2);
  t.equal(await serial(), after);
  writeFileSync(join(dir, 'server.pem'), 'nonsense');
  await until(() => listening.tlsProblem() !== null);
  t.equal(listening.tlsProblem(), 'a file holds no PEM that can be read');
  t.equal(await serial(), after);
});

t.test('files that cannot be used at the start are an error', { skip }, async (t) => {
  await t.rejects(serve(t, { clientCa: 'none.pem' }), /none\.pem does not exist/);
});
