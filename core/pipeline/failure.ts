import { GatewayError } from '../../sdk/errors.ts';
import type { Failure } from '../../sdk/provider.ts';
import type { RoutePlan } from '../../sdk/route.ts';
import type { Target } from '../../sdk/target.ts';
import type { TransportFailure } from '../../sdk/transport.ts';

/** The client's error for the failure that ended the walk. */
export function failureError(failure: Failure): GatewayError {
  return new GatewayError(failure.code, failure.message, {
    status: failure.status,
    ...(failure.param == null ? undefined : { param: failure.param }),
    ...(failure.retryAfterMs === null ? undefined : { retryAfterMs: failure.retryAfterMs }),
    ...(failure.headers === undefined ? undefined : { headers: failure.headers }),
  });
}

/** A call that broke off before the client saw anything. */
export function transportFailure(failure: TransportFailure, target: Target): Failure {
  const timeout = failure.kind === 'timeout';
  return {
    kind: failure.kind,
    code: timeout ? 'upstream_timeout' : 'upstream_error',
    status: timeout ? 504 : 502,
    message: timeout
      ? `${target.provider} did not answer in time.`
      : failure.kind === 'connect'
        ? `${target.provider} could not be reached.`
        : `${target.provider} broke off its answer.`,
    retryAfterMs: null,
  };
}

/** A success that is no JSON object. */
export function malformed(target: Target): Failure {
  return {
    kind: 'malformed',
    code: 'upstream_error',
    status: 502,
    message: `${target.provider} answered with something that is no JSON object.`,
    retryAfterMs: null,
  };
}

/** The target's provider does not speak this API. */
export function notOffered(target: Target, api: string): Failure {
  return {
    kind: 'unsupported',
    code: 'unsupported_parameter',
    status: 400,
    message: `${target.id} cannot serve ${api} requests: its provider does not offer them. Use another model.`,
    param: 'model',
    retryAfterMs: null,
  };
}

/** What another target may take. */
const targetsOwn: ReadonlySet<string> = new Set(['unsupported_parameter', 'thread_unsupported_request']);

/** The request cannot be put into the target's format without changing what it means; another target may take it. */
export function untranslatable(error: GatewayError): Failure {
  return {
    kind: targetsOwn.has(error.code) ? 'unsupported' : 'invalid_request',
    code: error.code,
    status: error.status,
    message: error.message,
    param: error.param,
    retryAfterMs: null,
  };
}

/** The provider could not make its request: its credentials cannot be had. */
export function noCredentials(target: Target): Failure {
  return {
    kind: 'auth',
    code: 'upstream_error',
    status: 502,
    message: `${target.provider} has no credentials at the moment. Your key is fine; tell whoever runs the gateway.`,
    retryAfterMs: null,
  };
}

/** Policies skipped every target of the plan. */
export function noTarget(plan: RoutePlan): GatewayError {
  const tried = plan.targets.map((target) => target.id).join(', ');
  return new GatewayError(
    'no_healthy_target',
    `Every target was skipped by a policy: ${tried}. Try again later.`,
    {
      retryAfterMs: 1000,
    },
  );
}

/** The client has seen a part of the answer and gets no more. */
export function interrupted(message: string): GatewayError {
  return new GatewayError(
    'stream_interrupted',
    `${message} The answer so far is incomplete; send the request again.`,
  );
}
