import type { PluginRoute } from '../../sdk/plugin-route.ts';
import type { Trace } from '../../sdk/trace.ts';
import type { MetricsJson } from '../cluster/messages.ts';
import type { Problem } from '../problem.ts';
import type { Program } from '../program/step.ts';
import type { Listening } from '../server/listen.ts';
import type { Route } from '../server/routes.ts';

/** What a gateway says about itself. */
export interface GatewayStatus {
  readonly configVersion: string;
  readonly program: {
    readonly version: string;
    readonly steps: number;
    readonly problems: readonly Problem[] | null;
  };
  readonly aliases: readonly string[];
  readonly inFlight: number;
  readonly draining: boolean;
  /** `/playground/` is there: `console.enabled`. */
  readonly playground: boolean;
}

/** A method and path, and who may ask there: `client` are plugins' routes for whoever could ask a model something. */
export interface GatewayRoute extends Pick<Route, 'method' | 'path'> {
  readonly access: Route['access'] | PluginRoute['access'];
}

/** How a gateway stops. */
export interface DrainOptions {
  /**
   * False goes straight on, without `server.drain_delay`.
   * @default true
   */
  readonly delay?: boolean;
  /**
   * Others at the same address go on, so that this one stays ready for whoever asks it.
   * @default false
   */
  readonly alone?: boolean;
}

/** A running gateway. */
export interface Gateway {
  /** Answers a request without a socket, by the very code that answers on one. */
  request(request: Request): Promise<Response>;
  /** Listens at the configured address. */
  listen(): Promise<Listening>;
  status(): GatewayStatus;
  /** Reads configuration and policies again. @returns what is wrong with them; nothing changed where that holds errors. */
  reload(): Promise<readonly Problem[]>;
  rollback(version?: string): Promise<readonly Problem[]>;
  /** Everything that it answers at, routes of plugins last. Paths that begin with `/v1` are also there without it. */
  readonly routes: readonly GatewayRoute[];
  /** The program in use, for tables and tests. */
  readonly program: Program;
  /** The decision record of a request, where it is still kept. */
  trace(requestId: string): Trace | undefined;
  /** What this process has counted. */
  metricsJson(): Promise<MetricsJson>;
  recentTraces(count: number): readonly Trace[];
  /**
   * Says that it is not ready and goes on for `server.drain_delay`; then takes no more connections and waits for the requests
   * under way, at most `server.drain_timeout`; then breaks them off.
   */
  drain(options?: DrainOptions): Promise<void>;
  close(): Promise<void>;
}
