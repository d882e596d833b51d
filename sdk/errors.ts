/**
 * Every error that a client can get, with its status and OpenAI error type. The documentation page
 * `docs/reference/errors.md` lists the same table; a test holds the two together.
 */
export const errorCodes = {
  invalid_request: { status: 400, type: 'invalid_request_error' },
  context_length_exceeded: { status: 400, type: 'invalid_request_error' },
  unsupported_parameter: { status: 400, type: 'invalid_request_error' },
  content_filter: { status: 400, type: 'invalid_request_error' },
  invalid_api_key: { status: 401, type: 'authentication_error' },
  key_expired: { status: 401, type: 'authentication_error' },
  key_blocked: { status: 401, type: 'authentication_error' },
  budget_exceeded: { status: 402, type: 'insufficient_quota' },
  model_not_allowed: { status: 403, type: 'permission_error' },
  tenant_not_allowed: { status: 403, type: 'permission_error' },
  policy_denied: { status: 403, type: 'permission_error' },
  csrf_failed: { status: 403, type: 'permission_error' },
  model_not_found: { status: 404, type: 'invalid_request_error' },
  not_found: { status: 404, type: 'invalid_request_error' },
  method_not_allowed: { status: 405, type: 'invalid_request_error' },
  request_timeout: { status: 408, type: 'invalid_request_error' },
  version_conflict: { status: 409, type: 'invalid_request_error' },
  read_only: { status: 409, type: 'invalid_request_error' },
  request_too_large: { status: 413, type: 'invalid_request_error' },
  unsupported_media_type: { status: 415, type: 'invalid_request_error' },
  structured_output_invalid: { status: 422, type: 'invalid_request_error' },
  policy_invalid: { status: 422, type: 'invalid_request_error' },
  rate_limit_exceeded: { status: 429, type: 'rate_limit_error' },
  token_cap_exceeded: { status: 429, type: 'rate_limit_error' },
  insufficient_quota: { status: 429, type: 'insufficient_quota' },
  internal_error: { status: 500, type: 'server_error' },
  upstream_error: { status: 502, type: 'server_error' },
  stream_interrupted: { status: 502, type: 'server_error' },
  no_healthy_target: { status: 503, type: 'server_error' },
  no_candidate: { status: 503, type: 'server_error' },
  policy_error: { status: 503, type: 'server_error' },
  store_unavailable: { status: 503, type: 'server_error' },
  draining: { status: 503, type: 'server_error' },
  overloaded: { status: 503, type: 'server_error' },
  upstream_timeout: { status: 504, type: 'server_error' },
  not_cached: { status: 504, type: 'server_error' },
} as const satisfies Record<string, { status: number; type: string }>;

/** A code of the table above. Policies may use codes of their own as well. */
export type ErrorCode = keyof typeof errorCodes;

export interface GatewayErrorOptions {
  /** HTTP status; the table's by default. */
  status?: number;
  /** The request field that is wrong, such as `messages[0].role`. */
  param?: string;
  /** When another try may succeed: becomes `Retry-After`. */
  retryAfterMs?: number;
  /** Response headers to add. */
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
}

/** A failure that a client is told about. `message` says what was expected, what came and what to do. */
export class GatewayError extends Error {
  readonly code: string;
  readonly status: number;
  /** OpenAI's `error.type`. */
  readonly type: string;
  readonly param: string | null;
  readonly retryAfterMs: number | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode | (string & {}), message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GatewayError';
    this.code = code;
    const known = (errorCodes as Record<string, { status: number; type: string }>)[code];
    this.status = options.status ?? known?.status ?? 500;
    this.type = known?.type ?? typeForStatus(this.status);
    this.param = options.param ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.headers = options.headers ?? {};
  }
}

/** OpenAI's error type for a status that comes without a code of the table. */
export function typeForStatus(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403 || status === 451) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}
