import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';

/** What policies read: `header('x-sluice-client-cert', 'billing')`. Whatever clients send under it is taken away. */
export const clientCertHeader = 'x-sluice-client-cert';

/** One look for each connection: the certificate stays the same on it. */
const names = new WeakMap<TLSSocket, string | null>();

/** Says in a header who the client's certificate belongs to: its common name, where it was checked and is plain ASCII. */
export function nameClient(req: IncomingMessage): void {
  delete req.headers[clientCertHeader];
  const { socket } = req;
  if (!(socket instanceof TLSSocket) || !socket.authorized) return;
  let name = names.get(socket);
  if (name === undefined) {
    name = commonName(socket);
    names.set(socket, name);
  }
  if (name !== null) req.headers[clientCertHeader] = name;
}

function commonName(socket: TLSSocket): string | null {
  const { subject } = socket.getPeerCertificate();
  const name: unknown = subject?.CN;
  // Several names in one certificate are no name.
  return typeof name === 'string' && /^[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?$/.test(name)
    ? name
    : null;
}
