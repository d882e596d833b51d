import { budgetWindow } from '../../sdk/budget/window.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { KeyRecord } from '../../sdk/keys.ts';
import type { KeySpend } from './key-spend.ts';

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
    key_id: record.id,
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

/** What a key has spent and what is held, in dollars. */
export function spendAnswer(spend: KeySpend): JsonObject {
  return {
    spend: usd(spend.spentNanoUsd),
    total_spend: usd(spend.totalNanoUsd),
    tokens_today: spend.tokensToday,
    held: usd(spend.heldNanoUsd),
    holds:
      spend.holds?.map(({ id, owner, amount, expiresAtMs }) => ({
        request_id: requestOf(id),
        owner,
        usd: usd(amount),
        expires_at: iso(expiresAtMs),
      })) ?? null,
  };
}

/** Holds are named after their request, with a number of their own behind it. */
function requestOf(holdId: string): string {
  const end = holdId.indexOf('|');
  return end < 0 ? holdId : holdId.slice(0, end);
}
