import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type Server, type ServerOptions } from 'node:https';
import { createSecureContext, type TLSSocket } from 'node:tls';
import type { Cancel, Clock, Log } from '../../sdk/services.ts';
import type { TlsConfig } from '../config/config.ts';
import { whyUnreadable } from '../secrets/file-source.ts';

/** How often the files are looked at: as often as other secrets. */
const pollMs = 5_000;

type Pem = Pick<ServerOptions, 'cert' | 'key' | 'ca'>;

export interface TlsServices {
  readonly clock: Clock;
  readonly log: Log;
}

/** A server whose certificates are replaced when their files are. */
export interface TlsListener {
  readonly server: Server;
  /** Why changed files are not in use; null where nothing is wrong. */
  problem(): string | null;
  /** Since when, in milliseconds since the epoch; null where nothing is wrong. */
  problemSinceMs(): number | null;
  stop(): void;
}

/**
 * TLS with certificates from files. With `clientCa` clients are asked for a certificate of that authority: from the first
 * connection, so that this cannot be left to a request. New connections get what the files hold by then; those that are open go
 * on. Files that do not fit together (a key that was replaced before its certificate) change nothing until they do.
 *
 * @throws Error where the files cannot be used at the start.
 */
export async function tlsListener(
  handler: Parameters<typeof createServer>[1],
  config: TlsConfig,
  { clock, log }: TlsServices,
): Promise<TlsListener> {
  let pem = await read(config);
  const asks = config.clientCa !== null;
  const server = createServer(
    { ...pem, requestCert: asks, rejectUnauthorized: asks && config.requireClientCert },
    handler,
  );
  if (asks && !config.requireClientCert) refuseStrangers(server);
  let problem: string | null = null;
  let sinceMs: number | null = null;
  let refused = '';
  let stopped = false;
  let cancel: Cancel = () => undefined;

  function well(message: string): void {
    problem = null;
    sinceMs = null;
    log.info({}, message);
  }

  async function look(): Promise<void> {
    try {
      const now = await read(config);
      if (stopped || digestOf(now) === digestOf(pem)) {
        if (!stopped && problem !== null) well('TLS files are again those that are in use');
        return;
      }
      createSecureContext(now);
      server.setSecureContext(now);
      pem = now;
      well('changed TLS certificates are in use');
    } catch (error) {
      sinceMs ??= clock.now();
      problem = error instanceof Error ? whyNot(error) : 'the files cannot be used';
      if (refused !== problem)
        log.error({ problem }, 'TLS files changed and cannot be used; those before stay in use');
    }
    refused = problem ?? '';
  }
  const next = () => {
    cancel = clock.after(pollMs, () => void look().finally(() => (stopped ? undefined : next())));
  };
  next();
  return {
    server,
    problem: () => problem,
    problemSinceMs: () => sinceMs,
    stop() {
      stopped = true;
      cancel();
    },
  };
}

/** Who needs no certificate and shows one of another authority is still not whom it says it is. */
function refuseStrangers(server: Server): void {
  server.on('secureConnection', (socket: TLSSocket) => {
    const shown = Object.keys(socket.getPeerCertificate()).length > 0;
    if (shown && !socket.authorized) socket.destroy();
  });
}

async function read({ cert, key, clientCa }: TlsConfig): Promise<Pem> {
  const [certPem, keyPem, caPem] = await Promise.all(
    [cert, key, clientCa].map((path) => (path === null ? null : file(path))),
  );
  return { cert: certPem!, key: keyPem!, ...(caPem === null ? undefined : { ca: caPem! }) };
}

async function file(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(`${path} ${whyUnreadable(error)}`);
  }
}

/** OpenSSL's own words name functions of its own. */
function whyNot({ message }: Error): string {
  if (/key values mismatch/i.test(message)) return 'key and certificate do not belong together';
  if (/PEM|no start line|DECODER|ASN1|asn1/.test(message)) return 'a file holds no PEM that can be read';
  return message;
}

function digestOf({ cert, key, ca }: Pem): string {
  return hash('sha256', JSON.stringify([cert, key, ca]), 'base64url');
}
