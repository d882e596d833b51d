import type { Json, JsonObject } from './json.ts';
import type { Caller } from './keys.ts';
import type { MaybePromise } from './plugin.ts';

/**
 * Who may ask: `admin` wants the master key (everybody where none is configured, as for `/key/*`), `client` lets in
 * whoever could ask a model something: the master key and virtual keys that work.
 */
export type RouteAccess = 'admin' | 'client';

/**
 * A path that a plugin answers, beside the gateway's own. It is there for as long as the plugin's file is in the folder
 * and not switched off; `match` of the file is about model requests and says nothing here.
 */
export interface PluginRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /**
   * Literal segments and `:name` parameters, such as `/v1/prompts/:name`. The `/v1` of a path that begins with it is
   * optional for clients. Paths of the gateway's own (`/v1/models`, `/key`, `/health`, …) and of other plugins cannot be
   * taken: the folder then does not load.
   */
  readonly path: string;
  readonly access: RouteAccess;
  /** Names that the query may have; any other is refused with 400. None by default. */
  readonly query?: readonly string[];
  /** The longest body that is read, in bytes; 64 KiB by default. */
  readonly maxBodyBytes?: number;
  /**
   * Answers one request. It must end by itself: after 60 seconds the client is told 500 and the plugin may be closed.
   *
   * @throws GatewayError to be sent as it is; whatever else is thrown is logged and becomes 500 `internal_error`.
   */
  handle(request: PluginRouteRequest): MaybePromise<PluginRouteAnswer>;
}

/** A request for a path of a plugin. */
export interface PluginRouteRequest {
  /** Values of the path's parameters by name, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Values of the query by name, of a repeated one the last; empty ones are left out. */
  readonly query: Readonly<Record<string, string>>;
  /** The JSON object that came; `{}` where no body came and for GET. */
  readonly body: JsonObject;
  /** Who asks: never `refused`. A virtual key's tenant is `record.tenantId`. */
  readonly caller: Caller;
  /** Client headers in lower case, without credentials and cookies. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What is sent back: JSON, not stored by anybody on the way. */
export interface PluginRouteAnswer {
  /** 200 by default. */
  readonly status?: number;
  readonly body: Json;
}
