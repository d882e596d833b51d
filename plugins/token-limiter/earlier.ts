import type { AttemptContext, Models, Target } from '../../sdk/index.ts';
import type { Prices } from '../../sdk/prices.ts';
import { type Actual, actualOf, onlyCounted, sum } from './actual.ts';

/**
 * What the attempts before this one used, or may use by their end: those that are over what they used, one that is still
 * under way (hedging) the most that it can.
 *
 * @param most the most that an attempt at a target can use.
 * @returns null where nothing was used.
 */
export function usedBefore(
  { earlier }: AttemptContext,
  models: Models,
  prices: Prices,
  most: (target: Target) => Actual,
): Actual | null {
  let all: Actual | null = null;
  for (const attempt of earlier) {
    let used: Actual | null = null;
    if (attempt.durationMs === null) {
      const [target] = models.resolve(attempt.target) ?? [];
      if (target !== undefined) used = most(target);
    } else if (attempt.usage !== null) used = actualOf([attempt], models, prices, null);
    if (used !== null && used !== onlyCounted) all = all === null ? used : sum(all, used);
  }
  return all;
}
