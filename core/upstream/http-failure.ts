import type { TransportFailure } from '../../sdk/transport.ts';

/**
 * What an error of undici or of a socket means. The message is made of our own words and the error's code: messages
 * of libraries have carried addresses with credentials, headers and pieces of bodies.
 *
 * @param started whether the request was being sent; before that every error is one of connecting.
 */
export function httpFailure(error: unknown, origin: string, started: boolean): TransportFailure {
  const code = codeOf(error);
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return { kind: 'connect', message: `no connection to ${origin} in time` };
    case 'UND_ERR_CLOSED':
    case 'UND_ERR_DESTROYED':
      return { kind: 'connect', message: `no new calls are made to ${origin}: the gateway is closing` };
    case 'UND_ERR_INVALID_ARG':
      return {
        kind: 'connect',
        message: `the request to ${origin} holds a header or path that HTTP cannot carry`,
      };
  }
  if (!started) return { kind: 'connect', message: `no connection to ${origin}: ${code}` };
  return { kind: 'cut', message: `the connection to ${origin} broke off: ${code}` };
}

/** `ECONNREFUSED`, `UND_ERR_SOCKET`, `DEPTH_ZERO_SELF_SIGNED_CERT`; the error's class where it has no such code. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : error.name;
}
