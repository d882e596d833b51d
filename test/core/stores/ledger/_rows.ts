import type { LedgerRow } from '../../../../sdk/ledger.ts';

export type RowChanges = Partial<Omit<LedgerRow, 'usage' | 'cost_usd' | 'latency_ms'>> & {
  readonly usage?: Partial<LedgerRow['usage']>;
  readonly cost_usd?: Partial<LedgerRow['cost_usd']>;
  readonly latency_ms?: Partial<LedgerRow['latency_ms']>;
};

/** A row as the gateway would write it, with what a test cares about. */
export function row(requestId: string, changes: RowChanges = {}): LedgerRow {
  const { usage, cost_usd, latency_ms, ...plain } = changes;
  return {
    event_id: requestId,
    timestamp: '2026-01-15T12:00:00.000Z',
    request_id: requestId,
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    tenant_id: 'acme',
    feature_id: 'chat',
    user_id_hash: null,
    key_id: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    model_alias: 'smart',
    model_resolved: 'claude/claude-opus-4-8',
    provider: 'claude',
    region: 'eu',
    cache_hit: 'none',
    usage: {
      input_tokens: 1200,
      output_tokens: 340,
      total_tokens: 1540,
      cache_read_tokens: 200,
      cache_write_tokens: 100,
      reasoning_tokens: 40,
      embedding_tokens: 0,
      estimated: false,
      ...usage,
    },
    cost_usd: {
      inputNanoUsd: 6_000_000,
      outputNanoUsd: 8_500_001,
      totalNanoUsd: 14_500_001,
      savedNanoUsd: 0,
      priceTableVersion: '2026-01-01',
      ...cost_usd,
    },
    latency_ms: {
      gateway: 1.25,
      cache_lookup: null,
      provider: 830.5,
      first_token: 210.125,
      total: 850.75,
      ...latency_ms,
    },
    status: 200,
    error_code: null,
    fallback_chain: ['claude/claude-opus-4-8'],
    fallback_used: false,
    rate_limit_tier: 'enterprise',
    prompt_version: null,
    guardrail_blocked: false,
    policy_version: 'a1b2c3d4e5f6',
    ...plain,
  };
}
