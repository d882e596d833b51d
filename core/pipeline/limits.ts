import type { AttemptChanges } from '../../sdk/change.ts';
import type { AttemptTimeouts } from '../../sdk/route.ts';
import type { Cancel, Clock } from '../../sdk/services.ts';
import type { TransportFailure, UpstreamLimits } from '../../sdk/transport.ts';

/** Time limits of one attempt, in milliseconds: those of its call, and those that only the gateway can see. */
export interface AttemptLimits extends UpstreamLimits {
  readonly firstTokenMs?: number;
  readonly totalMs?: number;
}

/**
 * The limits of an attempt: never longer than the request's own time, or than what a hook set for the attempt.
 *
 * @param requestMs the request's own time.
 */
export function attemptLimits(
  requestMs: number,
  changes: readonly AttemptChanges[],
  timeouts: AttemptTimeouts = {},
): AttemptLimits {
  const timeoutMs = changes.reduce((least, change) => Math.min(least, change.timeoutMs ?? least), requestMs);
  const { connectMs, firstTokenMs, stallMs = timeoutMs, totalMs } = timeouts;
  return {
    headMs: timeoutMs,
    stallMs: Math.min(stallMs, timeoutMs),
    ...(connectMs === undefined ? undefined : { connectMs: Math.min(connectMs, timeoutMs) }),
    ...(firstTokenMs === undefined ? undefined : { firstTokenMs: Math.min(firstTokenMs, timeoutMs) }),
    ...(totalMs === undefined ? undefined : { totalMs: Math.min(totalMs, timeoutMs) }),
  };
}

/** A limit that ran out. */
export type Expired = TransportFailure & Required<Pick<TransportFailure, 'limit'>>;

/**
 * Starts the clocks of the limits that only the gateway can see.
 *
 * @param stream whole answers have no first token.
 */
export function startLimits(
  clock: Clock,
  { firstTokenMs, totalMs }: AttemptLimits,
  stream: boolean,
  expire: (failure: Expired) => void,
): Cancel[] {
  const start = (name: Expired['limit']['name'], ms: number, what: string) =>
    clock.after(ms, () =>
      expire({ kind: 'timeout', message: `no ${what} within ${ms} ms`, limit: { name, ms } }),
    );
  const cancels: Cancel[] = [];
  if (totalMs !== undefined) cancels.push(start('total', totalMs, 'complete answer'));
  if (stream && firstTokenMs !== undefined) cancels.push(start('first_token', firstTokenMs, 'first token'));
  return cancels;
}
