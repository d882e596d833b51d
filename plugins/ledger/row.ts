import {
  answeringAttempt,
  type Models,
  type SettledContext,
  type Trace,
  type TraceAttempt,
} from '../../sdk/index.ts';
import type { LedgerLatency, LedgerRow } from '../../sdk/ledger.ts';
import type { Prices } from '../../sdk/prices.ts';
import { answerSource, cacheHitOf, cacheLookupMs } from './answer-source.ts';
import { attemptCost, noCost, savedCost, targetOf } from './cost.ts';
import { cleanUsage, ledgerUsage, noUsage } from './usage.ts';

/** What rows are made of besides the request itself. */
export interface RowSources {
  readonly models: Models;
  readonly prices: Prices;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** What a row needs of a finished request. */
export type Settled = Pick<SettledContext, 'trace' | 'identity' | 'tags'>;

/** nginx's status for a client that left before it got one. */
const clientClosedRequest = 499;

/** Codes of refusals that are no judgement of the request's content. */
const admission = new Set([
  'invalid_api_key',
  'key_expired',
  'key_blocked',
  'budget_exceeded',
  'insufficient_quota',
  'model_not_allowed',
  'tenant_not_allowed',
  'model_not_found',
  'rate_limit_exceeded',
  'token_cap_exceeded',
  'store_unavailable',
]);

/**
 * The rows of one finished request, whatever its end: one for each other attempt that cost something, then the one
 * of the request itself, with the usage of the attempt that answered, else of the last. Always the same for the same request, so that
 * writing them twice is writing them once.
 */
export function ledgerRows(settled: Settled, sources: RowSources): LedgerRow[] {
  const { trace } = settled;
  const source = answerSource(trace);
  const { attempts } = trace;
  // Where a hook answered after all, the attempts before it were all in vain.
  const last = source === null ? answeringAttempt(attempts) : undefined;
  const rows: LedgerRow[] = [];
  for (const [index, attempt] of attempts.entries()) {
    if ((trace.aside !== null || attempt !== last) && attempt.usage) {
      rows.push(attemptRow(settled, attempt, index, sources));
    }
  }
  // A question of a plugin is part of the request that it is asked for: that one has the row of a request.
  if (trace.aside !== null) return rows;
  rows.push(requestRow(settled, last ?? null, sources));
  return rows;
}

function requestRow(settled: Settled, attempt: TraceAttempt | null, sources: RowSources): LedgerRow {
  const { trace } = settled;
  const { models, prices } = sources;
  const source = answerSource(trace);
  const hit = cacheHitOf(source);
  const usage = trace.usage === null ? null : cleanUsage(trace.usage);
  const first = trace.plan?.targets[0];
  const base = {
    ...common(settled, sources),
    event_id: trace.requestId,
    cache_hit: hit,
    latency_ms: {
      gateway: trace.overheadMs,
      cache_lookup: cacheLookupMs(trace, source),
      provider: attempt?.durationMs ?? null,
      first_token: firstTokenMs(attempt),
      total: trace.durationMs,
    },
    status: trace.status === 0 && trace.outcome === 'client_gone' ? clientClosedRequest : trace.status,
    error_code: trace.errorCode ?? (trace.outcome === 'client_gone' ? 'client_gone' : null),
    fallback_used:
      attempt !== null && attempt.firstByteMs !== null && first !== undefined && attempt.target !== first,
    guardrail_blocked: isGuardrail(trace),
  };
  if (attempt === null) {
    const cost = hit === 'none' ? noCost(prices) : savedCost(trace.alias, trace.model, usage, models, prices);
    return { ...base, ...nowhere, usage: noUsage, cost_usd: cost };
  }
  const target = targetOf(attempt, models);
  return {
    ...base,
    model_resolved: target.id,
    provider: target.provider,
    region: target.region === '' ? null : target.region,
    usage: usage === null ? noUsage : ledgerUsage(usage, trace.api),
    cost_usd: usage === null ? noCost(prices) : attemptCost(target, usage, attempt, prices),
  };
}

/** The row of an attempt that another one followed or was faster than. Its request is counted by the request's own row. */
function attemptRow(settled: Settled, attempt: TraceAttempt, index: number, sources: RowSources): LedgerRow {
  const { trace } = settled;
  const target = targetOf(attempt, sources.models);
  const usage = cleanUsage(attempt.usage!);
  const latency: LedgerLatency = {
    gateway: 0,
    cache_lookup: null,
    provider: attempt.durationMs,
    first_token: attempt.firstByteMs,
    total: attempt.durationMs ?? 0,
  };
  return {
    ...common(settled, sources),
    // By place and not by number: a provider that is asked again in another of its APIs has two calls of one number.
    event_id: `${trace.requestId}.${asideName(trace)}${index + 1}`,
    model_resolved: target.id,
    provider: target.provider,
    region: target.region === '' ? null : target.region,
    cache_hit: 'none',
    usage: ledgerUsage(usage, trace.api),
    cost_usd: attemptCost(target, usage, attempt, sources.prices),
    latency_ms: latency,
    status: attempt.status ?? 0,
    error_code: attempt.failure,
    fallback_used: false,
    guardrail_blocked: false,
  };
}

/** Part of an id. Two questions of one request must not have the same. */
function asideName({ aside }: Trace): string {
  return aside === null ? '' : `${aside.purpose}-${aside.number}.`;
}

const nowhere = { model_resolved: null, provider: null, region: null } as const;

/** What all rows of a request have in common. */
function common({ trace, identity, tags }: Settled, { nowMs }: RowSources) {
  return {
    timestamp: new Date(nowMs).toISOString(),
    request_id: trace.requestId,
    trace_id: trace.traceId,
    tenant_id: trace.tenant,
    feature_id: identity.feature,
    user_id_hash: identity.user,
    key_id: trace.key,
    model_alias: trace.alias,
    fallback_chain: chainOf(trace),
    rate_limit_tier: identity.tenant.plan === '' ? null : identity.tenant.plan,
    prompt_version: tags['prompt_version'] ?? null,
    policy_version: trace.policyVersion,
  };
}

/** Targets that were asked, in order; tries of the same target in a row are one. The schema keeps 32. */
function chainOf({ attempts }: Trace): string[] {
  return attempts
    .map(({ target }) => target)
    .filter((target, index, all) => target !== all[index - 1])
    .slice(0, 32);
}

/** From the arrival of the request, so that attempts which failed before count as waiting. */
function firstTokenMs(attempt: TraceAttempt | null): number | null {
  if (attempt === null || attempt.firstByteMs === null) return null;
  return Math.round((attempt.startedMs + attempt.firstByteMs) * 1000) / 1000;
}

/** A policy or guard refused the request or its answer, for what is in it and not for who sent it or how often. */
function isGuardrail({ steps, errorCode }: Trace): boolean {
  if (errorCode === null || admission.has(errorCode)) return false;
  return steps.some(({ decision, shadow }) => decision === 'deny' && shadow !== true);
}
