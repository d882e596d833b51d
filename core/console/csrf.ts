import { GatewayError } from '../../sdk/errors.ts';
import { isLoopback } from '../config/exposure.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Where a request that a page made comes from another site. Browsers say so in `Sec-Fetch-Site`; older ones send `Origin`
 * with whatever is not a plain GET. Programs send neither, and nothing is held against them.
 */
export function isCrossSite(headers: Headers): boolean {
  const site = one(headers['sec-fetch-site']);
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const origin = one(headers['origin']);
  return origin !== undefined && !isOwnOrigin(origin, one(headers['host']));
}

/** Whether an origin is the host that the request was sent to. The port of the scheme may be left out. */
function isOwnOrigin(origin: string, host: string | undefined): boolean {
  const from = urlOf(origin);
  if (from === null || host === undefined) return false;
  if (from.protocol !== 'http:' && from.protocol !== 'https:') return false;
  const to = urlOf(`${from.protocol}//${host}`);
  return to !== null && to.pathname === '/' && to.username === '' && from.host === to.host;
}

/**
 * Whether `Host` names this machine by a name that nobody outside can point at it. A page of `evil.example` whose name is
 * made to lead to 127.0.0.1 is of the same origin as the gateway to its browser, but it cannot change what `Host` says.
 * Requests without `Host` come from no browser.
 */
export function isLoopbackHost(headers: Headers): boolean {
  const host = one(headers['host']);
  if (host === undefined) return true;
  const url = urlOf(`http://${host}`);
  return url !== null && url.pathname === '/' && url.username === '' && isLoopback(url.hostname);
}

/** @throws GatewayError 403 `csrf_failed` for a request from another site. */
export function refuseCrossSite(headers: Headers): void {
  if (!isCrossSite(headers)) return;
  throw new GatewayError(
    'csrf_failed',
    'The request comes from a page of another site. Send it from the console at /playground/, or with the master key from a program.',
  );
}

/** @throws GatewayError 403 `csrf_failed` where a gateway without a master key is asked under another name. */
export function refuseOtherHosts(headers: Headers): void {
  if (isLoopbackHost(headers)) return;
  throw new GatewayError(
    'csrf_failed',
    'Without auth.master_key this is only answered under a name of this machine. Use http://127.0.0.1:PORT or http://localhost:PORT, or set auth.master_key.',
  );
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

function urlOf(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
