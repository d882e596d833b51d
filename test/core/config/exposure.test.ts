import t from 'tap';
import { checkExposure, isLoopback } from '../../../core/config/exposure.ts';
import { loadConfig } from '../../../core/config/load.ts';
import { Secret } from '../../../sdk/secret.ts';
import { kinds } from './kinds.ts';

t.test('only addresses of this machine are loopback', (t) => {
  for (const host of [
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '[::1]',
    'localhost',
    'LOCALHOST',
    '::ffff:127.0.0.1',
  ]) {
    t.ok(isLoopback(host), host);
  }
  for (const host of [
    '0.0.0.0',
    '::',
    '',
    '10.0.0.1',
    '128.0.0.1',
    'example.com',
    '127.0.0.1.evil.com',
    '127.1',
  ]) {
    t.notOk(isLoopback(host), host);
  }
  t.end();
});

t.test('a master key opens every address, no key only loopback', async (t) => {
  const { config } = await loadConfig({ file: null, env: {}, kinds });
  const at = (host: string, masterKey: Secret | null) =>
    checkExposure({ ...config, server: { ...config.server, host }, auth: { ...config.auth, masterKey } });
  t.equal(at('127.0.0.1', null), null);
  t.equal(at('0.0.0.0', new Secret('k')), null);
  t.match(at('0.0.0.0', null), { severity: 'error', message: /set auth.master_key or listen on 127.0.0.1/ });
});
