import type { Target } from '../../sdk/target.ts';
import type { TraceAttempt } from '../../sdk/trace.ts';
import type { Usage } from '../../sdk/usage.ts';
import type { Exchange } from './exchange.ts';

/** What an attempt cost, in nano-dollars; null where nobody knows the price. Nothing used costs nothing. */
export function attemptCost(
  x: Exchange,
  target: Target,
  usage: Usage | null,
  serviceTier: string | null,
  durationMs: number,
): number | null {
  if (usage === null) return 0;
  const { prices } = x.options.program;
  return prices.cost(target, usage, serviceTier ?? undefined, durationMs)?.totalNanoUsd ?? null;
}

/** What the attempts of a request cost together, in nano-dollars; null where the price of one is not known. */
export function costOf(attempts: readonly TraceAttempt[]): number | null {
  let sum = 0;
  for (const { costNanoUsd } of attempts) {
    if (costNanoUsd === null) return null;
    sum += costNanoUsd;
  }
  return sum;
}
