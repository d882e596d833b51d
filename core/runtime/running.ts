import type { Trace } from '../../sdk/trace.ts';
import type { MetricsJson } from '../cluster/messages.ts';
import { type Authoring, Console } from '../console/console.ts';
import type { EvalScheduler } from '../evals/schedule/scheduler.ts';
import type { KeyDirectory } from '../keys/directory.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import type { InFlight } from '../pipeline/in-flight.ts';
import type { Problem } from '../problem.ts';
import { countGates } from '../program/gates.ts';
import type { PolicyLoader } from '../program/policy-loader.ts';
import type { Programs } from '../program/registry.ts';
import type { Program } from '../program/step.ts';
import { watchFolder } from '../program/watch.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { type App, createApp } from '../server/app.ts';
import { Gate } from '../server/gate.ts';
import type { IngressDeps, Version } from '../server/ingress.ts';
import { type Listening, listenAt } from '../server/listen.ts';
import { type PluginRoutes, pluginRoutes } from '../server/plugin-routes.ts';
import type { Route } from '../server/routes.ts';
import { systemHeap } from '../services/heap.ts';
import { Captures } from '../telemetry/capture/open-capture.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { staleSecrets } from '../telemetry/secret-metrics.ts';
import { Tracing } from '../telemetry/tracing/tracing.ts';
import { TraceStore } from '../trace/store.ts';
import { evalScheduler } from './eval-schedule.ts';
import type { DrainOptions, Gateway, GatewayStatus } from './gateway.ts';
import type { GatewayOptions } from './options.ts';
import type { Reloader } from './reloader.ts';
import { routeTable } from './route-table.ts';
import type { Foundations } from './setup.ts';
import type { Setups } from './setups.ts';
import { Shutdown } from './shutdown.ts';
import type { Stores } from './stores.ts';

/** What `startGateway` hands over once the first program is loaded. */
export interface Parts {
  readonly options: GatewayOptions;
  readonly reloader: Reloader;
  readonly foundations: Foundations & { readonly stores: Stores; readonly secrets: Secrets };
  readonly policies: PolicyLoader;
  readonly setups: Setups;
  readonly programs: Programs;
  readonly logging: { flush(): void } | null;
  readonly authoring: Authoring;
}

