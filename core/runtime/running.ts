import { GatewayError } from '../../sdk/errors.ts';
import type { AnyProviderKind } from '../../sdk/provider.ts';
import type { Trace } from '../../sdk/trace.ts';
import type { GatewayConfig } from '../config/config.ts';
import type { KeyDirectory } from '../keys/directory.ts';
import type { InFlight } from '../pipeline/in-flight.ts';
import { type Problem, ProblemsError } from '../problem.ts';
import { countGates } from '../program/gates.ts';
import type { PolicyLoader } from '../program/policy-loader.ts';
import type { Programs } from '../program/registry.ts';
import type { Program } from '../program/step.ts';
import { watchFolder } from '../program/watch.ts';
import { type App, createApp } from '../server/app.ts';
import { Gate } from '../server/gate.ts';
import type { IngressDeps } from '../server/ingress.ts';
import { type Listening, listenAt } from '../server/listen.ts';
import { type PluginRoutes, pluginRoutes } from '../server/plugin-routes.ts';
import type { Route } from '../server/routes.ts';
import { systemHeap } from '../services/heap.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { Tracing } from '../telemetry/tracing/tracing.ts';
import { TraceStore } from '../trace/store.ts';
import type { Gateway, GatewayStatus } from './gateway.ts';
import type { GatewayOptions } from './options.ts';
import { routeTable } from './route-table.ts';
import { createSetup, type Foundations, type Setup } from './setup.ts';
import type { Setups } from './setups.ts';
import type { Stores } from './stores.ts';

/** What `startGateway` hands over once the first program is loaded. */
export interface Parts {
  readonly options: GatewayOptions;
  readonly readConfig: () => Promise<GatewayConfig>;
  readonly kinds: ReadonlyMap<string, AnyProviderKind>;
  readonly foundations: Foundations & { readonly stores: Stores };
  readonly policies: PolicyLoader;
  readonly setups: Setups;
  readonly programs: Programs;
  readonly logging: { flush(): void } | null;
  setLoading(setup: Setup): void;
}

export async function closeAll(
  programs: Programs,
  setups: Setups,
  policies: PolicyLoader,
  { http, stores, keys }: Parts['foundations'],
): Promise<void> {
  await programs.close();
  await setups.close();
  await policies.close();
  await http.close?.();
  await keys.close();
  await stores.close();
}

