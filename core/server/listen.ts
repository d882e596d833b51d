import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer, Server as NetServer } from 'node:net';
import { listen } from 'listhen';
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

/**
 * Listens at exactly the configured address. listhen would move to another port when the asked one is taken; a
 * gateway at another address than configured is worse than none, so that is an error here.
 *
 * @param shared the process is one of several that node:cluster lets listen at the same address. Then the port is not tried
 * first: whoever tries takes connections.
 * @throws Error with what is in the way.
 */
export async function listenAt(
  handle: NodeHandler,
  config: ServerConfig,
  services: TlsServices,
  shared = false,
): Promise<Listening> {
  let leaving = false;
  const handler: NodeHandler = (req, res) => {
    if (leaving) res.shouldKeepAlive = false;
    nameClient(req);
    return handle(req, res);
  };
  const port = config.port === 0 && !shared ? await freePort(config.host) : config.port;
  if (!shared) await assertFree(config.host, port);
  // listhen asks no client for a certificate, and never reads its files again.
  const tls = config.tls === null ? null : await tlsListener(handler, config.tls, services);
  const bound = (server: Server) => listening(server, config.host, port);
  const server =
    tls !== null
      ? await bound(tls.server as unknown as Server)
      : shared
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
