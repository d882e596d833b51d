import type { Health, HealthState } from '../../../sdk/health.ts';

/** Health that is what a table says; of everything else nothing happened. */
export function healthOf(table: Readonly<Record<string, Partial<HealthState>>>): Pick<Health, 'of'> {
  return {
    of: (id) => ({
      id,
      breaker: 'closed',
      waitMs: 0,
      successes: 0,
      failures: 0,
      consecutiveFailures: 0,
      lastFailure: null,
      inFlight: 0,
      latencyMs: null,
      ...table[id],
    }),
  };
}
