import { GatewayError } from '../../sdk/errors.ts';

/** Why a request was not taken in. */
export type ShedReason = 'queue_full' | 'queue_timeout' | 'heap';

const why: Readonly<Record<ShedReason, string>> = {
  queue_full: 'as many requests as it takes are under way, and as many wait',
  queue_timeout: 'as many requests as it takes are under way, and none of them ended in time',
  heap: 'its memory is nearly used up',
};

/** 503 for a request that was not taken in because there are too many. Nothing of it was done. */
export function overloaded(reason: ShedReason, retryAfterMs: number): GatewayError {
  return new GatewayError(
    'overloaded',
    `The gateway takes no more at the moment: ${why[reason]}. Send the request again after the time in Retry-After.`,
    { retryAfterMs },
  );
}

/** 503 for a request that comes while the gateway shuts down. Nothing of it was done. */
export function draining(): GatewayError {
  return new GatewayError(
    'draining',
    'This gateway is shutting down. Send the request again; another will answer.',
    { retryAfterMs: 1000, headers: { connection: 'close' } },
  );
}

/** 408 for a request whose body does not arrive. */
export function bodyLate(limitMs: number): GatewayError {
  return new GatewayError(
    'request_timeout',
    `The body of the request did not arrive within ${limitMs / 1000} s. Send it in one go.`,
    { headers: { connection: 'close' } },
  );
}
