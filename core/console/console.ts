import type { AnyPlugin } from '../../sdk/plugin.ts';
import type { AnyProviderKind } from '../../sdk/provider.ts';
import type { Trace } from '../../sdk/trace.ts';
import type { FolderSnapshot } from '../program/folder.ts';
import type { References } from '../program/plugin-secrets.ts';
import type { PolicyLoader } from '../program/policy-loader.ts';
import type { Programs } from '../program/registry.ts';
import type { Program } from '../program/step.ts';
import type { GatewayOptions } from '../runtime/options.ts';
import type { Foundations } from '../runtime/setup.ts';
import type { Setups } from '../runtime/setups.ts';
import type { MasterKey } from '../server/auth.ts';
import type { IngressDeps, Version } from '../server/ingress.ts';
import type { Route } from '../server/routes.ts';
import { ConsoleAccess } from './access.ts';
import { impactRoute } from './impact/route.ts';
import { type ConsoleRouteDeps, getJson, guarded } from './json-routes.ts';
import { Overview } from './overview/overview.ts';
import { overviewRoutes } from './overview/routes.ts';
import { SpendReader } from './overview/spend.ts';
import type { AllPrograms } from './policies/all-programs.ts';
import { DraftSandbox } from './policies/draft-sandbox.ts';
import type { PolicyFolder } from './policies/policy-folder.ts';
import { baseFolder, policyRoutes } from './policies/routes.ts';
import { productVersion } from './product-version.ts';
import { registryJson } from './registry.ts';
import { runRoutes } from './run/routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { SharedConsole } from './shared-console.ts';
import { AppFiles } from './static/app-files.ts';
import { appFolder } from './static/app-folder.ts';
import { serveApp } from './static/app-route.ts';
import { appPath } from './static/path.ts';
import { TrafficFeed } from './traffic/feed.ts';
import { trafficRoutes } from './traffic/routes.ts';
import { summaryOf } from './traffic/summary.ts';
import { TrafficTail } from './traffic/tail.ts';

/** What policies are written and tried with. */
export interface Authoring {
  readonly folder: PolicyFolder;
  readonly plugins: ReadonlyMap<string, AnyPlugin>;
  readonly kinds: ReadonlyMap<string, AnyProviderKind>;
  /** Where secrets of plugin files are. */
  references(): References;
  /** Makes a program of a draft on what serves. */
  load(draft: FolderSnapshot, loader: PolicyLoader): Promise<Program>;
}

/** The gateway that the console belongs to. */
export interface ConsoleGateway extends IngressDeps {
  readonly program: Program;
  trace(requestId: string): Trace | undefined;
  /** What a program runs with. */
  versionOf(program: Program): Version;
}

export interface ConsoleParts {
  readonly gateway: ConsoleGateway;
  readonly authoring: Authoring;
  readonly setups: Setups;
  readonly programs: Programs;
  readonly foundations: Foundations;
  /** Where the built app is, and who else serves at the same address. */
  readonly options: Pick<GatewayOptions, 'consoleFiles' | 'fleet'>;
}

/** The gateway's side of its web app: sessions, traffic, numbers, policies. */
export class Console {
  readonly access: ConsoleAccess;
  readonly #parts: ConsoleParts;
  readonly #feed: TrafficFeed;
  readonly #tail: TrafficTail;
  readonly #sandbox: DraftSandbox;
  readonly #shared: SharedConsole;

