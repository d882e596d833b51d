import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer, Server as NetServer } from 'node:net';
import type { ServerConfig } from '../config/config.ts';
import { isLoopback } from '../config/exposure.ts';
import { nameClient } from './client-certificate.ts';
import { type TlsServices, tlsListener } from './tls.ts';

type NodeHandler = (req: IncomingMessage, res: ServerResponse) => unknown;

/** A server that accepts requests. */
export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Why changed certificates are not in use; null where nothing is wrong. */
  tlsProblem(): string | null;
  /** Since when, in milliseconds since the epoch; null where nothing is wrong. */
  tlsProblemSinceMs(): number | null;
  /** Ends each connection with its next answer, which says so (`Connection: close`). New ones are accepted. */
  leave(): void;
  /** Stops accepting connections; those that are there go on. */
  stopAccepting(): void;
  /** Connections that are open. */
  connections(): Promise<number>;
  /** Ends the connections on which nothing is under way. */
  endIdle(): void;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** In place of a socket of its own. */
export interface ListenAt {
  /**
   * The process is one of several that node:cluster lets listen at the same address. Then the port is not tried first: whoever
   * tries takes connections.
   */
  readonly shared?: boolean;
  /** Descriptor of a socket that whoever started the process has opened, at the configured address. */
  readonly fd?: number | undefined;
}

/**
 * Listens at exactly the configured address. listhen would move to another port when the asked one is taken; a
 * gateway at another address than configured is worse than none, so that is an error here.
 *
 * @throws Error with what is in the way.
 */
export async function listenAt(
  handle: NodeHandler,
  config: ServerConfig,
  services: TlsServices,
  { shared = false, fd }: ListenAt = {},
): Promise<Listening> {
  let leaving = false;
  const handler: NodeHandler = (req, res) => {
    if (leaving) res.shouldKeepAlive = false;
    nameClient(req);
    return handle(req, res);
  };
  const given = shared || fd !== undefined;
  const port = config.port === 0 && !given ? await freePort(config.host) : config.port;
  if (!given) await assertFree(config.host, port);
  // listhen asks no client for a certificate, and never reads its files again.
  const tls = config.tls === null ? null : await tlsListener(handler, config.tls, services);
  const bound = (server: Server) =>
    fd === undefined ? listening(server, config.host, port) : takenOver(server, fd, config);
  const server =
    tls !== null
      ? await bound(tls.server as unknown as Server)
      : given
        ? await bound(createHttpServer(handler))
        : await plain(handler, config, port);
  // Long answers are bounded by the request's own deadline, not by the socket.
  server.requestTimeout = config.requestTimeoutMs;
  server.keepAliveTimeout = 65_000;
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  if (actual !== port && !shared) {
    server.close();
    throw new Error(`cannot listen on ${config.host}:${port}: the port is reserved; choose another --port`);
  }
  const scheme = config.tls === null ? 'http' : 'https';
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return {
    url: `${scheme}://${host}:${actual}`,
    port: actual,
    tlsProblem: () => tls?.problem() ?? null,
    tlsProblemSinceMs: () => tls?.problemSinceMs() ?? null,
    leave() {
      leaving = true;
    },
    stopAccepting() {
      // Not the method of node:http, which ends idle connections too: their clients may be about to ask.
      NetServer.prototype.close.call(server);
    },
    connections: () => new Promise((resolve) => server.getConnections((_, count) => resolve(count ?? 0))),
    endIdle() {
      server.closeIdleConnections();
    },
    async close() {
      tls?.stop();
      server.closeAllConnections();
      if (server.listening) {
        server.close();
        await once(server, 'close');
      }
    },
  };
}

async function plain(handler: NodeHandler, config: ServerConfig, port: number): Promise<Server> {
  // It brings a library for certificates along: only who listens loads it.
  const { listen } = await import('listhen');
  const listener = await listen(handler as Parameters<typeof listen>[0], {
    hostname: config.host,
    port,
    public: !isLoopback(config.host),
    isProd: true,
    showURL: false,
    autoClose: false,
    https: false,
  });
  return listener.server as Server;
}

/**
 * Listens on a socket that is open already. It must be the configured address: what may be reached from where, and without a
 * key, was decided by that.
 */
async function takenOver(server: Server, fd: number, { host, port }: ServerConfig): Promise<Server> {
  try {
    server.listen({ fd });
    await once(server, 'listening');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Error(
      `cannot listen on the socket that was handed over (LISTEN_FDS): expected TCP, came ${code}`,
    );
  }
  const address = server.address();
  if (typeof address === 'object' && address !== null) {
    const same = address.address === host || (host === 'localhost' && isLoopback(address.address));
    if (same && address.port === port) return server;
  }
  server.close();
  const where =
    typeof address === 'object' && address !== null ? `${address.address}:${address.port}` : 'no TCP port';
  throw new Error(
    `the socket that was handed over (LISTEN_FDS) is at ${where} and server.host and server.port say ${host}:${port}; ` +
      'make them the same, in ListenStream= of the socket unit or in gateway.yaml',
  );
}

async function listening(server: Server, host: string, port: number): Promise<Server> {
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

function probe(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}

async function assertFree(host: string, port: number): Promise<void> {
  try {
    await probe(host, port);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    const hint =
      code === 'EADDRINUSE' ? 'another program listens there; stop it or choose another --port' : code;
    throw new Error(`cannot listen on ${host}:${port}: ${hint}`);
  }
}

function freePort(host: string): Promise<number> {
  return probe(host, 0);
}
