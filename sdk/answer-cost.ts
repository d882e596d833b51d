import type { Answer } from './chunk.ts';
import type { ResponseContext } from './context.ts';
import type { Prices } from './prices.ts';

const nanoPerUsd = 1e9;

/** What a finished answer cost, in dollars; 0 where no provider gave it, null where nobody knows the price. */
export function answerUsd(
  { target, elapsedMs }: ResponseContext,
  { usage }: Answer,
  prices: Prices,
): number | null {
  if (target === null) return 0;
  if (!usage) return null;
  // Models paid by time: nearly all of a request's time is the provider's.
  const cost = prices.cost(target, usage, undefined, elapsedMs);
  return cost === null ? null : cost.totalNanoUsd / nanoPerUsd;
}
