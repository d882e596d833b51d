import { GatewayError } from '../../sdk/errors.ts';

/** The error of a `deny` decision. */
export function denied(decision: {
  code: string;
  status?: number;
  message?: string;
  retryAfterMs?: number;
}): GatewayError {
  return new GatewayError(
    decision.code,
    decision.message ?? `A policy refused this request (${decision.code}).`,
    {
      status: decision.status ?? 403,
      ...(decision.retryAfterMs === undefined ? undefined : { retryAfterMs: decision.retryAfterMs }),
    },
  );
}
