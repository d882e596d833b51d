import { session, signedOut } from './session.ts';

/** The gateway said no, or could not be reached. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  /** The gateway's error code, such as `version_conflict`; `unreachable` where no answer came. */
  readonly code: string;
  readonly param: string | null;
  /** The whole body, for errors that carry more than a message. */
  readonly body: unknown;
  /** Seconds, from `Retry-After`. */
  readonly retryAfterS: number | null;

  constructor(message: string, facts: Partial<Omit<ApiError, 'name' | 'message'>> = {}) {
    super(message);
    this.status = facts.status ?? 0;
    this.code = facts.code ?? 'unreachable';
    this.param = facts.param ?? null;
    this.body = facts.body ?? null;
    this.retryAfterS = facts.retryAfterS ?? null;
  }
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * One request to the gateway that served the app.
 *
 * @param path from the root, such as `/key/list?size=100`.
 * @throws ApiError for every answer that is not 2xx; the session ends where it is 401 `invalid_api_key`.
 */
export async function request(
  path: string,
  { method = 'GET', body, signal }: RequestOptions = {},
): Promise<Response> {
  const headers = new Headers();
  if (body !== undefined) headers.set('content-type', 'application/json');
  const csrf = session.value?.csrf;
  if (method !== 'GET' && typeof csrf === 'string') headers.set('x-sluice-csrf', csrf);
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      redirect: 'error',
      ...(body === undefined ? undefined : { body: JSON.stringify(body) }),
      ...(signal === undefined ? undefined : { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiError('The gateway did not answer. Is it running, and is this machine connected?');
  }
  if (response.ok) return response;
  const failure = await failureOf(response);
  if (failure.status === 401 && !path.startsWith('/playground/api/session')) signedOut();
  throw failure;
}

/** The JSON of an answer. The types of `types.ts` are the contract; the gateway's own tests hold it. */
export async function requestJson<T>(path: string, options?: RequestOptions): Promise<T> {
  const response = await request(path, options);
  return (await response.json()) as T;
}

async function failureOf(response: Response): Promise<ApiError> {
  const body = await response.json().catch(() => null);
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : {};
  const message = typeof error['message'] === 'string' ? error['message'] : null;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiError(message ?? `The gateway answered with status ${response.status}.`, {
    status: response.status,
    code: typeof error['code'] === 'string' ? error['code'] : `http_${response.status}`,
    param: typeof error['param'] === 'string' ? error['param'] : null,
    body,
    retryAfterS: Number.isFinite(retryAfter) ? retryAfter : null,
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** What to tell a person about anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  return error instanceof Error ? error.message : 'Something went wrong.';
}
