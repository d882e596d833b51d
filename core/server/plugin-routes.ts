import { GatewayError } from '../../sdk/errors.ts';
import type { Caller } from '../../sdk/keys.ts';
import type { PluginRoute, PluginRouteAnswer } from '../../sdk/plugin-route.ts';
import type { Clock, Log } from '../../sdk/services.ts';
import type { KeyDirectory } from '../keys/directory.ts';
import type { Program } from '../program/step.ts';
import { sendError, sendJson } from './app.ts';
import type { AdminAccess, MasterKey } from './auth.ts';
import { callerOf } from './caller.ts';
import { safeHeaders } from './headers.ts';
import { ClientGone, type Incoming } from './incoming.ts';
import { jsonBody } from './json-body.ts';
import { paramsIn } from './path.ts';
import { readQuery } from './query.ts';
import { readInTime } from './read-in-time.ts';

/** A program and what decides who may ask, pinned until `release`. */
export interface PinnedProgram {
  readonly program: Pick<Program, 'steps'>;
  readonly auth: MasterKey;
  /** Null where only the master key counts. */
  readonly keys: KeyDirectory | null;
  release(): void;
}

export interface PluginRoutesDeps {
  /** Null where there is none: the gateway has been shut down. */
  acquire(): PinnedProgram | null;
  readonly clock: Clock;
  readonly log: Log;
  /** Who may ask what is for administrators; the pinned program's master key alone by default. */
  readonly admin?: AdminAccess;
}

/** Paths of plugins, which come and go with the program. */
export interface PluginRoutes {
  /** Answers a request. False where no plugin has its method and path. */
  serve(incoming: Incoming): Promise<boolean>;
  /** The routes of the current program. */
  current(): readonly PluginRoute[];
}

const maxBodyBytes = 64 * 1024;
/** A program is not closed while one of its routes answers: none may take for ever. */
const maxMs = 60_000;

interface Found {
  readonly route: PluginRoute;
  readonly params: Readonly<Record<string, string>>;
  readonly file: string;
}

export function pluginRoutes(deps: PluginRoutesDeps): PluginRoutes {
  return {
    async serve(incoming) {
      const pinned = deps.acquire();
      if (pinned === null) return false;
      try {
        const found = find(pinned.program, incoming);
        if (found === null) return false;
        await answer(incoming, found, pinned, deps);
        return true;
      } finally {
        pinned.release();
      }
    },
    current() {
      const pinned = deps.acquire();
      if (pinned === null) return [];
      const { program, release } = pinned;
      try {
        return program.steps.flatMap(({ routes = [] }) => routes);
      } finally {
        release();
      }
    },
  };
}

function find({ steps }: PinnedProgram['program'], { method, url }: Incoming): Found | null {
  const path = url.split('?', 1)[0]!;
  for (const { routes, file } of steps) {
    for (const route of routes ?? []) {
      const params = route.method === method ? paramsIn(route.path, path) : null;
      if (params !== null) return { route, params, file };
    }
  }
  return null;
}

async function answer(
  incoming: Incoming,
  { route, params, file }: Found,
  pinned: PinnedProgram,
  { clock, log, admin = pinned.auth }: PluginRoutesDeps,
): Promise<void> {
  try {
    const caller = admitted(incoming, route, pinned, admin);
    const names = route.query ?? [];
    const query = readQuery(incoming.url, names);
    const bytes =
      route.method === 'GET'
        ? null
        : await readInTime(incoming, route.maxBodyBytes ?? maxBodyBytes, maxMs, clock);
    const { status = 200, body } = await inTime(
      async () =>
        route.handle({
          params,
          query: Object.fromEntries(
            names.flatMap((name) => {
              const value = query.text(name);
              return value === undefined ? [] : [[name, value]];
            }),
          ),
          body: bytes === null ? {} : jsonBody(bytes),
          caller,
          headers: safeHeaders(incoming.headers),
        }),
      clock,
    );
    sendJson(incoming, status, body);
  } catch (error) {
    if (error instanceof ClientGone) return;
    if (error instanceof GatewayError) return sendError(incoming, error);
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.error({ file, path: route.path, error: reason }, 'a route of a plugin failed');
    sendError(incoming, new GatewayError('internal_error', 'The gateway failed on this request.'));
  }
}

/** @throws GatewayError 401 for whoever may not ask. */
function admitted(
  incoming: Incoming,
  { access }: PluginRoute,
  { auth, keys }: PinnedProgram,
  admin: AdminAccess,
): Caller {
  if (access === 'admin') {
    admin.admit(incoming);
    return { type: admin.required ? 'master' : 'open' };
  }
  const caller = callerOf(incoming.headers, auth, keys);
  if (caller.type !== 'refused') return caller;
  if (caller.open) return { type: 'open' };
  throw new GatewayError(caller.code, caller.message);
}

async function inTime(run: () => Promise<PluginRouteAnswer>, clock: Clock): Promise<PluginRouteAnswer> {
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(maxMs, () =>
    late.reject(new Error(`the route did not answer within ${maxMs / 1000} seconds`)),
  );
  try {
    return await Promise.race([run(), late.promise]);
  } finally {
    cancel();
  }
}
