import type { HealthState } from '../../sdk/health.ts';

/** Calls that a target of unknown latency gets at once: enough to learn it, too few to drown it. */
const triesAtOnce = 2;
/** What a target of unknown latency is taken for where it is not to be tried first. */
const assumedLatencyMs = 1000;

/** Whether a target is to be tried now to learn of it: its probe is due, or its latency is unknown. */
export function isUntried({ breaker, latencyMs, inFlight, consecutiveFailures }: HealthState): boolean {
  if (breaker === 'half-open') return true;
  return latencyMs === null && consecutiveFailures === 0 && inFlight < triesAtOnce;
}

/**
 * Expected wait at a target: its latency times the calls that would be under way. Failures in a row count as calls, so
 * that a target which fails fast does not look like the least loaded one.
 */
export function latencyLoad({ latencyMs, inFlight, consecutiveFailures }: HealthState): number {
  return (latencyMs ?? assumedLatencyMs) * (inFlight + 1 + consecutiveFailures);
}

/** Calls under way, this one included, for each unit of weight; failures in a row count as calls. */
export function busyLoad({ inFlight, consecutiveFailures }: HealthState, weight: number): number {
  return (inFlight + 1 + consecutiveFailures) / weight;
}
