import { BlockList, isIP } from 'node:net';
import type { Problem } from '../problem.ts';
import type { Place } from '../yaml/place.ts';
import type { GatewayConfig } from './config.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** True for addresses that only this machine can reach: 127.0.0.0/8, ::1, localhost. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const family = isIP(bare);
  if (family === 0) return bare === 'localhost';
  return loopback.check(bare, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * The server answers without a key only on a loopback address and only while no master key is set. Any other
 * address without a master key is a problem: whoever finds the port would spend the owner's money.
 */
export function checkExposure(
  config: Pick<GatewayConfig, 'file' | 'server' | 'auth'>,
  place: Place = { line: 0, column: 0 },
): Problem | null {
  if (config.auth.masterKey !== null || isLoopback(config.server.host)) return null;
  return {
    file: config.file ?? 'built-in defaults',
    ...place,
    severity: 'error',
    message:
      `server.host: "${config.server.host}" can be reached from other machines and there is no auth.master_key; ` +
      'set auth.master_key or listen on 127.0.0.1',
  };
}
