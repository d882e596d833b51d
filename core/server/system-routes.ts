import { GatewayError } from '../../sdk/errors.ts';
import type { Health } from '../../sdk/health.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';
import type { Models } from '../../sdk/services.ts';
import type { Trace } from '../../sdk/trace.ts';
import { formatProblem, type Problem } from '../problem.ts';
import type { FailingSecret } from '../secrets/secrets.ts';
import { sendError, sendJson } from './app.ts';
import type { AdminAccess } from './auth.ts';
import type { GateState } from './gate.ts';
import { credentialOf } from './headers.ts';
import type { Incoming } from './incoming.ts';
import { listModels, showModel } from './model-routes.ts';
import { loadJson, readinessOf, secretsJson, targetsJson } from './readiness.ts';
import type { Handler, Route } from './routes.ts';

/** What `/health/ready` and the console say about the program. */
export interface ProgramStatus {
  readonly version: string;
  readonly loadedAtMs: number;
  /** Problems of the last change, where it was refused and an older version serves. */
  readonly problems: readonly Problem[] | null;
}

/** What the routes beside inference need of the gateway. */
export interface SystemDeps {
  readonly auth: () => AdminAccess;
  /** @throws GatewayError 401 for a client that may not ask anything. */
  readonly admit: (incoming: Incoming) => void;
  readonly models: () => Models;
  readonly program: () => ProgramStatus;
  readonly configVersion: () => string;
  readonly draining: () => boolean;
  readonly health: Health;
  readonly gate: () => GateState;
  readonly secrets: () => readonly FailingSecret[];
  /** Why changed certificates are not in use; null where nothing is wrong. */
  readonly tls: () => string | null;
  readonly uptimeMs: () => number;
  readonly inFlight: () => number;
  trace(requestId: string): MaybePromise<Trace | undefined>;
  reload(): Promise<readonly Problem[]>;
  rollback(version: string | undefined): Promise<readonly Problem[]>;
}

/** Wraps a handler so that what it throws becomes an error answer. */
function guarded(
  handle: (incoming: Incoming, params: Readonly<Record<string, string>>) => Promise<void> | void,
): Handler {
  return async (incoming, params) => {
    try {
      await handle(incoming, params);
    } catch (error) {
      sendError(
        incoming,
        error instanceof GatewayError
          ? error
          : new GatewayError('internal_error', 'The gateway failed on this request.'),
      );
    }
  };
}

/** Health, models, decisions and the administration of the program. */
export function systemRoutes(deps: SystemDeps): Route[] {
  const admin = (handle: Parameters<typeof guarded>[0]): Handler =>
    guarded((incoming, params) => {
      deps.auth().admit(incoming);
      return handle(incoming, params);
    });

  const client = (handle: Parameters<typeof guarded>[0]): Handler =>
    guarded((incoming, params) => {
      deps.admit(incoming);
      return handle(incoming, params);
    });

  const live: Handler = guarded((incoming) =>
    sendJson(incoming, 200, {
      status: 'ok',
      version: deps.program().version,
      uptime_s: Math.round(deps.uptimeMs() / 1000),
    }),
  );
  const ready: Handler = guarded((incoming) => {
    const program = deps.program();
    const status = readinessOf(deps.draining(), deps.models(), deps.health);
    sendJson(incoming, status === 'ok' ? 200 : 503, {
      status,
      in_flight: deps.inFlight(),
      load: loadJson(deps.gate()),
      config_version: deps.configVersion(),
      policies: {
        version: program.version,
        loaded_at: new Date(program.loadedAtMs).toISOString(),
        // Serving goes on with the last good version, so this is a warning and not a failing probe.
        last_change: program.problems === null ? 'ok' : 'refused',
        problems: (program.problems ?? []).map(formatProblem),
      },
      ...secretsJson(deps.secrets(), deps.tls(), isOwner(incoming, deps.auth())),
      targets: targetsJson(deps.models(), deps.health, isOwner(incoming, deps.auth())),
    });
  });

  return [
    { method: 'GET', path: '/health', handle: live, access: 'public' },
    { method: 'GET', path: '/health/live', handle: live, access: 'public' },
    { method: 'GET', path: '/health/liveliness', handle: live, access: 'public' },
    { method: 'GET', path: '/health/ready', handle: ready, access: 'public' },
    { method: 'GET', path: '/health/readiness', handle: ready, access: 'public' },
    {
      method: 'GET',
      path: '/v1/models',
      handle: client((incoming) => listModels(incoming, deps.models())),
      access: 'inference',
    },
    {
      method: 'GET',
      path: '/v1/models/**:id',
      handle: client((incoming, params) => showModel(incoming, decoded(params['id']), deps.models())),
      access: 'inference',
    },
    {
      method: 'GET',
      path: '/v1/decisions/:id',
      handle: admin((incoming, params) => showDecision(incoming, decoded(params['id']), deps)),
      access: 'admin',
    },
    {
      method: 'POST',
      path: '/policies/reload',
      access: 'admin',
      handle: admin(async (incoming) => {
        const problems = await deps.reload();
        const errors = problems.filter((problem) => problem.severity === 'error');
        sendJson(incoming, errors.length === 0 ? 200 : 422, {
          version: deps.program().version,
          reloaded: errors.length === 0,
          problems: problems.map(formatProblem),
        });
      }),
    },
    {
      method: 'POST',
      path: '/policies/rollback',
      access: 'admin',
      handle: admin(async (incoming) => {
        const body = (await incoming.readBody(64 * 1024)).toString('utf8');
        const wanted = body.trim() === '' ? undefined : versionOf(body);
        const problems = await deps.rollback(wanted);
        if (problems.length > 0) {
          throw new GatewayError('not_found', problems.map((problem) => problem.message).join('; '));
        }
        sendJson(incoming, 200, { version: deps.program().version });
      }),
    },
  ];
}

/** Who has the master key, or everybody where there is none. */
function isOwner({ headers }: Incoming, auth: AdminAccess): boolean {
  if (!auth.required) return true;
  const credential = credentialOf(headers);
  return credential !== null && auth.is(credential);
}

function versionOf(body: string): string | undefined {
  try {
    const value = (JSON.parse(body) as { version?: unknown }).version;
    return typeof value === 'string' ? value : undefined;
  } catch {
    throw new GatewayError(
      'invalid_request',
      'Expected no body, or a JSON object such as {"version": "0123456789ab"}.',
    );
  }
}

/** A path parameter as text. SDKs escape the slash of `provider/model`. */
function decoded(param: string | undefined): string {
  try {
    return decodeURIComponent(param ?? '');
  } catch {
    return param ?? '';
  }
}

async function showDecision(incoming: Incoming, id: string, deps: SystemDeps): Promise<void> {
  const trace = await deps.trace(id);
  if (trace === undefined) {
    throw new GatewayError(
      'not_found',
      `No decision record with request id "${id}": the gateway keeps the last requests since its start. Take the id from an answer's X-Request-Id header.`,
    );
  }
  sendJson(incoming, 200, trace);
}