  constructor(parts: ConsoleParts) {
    this.#parts = parts;
    const { clock, ids, log } = parts.foundations.base;
    const { fleet = null } = parts.options;
    this.access = new ConsoleAccess(
      () => this.#master,
      clock,
      ids,
      () => this.#enabled,
      fleet === null ? undefined : () => fleet.secret,
    );
    this.#feed = new TrafficFeed(
      (id) => parts.gateway.trace(id),
      undefined,
      () => fleet?.id ?? 0,
    );
    this.#shared = new SharedConsole({
      fleet,
      base: parts.foundations.base,
      folder: parts.authoring.folder,
      programs: parts.programs,
      sessions: this.access.sessions,
      feed: this.#feed,
      inFlight: () => parts.gateway.active.size,
    });
    this.#tail = new TrafficTail(clock, this.#shared.peers);
    this.#sandbox = new DraftSandbox(clock, log);
  }

  /** The programs of all processes at this address. */
  get programs(): AllPrograms {
    return this.#shared.programs;
  }

  /** Takes over what the other processes at this address know, before this one serves. */
  join(): Promise<void> {
    return this.#shared.join();
  }

  /** A request has ended. Costs a microsecond, and no more than that while nobody watches. */
  record(trace: Trace): void {
    if (!this.#enabled) return;
    const summary = summaryOf(trace);
    const nowMs = this.#parts.foundations.base.clock.now();
    this.#feed.add(summary, nowMs);
    this.#shared.minutes.count(trace, nowMs);
    if (this.#tail.size > 0) this.#tail.offer(summary, trace);
  }

  routes(): Route[] {
    const { gateway, authoring, setups, programs, foundations, options } = this.#parts;
    const { fleet, consoleFiles } = options;
    const { clock, log, health } = foundations.base;
    const { folder } = authoring;
    const { peers, numbers, traffic, limit } = this.#shared;
    const config = () => setups.current.config;
    const deps: ConsoleRouteDeps = {
      access: this.access,
      clock,
      log,
      enabled: () => this.#enabled,
    };
    const base = () => baseFolder({ folder, programs });
    const trial = { ...authoring, config, clock };
    const overview = new Overview({
      numbers,
      spend: new SpendReader(() => foundations.stores.ledger, clock),
      program: () => gateway.program,
      clock,
      log,
    });
    return [
      ...sessionRoutes({
        ...deps,
        master: () => this.#master,
        limit,
        signedOut: ({ id, expiresAtMs }) => peers.ask({ type: 'ended', id, expiresAtMs }),
        wrongKey: (address) => peers.tell({ type: 'wrong_key', address }),
        tls: () => config().server.tls !== null,
        about: async () => ({
          version: await productVersion(),
          policy_version: gateway.program.version,
          read_only: await folder.isReadOnly(folder.version(gateway.program.version)?.snapshot),
        }),
      }),
      getJson(deps, '/registry', async () =>
        registryJson({
          config: config(),
          models: setups.current.services.models,
          plugins: authoring.plugins,
          policies: await base(),
          tenants: await this.#shared.tenants(),
        }),
      ),
      ...policyRoutes({
        ...deps,
        folder,
        programs,
        sandbox: this.#sandbox,
        trial,
        everywhere: this.programs,
      }),
      impactRoute({
        ...deps,
        base,
        sandbox: this.#sandbox,
        trial,
        traffic,
        trace: (id) => gateway.trace(id) ?? fleet?.trace(id),
      }),
      ...runRoutes({
        ...deps,
        gateway,
        versionOf: (program) => gateway.versionOf(program),
        sandbox: this.#sandbox,
        base,
        load: (draft, loader) => authoring.load(draft, loader),
        bodyLimitBytes: () => config().server.bodyLimitBytes,
      }),
      ...trafficRoutes({ ...deps, traffic, tail: this.#tail }),
      ...overviewRoutes({ ...deps, overview, numbers, config, health }),
      ...appRoutes(deps, new AppFiles(consoleFiles ?? appFolder(), clock)),
    ];
  }

  /** Ends what is sent without an end. */
  leave(): void {
    this.#tail.close();
  }

  async close(): Promise<void> {
    this.#tail.close();
    await this.#sandbox.close();
  }

  get #enabled(): boolean {
    return this.#parts.setups.current.config.console.enabled;
  }

  get #master(): MasterKey {
    return this.#parts.setups.of(this.#parts.gateway.program).auth;
  }
}

/** The app itself: for everybody, since there is nothing in it that is not in the repository. */
function appRoutes(deps: ConsoleRouteDeps, files: AppFiles): Route[] {
  return [
    {
      method: 'GET',
      path: appPath.slice(0, -1),
      access: 'public',
      // The router takes a path with a slash at its end for the one without: only this one knows which came.
      handle: guarded(deps, (incoming) =>
        incoming.url.split('?', 1)[0] === appPath
          ? serveApp(incoming, files)
          : incoming.sink.send(308, { location: appPath }, ''),
      ),
    },
    {
      method: 'GET',
      path: `${appPath}**:path`,
      access: 'public',
      handle: guarded(deps, (incoming) => serveApp(incoming, files)),
    },
  ];
}