export async function closeAll(
  programs: Programs,
  setups: Setups,
  policies: PolicyLoader,
  { http, stores, keys, secrets }: Parts['foundations'],
): Promise<void> {
  secrets.close();
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
  readonly askedLate = this.#traces.addAside.bind(this.#traces);
  readonly #startedMs: number;
  readonly active: InFlight;
  readonly gate: Gate;
  readonly #shutdown: Shutdown;
  #closed = false;
  readonly #metrics: Metrics;
  readonly #tracing: Tracing;
  readonly #captures: Captures;
  readonly #evals: EvalScheduler;
  readonly #console: Console;
  #listening: Listening | null = null;
  #stopWatching: (() => void) | null = null;

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
    this.#shutdown = new Shutdown({
      clock,
      active: this.active,
      gate: this.gate,
      config: () => parts.setups.current.config.server,
    });
    const models = () => parts.setups.current.services.models;
    this.#tracing = new Tracing({
      ...parts.foundations.base,
      config: () => parts.setups.current.config.telemetry,
      models,
    });
    this.#captures = new Captures({
      ...parts.foundations.base,
      config: () => parts.setups.current.config.telemetry.capture,
      dataFolder: parts.options.data,
      tracing: this.#tracing,
    });
    this.#captures.check(this.program);
    this.#evals = evalScheduler(parts.foundations, parts.setups, (request) => this.request(request));
    this.#metrics = new Metrics(
      models,
      {
        health: parts.foundations.base.health,
        gate: () => this.gate.state,
        draining: () => this.leaving,
        spansDropped: () => this.#tracing.spansDropped,
        captures: () => this.#captures.counts,
        evals: () => this.#evals.status(),
        stores: () => parts.foundations.stores.reachable(),
        vectors: () => parts.foundations.stores.vectorsStats(),
        staleSecrets: () => staleSecrets(parts.foundations.secrets, this.#listening, clock),
        program: () => this.program,
        refused: () => parts.programs.status.lastError !== null,
      },
      parts.options.fleet,
    );
    this.#console = new Console({ ...parts, gateway: this });
    this.#routes = routeTable({
      ...parts,
      gateway: this,
      metrics: this.#metrics,
      console: this.#console,
      secrets: () => parts.foundations.secrets.failing,
      evals: this.#evals,
      fleet: parts.options.fleet ?? null,
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
    return { version: this.versionOf(program), release };
  }

  versionOf(program: Program): Version {
    const { config, services, auth, attempts } = this.#parts.setups.of(program);
    return { program, config, services, auth, keys: this.#keysOf(program), attempts };
  }

  /** @param exchange absent for one that nobody but its author is to see. */
  settled(trace: Trace, exchange?: Exchange): void {
    this.#traces.add(trace);
    if (this.#parts.setups.current.config.telemetry.metrics) this.#metrics.record(trace);
    if (exchange === undefined) this.#tracing.record(trace);
    else this.#captures.take(trace, exchange);
    this.#console.record(trace);
  }

  released(): void {
    this.#shutdown.released();
  }

  get routes(): Gateway['routes'] {
    return [...this.#routes, ...this.#others.current()].map(({ method, path, access }) => ({
      method,
      path,
      access,
    }));
  }

  get leaving(): boolean {
    return this.#shutdown.leaving;
  }

  get draining(): boolean {
    return this.#shutdown.closed;
  }

  get tlsProblem(): string | null {
    return this.#listening?.tlsProblem() ?? null;
  }

  get program(): Program {
    return this.#parts.programs.current!;
  }

  request(request: Request): Promise<Response> {
    return this.#app.request(request);
  }

  async listen(): Promise<Listening> {
    this.#metrics.addProcess();
    const { base } = this.#parts.foundations;
    await this.#console.join();
    this.#listening = await listenAt(this.#app.node, this.#parts.setups.current.config.server, base, {
      shared: this.#parts.options.fleet !== undefined,
      fd: this.#parts.options.listenFd,
    });
    this.#evals.start();
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
      draining: this.leaving,
      playground: setups.current.config.console.enabled,
    };
  }

  reload(): Promise<readonly Problem[]> {
    return this.#parts.reloader.reload();
  }

  async rollback(version?: string): Promise<readonly Problem[]> {
    const result = await this.#parts.programs.rollback(version);
    return result.ok ? [] : result.problems;
  }

  trace(requestId: string): Trace | undefined {
    return this.#traces.get(requestId);
  }

  metricsJson(): Promise<MetricsJson> {
    return this.#metrics.json();
  }

  recentTraces(count: number): readonly Trace[] {
    return this.#traces.recent(count);
  }

  drain(options: DrainOptions = {}): Promise<void> {
    this.#stopWatching?.();
    void this.#evals.close();
    this.#console.leave();
    return this.#shutdown.drain(this.#listening, options);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopWatching?.();
    await this.#shutdown.close();
    await this.#evals.close();
    await this.#console.close();
    await this.#listening?.close();
    const { programs, setups, policies, foundations } = this.#parts;
    await closeAll(programs, setups, policies, foundations);
    // Last: the end of the programs has ended the last requests.
    await this.#captures.close();
    await this.#tracing.close();
    this.#parts.logging?.flush();
  }

  /** The keys, where the program has a plugin that decides by them who may pass. */
  #keysOf(program: Program): KeyDirectory | null {
    return countGates(program.steps) > 0 ? this.#parts.foundations.keys.directory : null;
  }

  #pluginRoutes(): PluginRoutes {
    const { programs, setups, foundations } = this.#parts;
    return pluginRoutes({
      acquire: () => {
        if (this.#closed) return null;
        const { program, release } = programs.acquire();
        return { program, auth: setups.of(program).auth, keys: this.#keysOf(program), release };
      },
      admin: this.#console.access,
      clock: foundations.base.clock,
      log: foundations.base.log,
    });
  }
}
