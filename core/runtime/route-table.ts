import type { Trace } from '../../sdk/trace.ts';
import { dialectFor } from '../dialects/registry.ts';
import type { KeyDirectory } from '../keys/directory.ts';
import type { Problem } from '../problem.ts';
import type { Programs } from '../program/registry.ts';
import type { Program } from '../program/step.ts';
import { admit } from '../server/caller.ts';
import { costRoutes } from '../server/cost-routes.ts';
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
  trace(requestId: string): Trace | undefined;
  reload(): Promise<readonly Problem[]>;
  rollback(version?: string): Promise<readonly Problem[]>;
}

export interface RouteTableOptions {
  readonly gateway: RoutedGateway;
  readonly setups: Setups;
  readonly programs: Programs;
  readonly foundations: Foundations;
  readonly metrics: Metrics;
  /** Where the program has a plugin that decides who may pass. */
  keysOf(program: Program): KeyDirectory | null;
  /** Reading of the monotonic clock at the start. */
  readonly startedMs: number;
}

/** Every route of the gateway itself; those of plugins come with the program. */
export function routeTable(options: RouteTableOptions): Route[] {
  const { gateway, setups, programs, foundations, metrics, keysOf, startedMs } = options;
  const { base } = foundations;
  const auth = () => setups.of(gateway.program).auth;
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
    ...costRoutes({ auth, ledger: () => foundations.stores.ledger, clock: base.clock }),
    ...systemRoutes({
      auth,
      admit: ({ headers }) => admit(headers, auth(), keysOf(gateway.program)),
      models: () => setups.of(gateway.program).services.models,
      program: () => ({
        version: gateway.program.version,
        loadedAtMs: gateway.program.loadedAtMs,
        problems: programs.status.lastError,
      }),
      configVersion: () => setups.current.config.version,
      draining: () => gateway.draining,
      health: base.health,
      gate: () => gateway.gate.state,
      uptimeMs: () => base.clock.monotonic() - startedMs,
      inFlight: () => gateway.active.size,
      trace: (id) => gateway.trace(id),
      reload: () => gateway.reload(),
      rollback: (version) => gateway.rollback(version),
    }),
  ];
}
