/**
 * Request headers that a policy or plugin may not set on a call to a provider: credentials, and what belongs to the
 * connection. The core drops them before a provider's `request` sees them.
 */
export const reservedHeaders: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'cookie',
  'host',
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'content-encoding',
  'expect',
]);
