import type { Trace } from '../../sdk/trace.ts';
import type { Fleet } from '../cluster/fleet.ts';
import type { Console } from '../console/console.ts';
import { dialectFor } from '../dialects/registry.ts';
import type { EvalScheduler } from '../evals/schedule/scheduler.ts';
import type { KeyDirectory } from '../keys/directory.ts';
import type { Problem } from '../problem.ts';
import type { Programs } from '../program/registry.ts';
import type { Program } from '../program/step.ts';
import type { FailingSecret } from '../secrets/secrets.ts';
import { admit } from '../server/caller.ts';
import { costRoutes } from '../server/cost-routes.ts';
import { evalRoutes } from '../server/eval-routes.ts';
import type { Gate } from '../server/gate.ts';
import { type IngressDeps, serveInference } from '../server/ingress.ts';
import { keyRoutes } from '../server/key-routes.ts';
import { metricsRoute } from '../server/metrics-route.ts';
import { inferencePaths, type Route } from '../server/routes.ts';
import { systemRoutes } from '../server/system-routes.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Foundations } from './setup.ts';
import type { Setups } from './setups.ts';

/** What the routes ask of the gateway that they belong to. */
export interface RoutedGateway extends IngressDeps {
  readonly program: Program;
  readonly gate: Gate;
  readonly leaving: boolean;
  /** Why changed certificates are not in use; null where nothing is wrong. */
  readonly tlsProblem: string | null;
  trace(requestId: string): Trace | undefined;
  reload(): Promise<readonly Problem[]>;
}

export interface RouteTableOptions {
  readonly gateway: RoutedGateway;
  readonly setups: Setups;
  readonly programs: Programs;
  readonly foundations: Foundations;
  readonly metrics: Metrics;
  readonly fleet: Fleet | null;
  readonly evals: EvalScheduler;
  readonly console: Console;
  /** Secrets that could not be read anew. */
  secrets(): readonly FailingSecret[];
  /** Where the program has a plugin that decides who may pass. */
  keysOf(program: Program): KeyDirectory | null;
  /** Reading of the monotonic clock at the start. */
  readonly startedMs: number;
}

/** Every route of the gateway itself; those of plugins come with the program. */
export function routeTable(options: RouteTableOptions): Route[] {
  const { gateway, setups, programs, foundations, metrics, fleet, keysOf, startedMs } = options;
  const { base } = foundations;
  const master = () => setups.of(gateway.program).auth;
  const auth = () => options.console.access;
  const inference = inferencePaths.map(({ path, api }): Route => {
    const dialect = dialectFor(api)!;
    return {
      method: 'POST',
      path,
      access: 'inference',
      handle: (incoming) => serveInference(incoming, dialect, gateway),
    };
  });
  return [
    ...inference,
    metricsRoute(metrics, () => setups.current.config.telemetry.metrics),
    ...keyRoutes({ auth, keys: () => foundations.keys.admin, log: base.log }),
    ...evalRoutes({
      auth,
      suites: () => options.evals.status(),
      runs: () => foundations.stores.evalRuns,
    }),
    ...options.console.routes(),
    ...costRoutes({ auth, ledger: () => foundations.stores.ledger, clock: base.clock }),
    ...systemRoutes({
      auth,
      admit: ({ headers }) => admit(headers, master(), keysOf(gateway.program)),
      models: () => setups.of(gateway.program).services.models,
      program: () => ({
        version: gateway.program.version,
        loadedAtMs: gateway.program.loadedAtMs,
        problems: programs.status.lastError,
      }),
      configVersion: () => setups.current.config.version,
      draining: () => gateway.leaving,
      health: base.health,
      gate: () => gateway.gate.state,
      secrets: () => options.secrets(),
      tls: () => gateway.tlsProblem,
      uptimeMs: () => base.clock.monotonic() - startedMs,
      inFlight: () => gateway.active.size,
      trace: (id) => gateway.trace(id) ?? fleet?.trace(id),
      reload: () => {
        fleet?.tell({ type: 'reload' });
        return gateway.reload();
      },
      rollback: async (version) => {
        return (await options.console.programs.goBack(version)).problems;
      },
    }),
  ];
}
