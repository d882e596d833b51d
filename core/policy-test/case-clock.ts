import type { Clock } from '../../sdk/services.ts';

/**
 * Time stands still in a case: what waits for no time runs soon, everything else (deadlines, timeouts) never. So no
 * case is slow, and none depends on how fast the machine is.
 */
export function caseClock(nowMs: number): Clock {
  return {
    now: () => nowMs,
    monotonic: () => 0,
    after(delayMs, run) {
      if (delayMs > 0) return () => undefined;
      const soon = setImmediate(run);
      return () => clearImmediate(soon);
    },
  };
}
