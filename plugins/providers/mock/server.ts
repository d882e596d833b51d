import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../../sdk/services.ts';
import type { UpstreamLimits } from '../../../sdk/transport.ts';
import { errorBody, requestError } from './errors.ts';
import type { MockOptions } from './options.ts';
import { createMockTransport } from './transport.ts';

export interface ServeMockOptions {
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly clock: Clock;
  readonly options?: MockOptions;
}

/** A mock that listens. */
export interface MockServer {
  /** Base address for clients, such as `http://127.0.0.1:4010/v1`. */
  readonly url: string;
  readonly port: number;
  /** Ends every connection, streams included. */
  close(): Promise<void>;
}

/** Long enough for a prompt full of pictures. */
const maxBodyBytes = 50 * 1024 * 1024;
/** A server lets its client lose patience. */
const noLimits: UpstreamLimits = { headMs: Number.POSITIVE_INFINITY, stallMs: Number.POSITIVE_INFINITY };
const apis = new Set(['/chat/completions', '/completions', '/embeddings']);

/**
 * The mock as an HTTP server with OpenAI's API, for clients and gateways that want a real address: chat completions,
 * completions, embeddings, models and health, with or without `/v1`. Any key is fine.
 *
 * @throws Error where the address cannot be listened on.
 */
export async function serveMock({
  host = '127.0.0.1',
  port,
  clock,
  options = {},
}: ServeMockOptions): Promise<MockServer> {
  const transport = createMockTransport(options, clock);
  const models = ['gpt', 'gpt-mini', 'gpt-large', 'embed', ...Object.keys(options.scenarios ?? {})];

  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0]!.replace(/^\/v1(?=\/)/, '');
    if (request.method === 'POST' && apis.has(path)) {
      collect(request, response, (body) => answer(path, body, response));
      return;
    }
    request.resume();
    if (request.method === 'GET' && path === '/models') return sendJson(response, 200, modelList(models));
    if (request.method === 'GET' && path === '/health') return sendJson(response, 200, '{"status":"ok"}');
    const message = `The mock has no ${request.method} ${path}. It serves POST /v1/chat/completions, /v1/completions, /v1/embeddings and GET /v1/models, /health.`;
    sendJson(response, 404, errorBody({ ...requestError(message), status: 404, code: 'not_found' }));
  });

  function answer(path: string, body: Buffer, response: ServerResponse): void {
    const call = transport.send({ method: 'POST', origin: '', path, headers: {}, body }, noLimits, {
      onHead(status, headers) {
        response.writeHead(status, headers);
        // A client sees the head when it is sent, not with the first byte of the body.
        response.flushHeaders();
      },
      onData(bytes) {
        if (!response.write(bytes)) call.pause();
      },
      onEnd: () => response.end(),
      onFailure() {
        // Before the head a reset; later an end without the end of the body, which loses nothing of what was sent.
        if (response.headersSent) response.socket?.end();
        else response.socket?.resetAndDestroy();
      },
    });
    response.on('drain', () => call.resume());
    response.on('close', () => call.abort());
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port: listening } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${listening}/v1`,
    port: listening,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function collect(request: IncomingMessage, response: ServerResponse, use: (body: Buffer) => void): void {
  const pieces: Buffer[] = [];
  let bytes = 0;
  request.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes <= maxBodyBytes) pieces.push(piece);
    else pieces.length = 0;
  });
  request.on('end', () => {
    if (bytes <= maxBodyBytes) return use(Buffer.concat(pieces));
    const message = `The body has ${bytes} bytes; the mock takes ${maxBodyBytes}.`;
    sendJson(response, 413, errorBody({ ...requestError(message), status: 413, code: 'request_too_large' }));
  });
}

function modelList(models: readonly string[]): string {
  return JSON.stringify({
    object: 'list',
    data: models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'mock' })),
  });
}

function sendJson(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}
