import { errorCodes, GatewayError } from '../../sdk/errors.ts';

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
      // A code of the table has a status of its own; codes that policies make up are refusals.
      status: decision.status ?? knownStatus(decision.code) ?? 403,
      ...(decision.retryAfterMs === undefined ? undefined : { retryAfterMs: decision.retryAfterMs }),
    },
  );
}

function knownStatus(code: string): number | undefined {
  return (errorCodes as Readonly<Record<string, { readonly status: number }>>)[code]?.status;
}
