import { GatewayError } from '../../sdk/errors.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { Log } from '../../sdk/services.ts';
import type { KeyAdmin } from '../keys/admin.ts';
import { sendError, sendJson } from './app.ts';
import type { AdminAccess } from './auth.ts';
import { ClientGone, type Incoming } from './incoming.ts';
import { jsonBody } from './json-body.ts';
import type { Handler, Route } from './routes.ts';

/** What the routes of keys need of the gateway. */
export interface KeyRouteDeps {
  readonly auth: () => AdminAccess;
  readonly keys: () => KeyAdmin;
  readonly log: Log;
}

/** A key with the longest metadata and models that are allowed is half of it. */
const maxBodyBytes = 64 * 1024;

type Posted = 'generate' | 'update' | 'delete' | 'block' | 'unblock' | 'regenerate';
const posted: readonly Posted[] = ['generate', 'update', 'delete', 'block', 'unblock', 'regenerate'];
const asked = ['info', 'list'] as const;

/** `/key/*`: virtual keys, with the master key only. */
export function keyRoutes(deps: KeyRouteDeps): Route[] {
  const admin =
    (answer: (incoming: Incoming) => Promise<JsonObject>): Handler =>
    async (incoming) => {
      try {
        deps.auth().admit(incoming);
        sendJson(incoming, 200, await answer(incoming));
      } catch (error) {
        if (error instanceof ClientGone) return;
        sendError(incoming, told(error, deps.log));
      }
    };
  return [
    ...posted.map((name): Route => {
      const handle = admin(async (incoming) =>
        deps.keys()[name](jsonBody(await incoming.readBody(maxBodyBytes))),
      );
      return { method: 'POST', path: `/key/${name}`, access: 'admin', handle };
    }),
    ...asked.map((name): Route => {
      const handle = admin((incoming) => deps.keys()[name](queryOf(incoming)));
      return { method: 'GET', path: `/key/${name}`, access: 'admin', handle };
    }),
  ];
}

/** The error as it is sent. */
function told(error: unknown, log: Log): GatewayError {
  if (error instanceof GatewayError) return error;
  log.error({ error }, 'a request about keys failed');
  return new GatewayError('internal_error', 'The gateway failed on this request.');
}

function queryOf({ url }: Incoming): Readonly<Record<string, string>> {
  const start = url.indexOf('?');
  return start < 0 ? {} : Object.fromEntries(new URLSearchParams(url.slice(start + 1)));
}
