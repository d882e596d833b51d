import { type ErrorCode, GatewayError, type GatewayErrorOptions } from '../../sdk/errors.ts';
import type { Failure } from '../../sdk/provider.ts';
import type { RoutePlan } from '../../sdk/route.ts';
import type { FailureKind, Target } from '../../sdk/target.ts';
import type { PassedOver } from '../../sdk/trace.ts';
import type { TransportFailure } from '../../sdk/transport.ts';

/** The targets of the plan gave no answer. What a step refused is another error. */
export class NoAnswer extends GatewayError {
  /** How the last target failed; null where none could be asked, or the request's time was over first. */
  readonly kind: FailureKind | null;

  constructor(
    kind: FailureKind | null,
    code: ErrorCode | (string & {}),
    message: string,
    options?: GatewayErrorOptions,
  ) {
    super(code, message, options);
    this.kind = kind;
  }
}

/** The client's error for the failure that ended the walk. */
export function failureError(failure: Failure): NoAnswer {
  return new NoAnswer(failure.kind, failure.code, failure.message, {
    status: failure.status,
    ...(failure.param == null ? undefined : { param: failure.param }),
    ...(failure.retryAfterMs === null ? undefined : { retryAfterMs: failure.retryAfterMs }),
    ...(failure.headers === undefined ? undefined : { headers: failure.headers }),
  });
}

/** A call that broke off before the client saw anything. */
export function transportFailure(failure: TransportFailure, target: Target): Failure {
  const { kind, limit } = failure;
  const timeout = kind === 'timeout' || limit !== undefined;
  return {
    kind,
    code: timeout ? 'upstream_timeout' : 'upstream_error',
    status: timeout ? 504 : 502,
    message:
      limit !== undefined
        ? `${target.provider} ${missed(limit)}.`
        : timeout
          ? `${target.provider} did not answer in time.`
          : kind === 'connect'
            ? `${target.provider} could not be reached.`
            : `${target.provider} broke off its answer.`,
    retryAfterMs: null,
  };
}

/** Why the client gets no more of an answer that it has seen a part of. */
export function brokenOff({ kind, limit }: TransportFailure): string {
  return limit === undefined
    ? `The provider's stream broke off (${kind}).`
    : `The provider ${missed(limit)}, and its stream was ended (${kind}).`;
}

/** The limit by its name in the configuration, and its length. */
function missed({ name, ms }: NonNullable<TransportFailure['limit']>): string {
  switch (name) {
    case 'connect':
      return `took no connection within ${ms} ms (connect)`;
    case 'head':
      return `did not answer within ${ms} ms (the request's time)`;
    case 'first_token':
      return `sent no first token within ${ms} ms (first_token)`;
    case 'stall':
      return `sent nothing for ${ms} ms (stall)`;
    case 'total':
      return `did not finish within ${ms} ms (total)`;
  }
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

/**
 * No target of the plan could be asked.
 *
 * @param waitMs until the first of them may be asked again; null where policies skipped them all.
 */
export function noTarget(
  plan: RoutePlan,
  passedOver: readonly PassedOver[],
  waitMs: number | null,
): NoAnswer {
  const why = passedOver.map((one) => `${one.target} (${one.why})`).join(', ');
  const skipped = plan.targets.map((target) => target.id).join(', ');
  return new NoAnswer(
    null,
    'no_healthy_target',
    waitMs === null
      ? `Every target was skipped by a policy: ${skipped}. Try again later.`
      : `No target can be asked now: ${why}. Try again in ${Math.max(1, Math.ceil(waitMs / 1000))} s.`,
    { retryAfterMs: waitMs ?? 1000 },
  );
}

/** The time of the request as a whole is over. */
export function outOfTime(timeoutMs: number): NoAnswer {
  return new NoAnswer(
    null,
    'upstream_timeout',
    `No complete answer within the request's total time of ${timeoutMs} ms (server.request_timeout or X-Sluice-Timeout).`,
  );
}

/** The client has seen a part of the answer and gets no more. */
export function interrupted(message: string): GatewayError {
  return new GatewayError(
    'stream_interrupted',
    `${message} The answer so far is incomplete; send the request again.`,
  );
}
