import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { Test } from 'tap';

/** A server on a free port of the loopback, closed with everything on it when the test ends. */
export interface UpstreamServer {
  readonly origin: string;
  /** Every connection that was ever made. */
  readonly sockets: readonly Socket[];
}

/** An HTTP server. */
export function serveHttp(t: Test, listener: RequestListener): Promise<UpstreamServer> {
  return listen(t, createHttpServer(listener));
}

/** A bare TCP server, for answers that no HTTP server would give. */
export function serveTcp(t: Test, onConnection: (socket: Socket) => void): Promise<UpstreamServer> {
  return listen(t, createTcpServer(onConnection));
}

/** An origin where nothing listens. */
export async function deadOrigin(): Promise<string> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

async function listen(t: Test, server: Server): Promise<UpstreamServer> {
  const sockets: Socket[] = [];
  server.on('connection', (socket) => {
    sockets.push(socket);
    // A client that resets the connection is what some tests are about.
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}
