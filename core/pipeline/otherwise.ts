import type { GatewayError } from '../../sdk/errors.ts';
import type { Reply } from '../response/reply.ts';
import { respondWith } from './canned.ts';
import type { Exchange } from './exchange.ts';

/** Errors that say that the targets are down, too slow or passed over; none that is the request's own fault. */
const outages: ReadonlySet<string> = new Set([
  'upstream_error',
  'upstream_timeout',
  'overloaded',
  'no_healthy_target',
]);

/**
 * Answers with what a step offered, in place of the error that ended the walk over the targets.
 *
 * @returns false where nothing was offered, the client has seen something already, or the error is no outage.
 */
export async function respondOtherwise(x: Exchange, reply: Reply, error: GatewayError): Promise<boolean> {
  const { offer } = x;
  if (offer === null || x.plan === null || x.recorder.deniedBy !== null) return false;
  if (reply.begun || x.aborted !== null || !outages.has(error.code)) return false;
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
  await respondWith(x, reply, respond);
  return true;
}
