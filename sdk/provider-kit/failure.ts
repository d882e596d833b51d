import type { Failure, UpstreamAnswer } from '../provider.ts';
import type { Clock } from '../services.ts';
import { causeOf } from './cause.ts';
import { type ErrorBody, readErrorBody } from './error-body.ts';
import { maskUpstreamText } from './mask.ts';
import { type Cause, outcomes } from './outcome.ts';
import { retryAfterMs } from './retry-after.ts';

/** How long an account without quota is left alone: no request waits that long, so the same key is not tried again. */
const quotaRetryMs = 3_600_000;

/**
 * Says what an error answer means, in words that a client may read. Never throws, whatever the body holds.
 *
 * @param provider its name in `gateway.yaml`.
 */
export function classifyFailure(
  answer: UpstreamAnswer,
  provider: string,
  clock: Pick<Clock, 'now'>,
): Failure {
  const error = readErrorBody(answer.body);
  const cause = causeOf(answer.status, error);
  const { kind, code, status, words, showsReason } = outcomes[cause];
  const reason = showsReason === true ? maskUpstreamText(error.message) : '';
  return {
    kind,
    code,
    status,
    message: reason === '' ? `${provider} ${words}` : reason,
    param: showsReason === true ? error.param : null,
    retryAfterMs: waitOf(cause, answer, error, clock),
  };
}

function waitOf(
  cause: Cause,
  answer: UpstreamAnswer,
  error: ErrorBody,
  clock: Pick<Clock, 'now'>,
): number | null {
  if (cause === 'quota') return quotaRetryMs;
  if (cause !== 'rate_limit' && cause !== 'overloaded' && cause !== 'server_error' && cause !== 'timeout')
    return null;
  return retryAfterMs(answer.headers, error, clock);
}
