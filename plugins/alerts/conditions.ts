import type { AlertsOptions, EventName } from './options.ts';
import type { Spending } from './spend.ts';
import type { Traffic } from './traffic.ts';

/** One event as it is at this moment. */
export interface Condition {
  readonly event: EventName;
  /** Whom it is about, such as a tenant or a provider; '' for all traffic. */
  readonly subject: string;
  readonly active: boolean;
  /** A share, a factor, or milliseconds. */
  readonly value: number;
  /** What is the matter, in a sentence without its end. */
  readonly text: string;
}

/** A budget's warning counts for as long as requests under it would repeat it. */
const budgetMs = 900_000;

/** Holds what happened lately against the thresholds. @param nowMs of the clock that traffic was counted by. */
export function conditionsOf(
  options: AlertsOptions,
  traffic: Traffic,
  spending: readonly Spending[],
  nowMs: number,
): Condition[] {
  const found: Condition[] = [];
  const { min_requests: few, spend, latency, rate_limited, cache_hits, fallbacks } = options;
  const { provider_errors: errors, budget } = options;
  const add = (event: EventName, subject: string, active: boolean, value: number, text: string) =>
    found.push({ event, subject, active, value, text });
  const on = (event: EventName) => !options.off.includes(event);
  if (on('spend')) {
    for (const { tenant, today, usual } of spending) {
      const value = today / usual;
      const active = value > spend.threshold && today > options.min_usd * 1e9;
      add(
        'spend',
        tenant,
        active,
        value,
        `${tenant} has spent ${usd(today)} in 24 hours, ${percent(value)} of its average day`,
      );
    }
  }
  if (on('latency')) {
    const value = traffic.p95(nowMs, few) ?? 0;
    const text = `one request in twenty waits over ${(value / 1000).toFixed(1)} s for the first piece of its answer`;
    add('latency', '', value > latency.threshold, value, text);
  }
  if (on('rate_limited')) {
    const { share, of } = traffic.limited(nowMs);
    const text = `${percent(share)} of the requests are refused with 429`;
    add('rate_limited', '', share > rate_limited.threshold && of > few, share, text);
  }
  if (on('cache_hits')) {
    const hits = traffic.cacheHits(nowMs);
    const active = hits !== null && hits.share < cache_hits.threshold && hits.of > few * 5;
    add(
      'cache_hits',
      '',
      active,
      hits?.share ?? 0,
      `caches answer ${percent(hits?.share ?? 0)} of the requests`,
    );
  }
  if (on('fallbacks')) {
    const { share, of } = traffic.fallbacks(nowMs);
    const text = `${percent(share)} of the answers come from another target than the first`;
    add('fallbacks', '', share > fallbacks.threshold && of > few, share, text);
  }
  if (on('provider_errors')) {
    for (const [provider, { share, of }] of traffic.providers(nowMs)) {
      const text = `${percent(share)} of the calls of ${provider} fail`;
      add('provider_errors', provider, share > errors.threshold && of > few, share, text);
    }
  }
  if (on('budget')) {
    for (const [key, { tenant, by, share, atMs }] of traffic.budgets) {
      const lately = nowMs - atMs < budgetMs;
      if (!lately && nowMs - atMs > 2 * budgetMs + options.resolve_after) traffic.budgets.delete(key);
      const text = `a budget by ${by} of ${tenant} is ${percent(share)} used`;
      add('budget', `${by} of ${tenant}`, lately && share >= budget.threshold, share, text);
    }
  }
  return found;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function usd(nano: number): string {
  return `$${(nano / 1e9).toFixed(2)}`;
}
