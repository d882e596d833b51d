import type { PluginRoute } from '../../sdk/plugin-route.ts';
import type { Trace } from '../../sdk/trace.ts';
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
}

/** A method and path, and who may ask there: `client` are plugins' routes for whoever could ask a model something. */
export interface GatewayRoute extends Pick<Route, 'method' | 'path'> {
  readonly access: Route['access'] | PluginRoute['access'];
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
  recentTraces(count: number): readonly Trace[];
  /** Takes no more requests and waits for those under way, at most `server.drain_timeout`; then breaks them off. */
  drain(): Promise<void>;
  close(): Promise<void>;
}
