import { budgetWindow } from '../../sdk/budget/window.ts';
import type { Hold } from '../../sdk/counters.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { KeyRecord } from '../../sdk/keys.ts';
import { keyId } from './key-id.ts';

/** What a key has spent in its running window, and what requests under way hold of it. */
export interface KeySpend {
  readonly spentNanoUsd: number;
  readonly heldNanoUsd: number;
  readonly holds: readonly Hold[];
}

/** Times of one answer: `expires` and `status` go by the wall clock, windows by one that never goes back. */
export interface AnswerTimes {
  readonly nowMs: number;
  readonly windowNowMs: number;
}

const nanoPerUsd = 1e9;

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function usd(nano: number | null): number | null {
  return nano === null ? null : nano / nanoPerUsd;
}

function statusOf({ blocked, expiresAtMs, replacedBy }: KeyRecord, nowMs: number): string {
  if (blocked) return 'blocked';
  if (expiresAtMs !== null && nowMs >= expiresAtMs) return 'expired';
  if (replacedBy === null) return 'active';
  return nowMs >= replacedBy.untilMs ? 'expired' : 'replaced';
}

/** A key as `/key/*` shows it: LiteLLM's names and types, ours beside them. Never the key itself. */
export function keyAnswer(record: KeyRecord, { nowMs, windowNowMs }: AnswerTimes): JsonObject {
  const { replacedBy } = record;
  return {
    key_name: record.name,
    key_alias: record.alias,
    token: record.hash,
    key_id: keyId(record),
    status: statusOf(record, nowMs),
    blocked: record.blocked,
    expires: iso(
      replacedBy === null ? record.expiresAtMs : Math.min(replacedBy.untilMs, record.expiresAtMs ?? Infinity),
    ),
    replaced_by: replacedBy?.hash ?? null,
    models: record.models,
    max_budget: usd(record.maxBudgetNanoUsd),
    soft_budget: usd(record.softBudgetNanoUsd),
    budget_duration: record.budgetDuration,
    budget_reset_at: iso(budgetWindow(record, windowNowMs).resetsAtMs),
    tpm_limit: record.tpmLimit,
    rpm_limit: record.rpmLimit,
    output_tpm_limit: record.outputTpmLimit,
    max_parallel_requests: record.maxParallelRequests,
    daily_token_cap: record.dailyTokenCap,
    tenant_id: record.tenantId,
    plan: record.plan,
    region: record.region,
    metadata: record.metadata,
    created_at: iso(record.createdAtMs),
    updated_at: iso(record.updatedAtMs),
  };
}

/** What a key has spent, in dollars. */
export function spendAnswer({ spentNanoUsd, heldNanoUsd, holds }: KeySpend): JsonObject {
  return {
    spend: usd(spentNanoUsd),
    held: usd(heldNanoUsd),
    holds: holds.map(({ id, owner, amount, expiresAtMs }) => ({
      id,
      owner,
      amount: usd(amount),
      expires_at: iso(expiresAtMs),
    })),
  };
}
