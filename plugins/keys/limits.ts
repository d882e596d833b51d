import { budgetPeriod } from '../../sdk/budget/period.ts';
import { budgetWindow } from '../../sdk/budget/window.ts';
import type { IdentityBudget, IdentityLimits, KeyRecord } from '../../sdk/index.ts';
import type { TenantOptions } from './options.ts';

/** What a key may use; undefined where nothing is limited. @param nowMs of a clock that never goes back. */
export function keyLimits(record: KeyRecord, nowMs: number): IdentityLimits | undefined {
  return limitsOf({
    requestsPerMinute: record.rpmLimit,
    tokensPerMinute: record.tpmLimit,
    outputTokensPerMinute: record.outputTpmLimit,
    concurrentRequests: record.maxParallelRequests,
    tokensPerDay: record.dailyTokenCap,
    budget: budgetOf(record.maxBudgetNanoUsd, record.softBudgetNanoUsd, record, nowMs),
  });
}

/** What all keys of a tenant may use together. Its windows count from the epoch. */
export function tenantLimits(options: TenantOptions, nowMs: number): IdentityLimits | undefined {
  const terms = { budgetDuration: options.budget_duration ?? null, budgetStartMs: 0 };
  return limitsOf({
    requestsPerMinute: options.rpm ?? null,
    tokensPerMinute: options.tpm ?? null,
    outputTokensPerMinute: null,
    concurrentRequests: options.max_parallel_requests ?? null,
    tokensPerDay: options.daily_token_cap ?? null,
    budget: budgetOf(options.max_budget ?? null, null, terms, nowMs),
  });
}

function budgetOf(
  limitNanoUsd: number | null,
  softNanoUsd: number | null,
  terms: Pick<KeyRecord, 'budgetDuration' | 'budgetStartMs'>,
  nowMs: number,
): IdentityBudget | null {
  if (limitNanoUsd === null && softNanoUsd === null) return null;
  const { startMs, resetsAtMs } = budgetWindow(terms, nowMs);
  const per = budgetPeriod(terms.budgetDuration);
  return { limitNanoUsd, softNanoUsd, window: String(startMs), startsAtMs: startMs, resetsAtMs, per };
}

function limitsOf(limits: IdentityLimits): IdentityLimits | undefined {
  return Object.values(limits).every((limit) => limit === null) ? undefined : limits;
}