/** A gateway that serves. */
export class RunningGateway implements Gateway, IngressDeps {
  readonly #parts: Parts;
  readonly #app: App;
  readonly #routes: readonly Route[];
  readonly #others: PluginRoutes;
  readonly #traces = new TraceStore();
  readonly #startedMs: number;
  readonly active: InFlight;
  readonly gate: Gate;
  draining = false;
  #closed = false;
  readonly #metrics: Metrics;
  readonly #tracing: Tracing;
  #listening: Listening | null = null;
  #stopWatching: (() => void) | null = null;
  #idle: (() => void) | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.active = parts.foundations.active;
    const { clock, log } = parts.foundations.base;
    this.#startedMs = clock.monotonic();
    this.gate = new Gate({
      clock,
      log,
      heap: parts.options.services?.heap ?? systemHeap,
      limits: () => parts.setups.current.config.server.load,
    });
    const models = () => parts.setups.current.services.models;
    this.#tracing = new Tracing({
      ...parts.foundations.base,
      config: () => parts.setups.current.config.telemetry,
      models,
    });
    this.#metrics = new Metrics(models, {
      health: parts.foundations.base.health,
      gate: () => this.gate.state,
      draining: () => this.draining,
      spansDropped: () => this.#tracing.spansDropped,
      program: () => ({
        version: this.program.version,
        refused: parts.programs.status.lastError !== null,
      }),
    });
    this.#routes = routeTable({
      ...parts,
      gateway: this,
      metrics: this.#metrics,
      keysOf: (program) => this.#keysOf(program),
      startedMs: this.#startedMs,
    });
    this.#others = this.#pluginRoutes();
    this.#app = createApp(this.#routes, parts.foundations.base.ids, this.#others);
    const { policies, watch } = parts.options;
    if (watch === true && typeof policies === 'string') {
      this.#stopWatching = watchFolder({
        folder: policies,
        clock,
        changed: () => parts.programs.reload(),
      });
      // What was saved between the first load and the start of the watch.
      void parts.programs.reload();
    }
  }

  acquire(): ReturnType<IngressDeps['acquire']> {
    const { program, release } = this.#parts.programs.acquire();
    const { config, services, auth, attempts } = this.#parts.setups.of(program);
    const keys = this.#keysOf(program);
    return { version: { program, config, services, auth, keys, attempts }, release };
  }

  settled(trace: Trace): void {
    this.#traces.add(trace);
    if (this.#metricsOn) this.#metrics.record(trace);
    this.#tracing.record(trace);
  }

  released(): void {
    if (this.active.size === 0) this.#idle?.();
  }

  get #metricsOn(): boolean {
    return this.#parts.setups.current.config.telemetry.metrics;
  }

  get routes(): Gateway['routes'] {
    return [...this.#routes, ...this.#others.current()].map(({ method, path, access }) => ({
      method,
      path,
      access,
    }));
  }

  get program(): Program {
    return this.#parts.programs.current!;
  }

  request(request: Request): Promise<Response> {
    return this.#app.request(request);
  }

  async listen(): Promise<Listening> {
    this.#metrics.addProcess();
    this.#listening = await listenAt(this.#app.node, this.#parts.setups.current.config.server);
    return this.#listening;
  }

  status(): GatewayStatus {
    const { setups, programs } = this.#parts;
    return {
      configVersion: setups.current.config.version,
      program: {
        version: this.program.version,
        steps: this.program.steps.length,
        problems: programs.status.lastError,
      },
      aliases: setups.current.services.models.aliases,
      inFlight: this.active.size,
      draining: this.draining,
    };
  }

  async reload(): Promise<readonly Problem[]> {
    const { foundations, setups, programs, kinds } = this.#parts;
    let next: Setup;
    try {
      const config = await this.#parts.readConfig();
      next =
        config.version === setups.current.config.version && config.file !== null
          ? setups.current
          : await createSetup(config, kinds, foundations);
    } catch (error) {
      const problems =
        error instanceof ProblemsError
          ? error.problems
          : [
              {
                file: 'gateway.yaml',
                line: 0,
                column: 0,
                severity: 'error' as const,
                message: String(error),
              },
            ];
      foundations.base.log.error({ problems }, 'the configuration was not changed');
      return problems;
    }
    this.#parts.setLoading(next);
    const result = await programs.reload({ force: next !== setups.current });
    if (result.ok) {
      await setups.replace(next);
      return [];
    }
    this.#parts.setLoading(setups.current);
    await setups.discard(next);
    return result.problems;
  }

  async rollback(version?: string): Promise<readonly Problem[]> {
    const result = await this.#parts.programs.rollback(version);
    return result.ok ? [] : result.problems;
  }

  trace(requestId: string): Trace | undefined {
    return this.#traces.get(requestId);
  }

  recentTraces(count: number): readonly Trace[] {
    return this.#traces.recent(count);
  }

  async drain(): Promise<void> {
    this.draining = true;
    this.#stopWatching?.();
    this.#listening?.stopAccepting();
    // Those that wait are refused, and have left once they are told.
    if (this.gate.drain() === 0 && this.active.size === 0) return;
    const { setups } = this.#parts;
    const { base } = this.#parts.foundations;
    await new Promise<void>((resolve) => {
      const cancel = base.clock.after(setups.current.config.server.drainTimeoutMs, () => {
        this.#breakOff();
        resolve();
      });
      this.#idle = () => {
        cancel();
        resolve();
      };
    });
  }

  async close(): Promise<void> {
    this.draining = true;
    this.#closed = true;
    this.#stopWatching?.();
    this.gate.drain();
    this.#breakOff();
    await this.#listening?.close();
    const { programs, setups, policies, foundations } = this.#parts;
    await closeAll(programs, setups, policies, foundations);
    // Last: the end of the programs has ended the last requests.
    await this.#tracing.close();
    this.#parts.logging?.flush();
  }

  /** The keys, where the program has a plugin that decides by them who may pass. */
  #keysOf(program: Program): KeyDirectory | null {
    return countGates(program.steps) > 0 ? this.#parts.foundations.keys.directory : null;
  }

  #breakOff(): void {
    for (const exchange of this.active) {
      exchange.breakOff(
        new GatewayError(
          'draining',
          'The gateway is shutting down and could not wait for this answer any longer.',
        ),
        'shutdown',
      );
    }
  }

  #pluginRoutes(): PluginRoutes {
    const { programs, setups, foundations } = this.#parts;
    return pluginRoutes({
      acquire: () => {
        if (this.#closed) return null;
        const { program, release } = programs.acquire();
        return { program, auth: setups.of(program).auth, keys: this.#keysOf(program), release };
      },
      clock: foundations.base.clock,
      log: foundations.base.log,
    });
  }
}
