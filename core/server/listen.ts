import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer } from 'node:net';
import { listen } from 'listhen';
import type { ServerConfig } from '../config/config.ts';
import { isLoopback } from '../config/exposure.ts';

type NodeHandler = (req: IncomingMessage, res: ServerResponse) => unknown;

/** A server that accepts requests. */
export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Stops accepting connections and ends idle ones; requests under way go on. */
  stopAccepting(): void;
  /** Ends every connection. */
  close(): Promise<void>;
}

/**
 * Listens at exactly the configured address. listhen would move to another port when the asked one is taken; a
 * gateway at another address than configured is worse than none, so that is an error here.
 *
 * @throws Error with what is in the way.
 */
export async function listenAt(handler: NodeHandler, config: ServerConfig): Promise<Listening> {
  const port = config.port === 0 ? await freePort(config.host) : config.port;
  await assertFree(config.host, port);
  const server =
    config.tls?.clientCa == null ? await plain(handler, config, port) : await mutual(handler, config, port);
  // Long answers are bounded by the request's own deadline, not by the socket.
  server.requestTimeout = config.requestTimeoutMs;
  server.keepAliveTimeout = 65_000;
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  if (actual !== port) {
    server.close();
    throw new Error(`cannot listen on ${config.host}:${port}: the port is reserved; choose another --port`);
  }
  const scheme = config.tls === null ? 'http' : 'https';
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return {
    url: `${scheme}://${host}:${actual}`,
    port: actual,
    stopAccepting() {
      server.close();
      server.closeIdleConnections();
    },
    async close() {
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
    https: config.tls === null ? false : { cert: config.tls.cert, key: config.tls.key },
  });
  return listener.server as Server;
}

/** Mutual TLS: listhen has no option for client certificates, and they must be asked for from the first connection. */
async function mutual(handler: NodeHandler, config: ServerConfig, port: number): Promise<Server> {
  const { cert, key, clientCa } = config.tls!;
  const server = createTlsServer(
    {
      cert: await readFile(cert),
      key: await readFile(key),
      ca: await readFile(clientCa!),
      requestCert: true,
      rejectUnauthorized: true,
    },
    handler as (req: IncomingMessage, res: ServerResponse) => void,
  );
  server.listen(port, config.host);
  await once(server, 'listening');
  return server as unknown as Server;
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
