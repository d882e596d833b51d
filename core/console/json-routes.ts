import { GatewayError } from '../../sdk/errors.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { Clock, Log } from '../../sdk/services.ts';
import { sendError, sendJson } from '../server/app.ts';
import { ClientGone, headerOf, type Incoming } from '../server/incoming.ts';
import { jsonBody } from '../server/json-body.ts';
import { readInTime } from '../server/read-in-time.ts';
import type { Handler, Route } from '../server/routes.ts';
import type { ConsoleAccess } from './access.ts';

/** Below it is everything that the app asks for. */
export const apiPath = '/playground/api';
/** A body that takes longer to arrive is not waited for. */
const bodyMs = 60_000;

export interface ConsoleRouteDeps {
  readonly access: ConsoleAccess;
  readonly clock: Clock;
  readonly log: Log;
  /** False where the configuration switches the console off. */
  readonly enabled: () => boolean;
}

type Answer = (incoming: Incoming) => Promise<void> | void;

/** A route whose failures become error answers. */
export function guarded(deps: Pick<ConsoleRouteDeps, 'enabled' | 'log'>, answer: Answer): Handler {
  return async (incoming) => {
    try {
      if (!deps.enabled()) {
        throw new GatewayError('not_found', 'The console is off: set console.enabled: true in gateway.yaml.');
      }
      await answer(incoming);
    } catch (error) {
      if (error instanceof ClientGone) return;
      if (incoming.sink.begun) return incoming.sink.end();
      sendError(incoming, told(error, deps.log));
    }
  };
}

/** Makes the routes for administrators: each asks first who is there. */
export function adminRoute(
  deps: ConsoleRouteDeps,
  method: Route['method'],
  path: string,
  answer: Answer,
): Route {
  const handle = guarded(deps, (incoming) => {
    deps.access.admitConsole(incoming);
    return answer(incoming);
  });
  return { method, path: `${apiPath}${path}`, access: 'admin', handle };
}

/** `GET` with JSON for an answer. */
export function getJson(
  deps: ConsoleRouteDeps,
  path: string,
  answer: (incoming: Incoming) => Promise<unknown> | unknown,
): Route {
  return adminRoute(deps, 'GET', path, async (incoming) => sendJson(incoming, 200, await answer(incoming)));
}

/** `POST` of a JSON object with JSON for an answer. */
export function postJson(
  deps: ConsoleRouteDeps,
  path: string,
  maxBodyBytes: number,
  answer: (body: JsonObject, incoming: Incoming) => Promise<unknown> | unknown,
): Route {
  return adminRoute(deps, 'POST', path, async (incoming) => {
    const body = await readJson(incoming, maxBodyBytes, deps.clock);
    sendJson(incoming, 200, await answer(body, incoming));
  });
}

/**
 * Reads a JSON object that says that it is one: forms of other sites can send text, and cannot send this type.
 *
 * @throws GatewayError 400, 408, 413, 415.
 */
export async function readJson(incoming: Incoming, maxBytes: number, clock: Clock): Promise<JsonObject> {
  const type = (headerOf(incoming, 'content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new GatewayError(
      'unsupported_media_type',
      `Expected the content type application/json; came ${type === '' ? 'none' : JSON.stringify(type.slice(0, 60))}.`,
    );
  }
  return jsonBody(await readInTime(incoming, maxBytes, bodyMs, clock));
}

function told(error: unknown, log: Log): GatewayError {
  if (error instanceof GatewayError) return error;
  log.error(
    { error: error instanceof Error ? error.stack : String(error) },
    'a request of the console failed',
  );
  return new GatewayError('internal_error', 'The gateway failed on this request.');
}
