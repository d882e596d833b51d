import type { GatewayError } from '../../sdk/errors.ts';
import { transientFailures } from '../../sdk/target.ts';
import type { Reply } from '../response/reply.ts';
import { respondWith } from './canned.ts';
import type { Exchange } from './exchange.ts';
import { NoAnswer } from './failure.ts';

/**
 * Answers with what a step offered, in place of the error that says that no target answered: those that were asked failed
 * by themselves or refused the gateway (its credentials, its rate, its quota), none could be asked, or the request's time
 * ran out. Nothing that is the request's own fault, and nothing that a step refused.
 *
 * @returns false where nothing was offered, the client has seen something already, or the error is none of these.
 * @throws GatewayError where a step refuses the offered answer.
 */
export async function respondOtherwise(x: Exchange, reply: Reply, error: GatewayError): Promise<boolean> {
  const { offer } = x;
  if (offer === null || x.over || reply.begun || !isOutage(error)) return false;
  if (x.aborted !== null && !(isWaiting(x) && x.options.sink.open)) return false;
  // Taken once: the time may run out while the steps look at it.
  x.offer = null;
  x.renewSignal();
  const { step, respond } = offer;
  const nowMs = x.services.clock.monotonic();
  x.recorder.step({
    hook: 'onRequest',
    file: step.file,
    name: step.name,
    decision: 'respond',
    reason: `otherwise, after ${error.code}${respond.reason === undefined ? '' : `: ${respond.reason}`}`,
    wrote: { respond: { source: respond.source ?? 'policy' } },
    ...(respond.details === undefined ? undefined : { details: respond.details }),
    startedMs: x.sinceArrivalMs(nowMs),
    durationUs: 0,
    ...(step.caches === true ? { role: 'cache' as const } : undefined),
  });
  if (respond.tags !== undefined) x.tags = { ...x.tags, ...respond.tags };
  if (respond.responseHeaders !== undefined) Object.assign(x.responseHeaders, respond.responseHeaders);
  // A target whose answer broke off before the client saw any of it is not the one that answers.
  x.target = null;
  x.given = null;
  await respondWith(x, reply, respond);
  return true;
}

function isOutage(error: GatewayError): boolean {
  if (!(error instanceof NoAnswer)) return false;
  const { kind, code } = error;
  // Credentials and addresses that are wrong are the gateway's, whatever the provider calls it.
  return kind === null || transientFailures.includes(kind) || kind === 'auth' || code === 'upstream_error';
}

/** Whether providers were asked and none has begun to answer: what has begun may be in the hands of a step. */
function isWaiting({ recorder: { attempts } }: Exchange): boolean {
  return (
    attempts.length > 0 &&
    attempts.every(({ firstByteMs, failure }) => firstByteMs === null || failure !== null)
  );
}
