import { type ChainRule, type FailoverRule, movingFailures, type RetryRule } from '../../sdk/index.ts';
import type { FallbackOptions } from './options.ts';

/**
 * `5x`, `2.5` -> times of the first target's cost; null for `none`.
 *
 * @throws Error for anything else, and below 1: a ceiling that not even the first target's own price fits under.
 */
export function readCeiling(given: string | number): number | null {
  if (given === 'none') return null;
  const text = String(given).trim();
  const times = Number(text.endsWith('x') ? text.slice(0, -1) : text);
  if (text !== '' && text !== 'x' && Number.isFinite(times) && times >= 1) return times;
  throw new Error(
    `cost_ceiling: expected times of the first target's cost, from 1x, such as 5x, or none; came ${JSON.stringify(given)}`,
  );
}

/** The slot `failover`: everything of it is the core's to carry out. */
export function failoverOf(options: FallbackOptions, costCeiling: number | null): FailoverRule {
  const { timeouts, breaker, delay_budget: delayBudgetMs, cross_vendor, same_vendor, hedge } = options;
  return {
    breaker: {
      consecutive: breaker.consecutive,
      errorRatio: breaker.error_ratio,
      windowMs: breaker.window,
      minCalls: breaker.min_calls,
      cooldownMs: breaker.cooldown,
    },
    timeouts: {
      connectMs: timeouts.connect,
      firstTokenMs: timeouts.first_token,
      stallMs: timeouts.stall,
      totalMs: timeouts.total,
    },
    delayBudgetMs,
    ...(costCeiling === null ? undefined : { costCeiling }),
    crossVendor: same_vendor ? 'never' : cross_vendor,
    ...(hedge === undefined
      ? undefined
      : {
          hedge: { afterMs: hedge.after, maxShare: hedge.max_extra_cost, withTools: hedge.with_tools },
        }),
  };
}

/** The slot `retry`. */
export function retryOf({ retry, delay_budget: budgetMs }: FallbackOptions): RetryRule {
  return { max: retry.max, budgetMs, ratio: retry.ratio, baseMs: retry.base, capMs: retry.cap };
}

/** The slot `chain`; null where it would say what holds anyway, so that it is free for a policy. */
export function chainOf({ on, same_region }: FallbackOptions): ChainRule | null {
  const usual = on.length === movingFailures.length && movingFailures.every((kind) => on.includes(kind));
  if (usual && !same_region) return null;
  return { ...(usual ? undefined : { on }), ...(same_region ? { sameRegion: true } : undefined) };
}
