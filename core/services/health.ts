import type { Health } from '../../sdk/services.ts';

interface TargetHealth {
  successes: number;
  failures: number;
  /** Retries still allowed: grows with requests, shrinks with retries. */
  retryCredit: number;
}

/** A target that starts may retry this often before its request count allows more. */
const initialRetryCredit = 3;
const maxRetryCredit = 100;

/** What attempts taught about each target. Bounded by the number of configured targets and named models. */
export function createHealth(): Health {
  const targets = new Map<string, TargetHealth>();

  function entry(id: string): TargetHealth {
    let found = targets.get(id);
    if (found === undefined) {
      // Model names can come from clients: forget the oldest rather than grow without end.
      if (targets.size >= 1000) targets.delete(targets.keys().next().value!);
      found = { successes: 0, failures: 0, retryCredit: initialRetryCredit };
      targets.set(id, found);
    }
    return found;
  }

  return {
    succeeded(id) {
      entry(id).successes += 1;
    },
    failed(id) {
      entry(id).failures += 1;
    },
    of(id) {
      const found = targets.get(id);
      return { successes: found?.successes ?? 0, failures: found?.failures ?? 0 };
    },
    earnRetry(id, ratio) {
      const found = entry(id);
      found.retryCredit = Math.min(maxRetryCredit, found.retryCredit + ratio);
    },
    allowRetry(id) {
      const found = entry(id);
      if (found.retryCredit < 1) return false;
      found.retryCredit -= 1;
      return true;
    },
  };
}
