import type { IncomingMessage, ServerResponse } from 'node:http';
import { fromNodeHandler, H3, type H3Event } from 'h3';
import { toNodeHandler } from 'h3/node';
import { GatewayError } from '../../sdk/errors.ts';
import type { Ids } from '../../sdk/services.ts';
import { openAiErrorBody } from '../dialects/openai-error.ts';
import { errorHeaders } from '../response/reply.ts';
import type { Incoming } from './incoming.ts';
import { NodeIncoming } from './node-incoming.ts';
import { fits } from './path.ts';
import type { Handler, Route } from './routes.ts';
import { WebIncoming } from './web-incoming.ts';

/** The gateway's HTTP face. */
export interface App {
  /** For node:http: raw request and response objects, no web streams on the way. */
  readonly node: (req: IncomingMessage, res: ServerResponse) => unknown;
  /** For tests and embedding: the same routes without a socket. */
  request(request: Request): Promise<Response>;
}

/** Routes that may change while the gateway runs. */
export interface OtherRoutes {
  /** False where it has no such method and path. Must not throw. */
  serve(incoming: Incoming): Promise<boolean>;
  current(): readonly Pick<Route, 'method' | 'path'>[];
}

/**
 * Builds the h3 application of a route table.
 *
 * @param ids of requests, for answers that are not an exchange's; without it these have none.
 * @param others answers what the table does not have.
 */
export function createApp(routes: readonly Route[], ids?: Pick<Ids, 'request'>, others?: OtherRoutes): App {
  const app = new H3();
  for (const route of routes) {
    for (const path of route.path.startsWith('/v1/') ? [route.path, route.path.slice(3)] : [route.path]) {
      app.on(route.method, path, (event) => serve(event, route.handle, ids));
    }
  }
  const elsewhere: Handler = async (incoming, params) => {
    if (others !== undefined && (await others.serve(incoming))) return;
    await notFound([...routes, ...(others?.current() ?? [])])(incoming, params);
  };
  app.all('/**', (event) => serve(event, elsewhere, ids));
  return {
    node: toNodeHandler(app) as (req: IncomingMessage, res: ServerResponse) => unknown,
    request: async (request) => app.request(request),
  };
}

function serve(event: H3Event, handle: Handler, ids: Pick<Ids, 'request'> | undefined): unknown {
  const params = event.context.params ?? {};
  if (event.runtime?.node?.res !== undefined) {
    // The promise tells h3 when the answer has ended: until then it must leave the response alone.
    return fromNodeHandler(async (req, res) => {
      const incoming = new NodeIncoming(req as IncomingMessage, res as ServerResponse);
      await handle(identified(incoming, ids), params);
      if (!res.writableEnded && !res.destroyed) await new Promise((resolve) => res.once('close', resolve));
    })(event);
  }
  const incoming = new WebIncoming(event.req as unknown as Request);
  void handle(identified(incoming, ids), params);
  return incoming.response;
}

function identified(incoming: Incoming, ids: Pick<Ids, 'request'> | undefined): Incoming {
  if (ids !== undefined) incoming.ids = ids;
  return incoming;
}

function requestId({ ids }: Incoming): Record<string, string> | undefined {
  return ids === undefined ? undefined : { 'x-request-id': ids.request() };
}

/** 404, or 405 with the methods that the path has. */
function notFound(routes: readonly Pick<Route, 'method' | 'path'>[]): Handler {
  return async (incoming) => {
    const path = incoming.url.split('?')[0]!;
    const methods = routes.filter((route) => fits(route.path, path)).map((route) => route.method);
    const error =
      methods.length > 0
        ? new GatewayError(
            'method_not_allowed',
            `${path} takes ${methods.join(' or ')}, not ${incoming.method}.`,
            {
              headers: { allow: methods.join(', ') },
            },
          )
        : new GatewayError(
            'not_found',
            `There is nothing at ${incoming.method} ${path}. See /v1/models, /v1/chat/completions, /health.`,
          );
    sendError(incoming, error);
  };
}

/** Sends an error in the OpenAI shape, for routes that have no dialect of their own. */
export function sendError(incoming: Incoming, error: GatewayError): void {
  if (!incoming.sink.open) return;
  incoming.sink.send(
    error.status,
    {
      ...errorHeaders(error),
      'content-type': 'application/json; charset=utf-8',
      ...requestId(incoming),
    },
    openAiErrorBody(error),
  );
}

/** Sends a JSON document. */
export function sendJson(incoming: Incoming, status: number, body: unknown): void {
  if (!incoming.sink.open) return;
  incoming.sink.send(
    status,
    {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      ...requestId(incoming),
    },
    JSON.stringify(body),
  );
}
