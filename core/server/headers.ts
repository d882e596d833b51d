import { hash } from 'node:crypto';

const credentials = new Set([
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'cookie',
]);

/** Client headers as policies and plugins may see them: no credentials, no cookies, one value each. */
export function safeHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Readonly<Record<string, string>> {
  const safe: Record<string, string> = Object.create(null);
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || credentials.has(name)) continue;
    safe[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return safe;
}

/** The credential of a request: `Authorization: Bearer …` or `x-api-key`; null where there is none. */
export function credentialOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | null {
  const authorization = headers['authorization'];
  if (typeof authorization === 'string' && /^bearer /i.test(authorization))
    return authorization.slice(7).trim();
  const key = headers['x-api-key'] ?? headers['api-key'];
  return typeof key === 'string' ? key : null;
}

/** A name for whoever sends a request with this credential, that tells nothing of the credential. */
export function ownerOf(headers: Readonly<Record<string, string | string[] | undefined>>): string {
  return hash('sha256', credentialOf(headers) ?? '', 'base64url').slice(0, 22);
}
