import type { LedgerRow } from '../../sdk/ledger.ts';

/**
 * A ledger row under LiteLLM's names (`LiteLLM_SpendLogs` in litellm/proxy/schema.prisma), so that dashboards written for
 * it go on working. What it has and the ledger has not is empty; what only the ledger has is in `metadata`.
 */
export function spendLog(row: LedgerRow) {
  const { usage, cost_usd: cost, latency_ms: latency } = row;
  const endMs = Date.parse(row.timestamp);
  const startMs = endMs - latency.total;
  const model = row.model_resolved ?? '';
  const user = row.user_id_hash ?? '';
  const failed = row.error_code !== null || row.status >= 400;
  return {
    // The request's id on its own row; rows of attempts before it have the attempt behind it.
    request_id: row.event_id,
    call_type: usage.embedding_tokens > 0 ? 'aembedding' : 'acompletion',
    api_key: row.key_id,
    spend: cost.totalNanoUsd / 1e9,
    total_tokens: usage.total_tokens,
    prompt_tokens: usage.input_tokens,
    completion_tokens: usage.output_tokens,
    startTime: timeText(startMs),
    endTime: row.timestamp,
    completionStartTime: timeText(latency.first_token === null ? endMs : startMs + latency.first_token),
    model: model.slice(model.indexOf('/') + 1),
    model_id: model,
    model_group: row.model_alias,
    custom_llm_provider: row.provider ?? '',
    api_base: '',
    user,
    team_id: row.tenant_id,
    end_user: user,
    metadata: {
      feature_id: row.feature_id,
      status_code: row.status,
      error_code: row.error_code,
      trace_id: row.trace_id,
      policy_version: row.policy_version,
      price_table_version: cost.priceTableVersion,
      saved_usd: cost.savedNanoUsd / 1e9,
      usage_estimated: usage.estimated,
      cache_read_input_tokens: usage.cache_read_tokens,
      cache_creation_input_tokens: usage.cache_write_tokens,
      reasoning_tokens: usage.reasoning_tokens,
      fallback_chain: row.fallback_chain,
      region: row.region,
    },
    cache_hit: row.cache_hit === 'none' ? 'False' : 'True',
    cache_key: '',
    request_tags: [],
    requester_ip_address: null,
    session_id: row.trace_id,
    status: failed ? 'failure' : 'success',
    messages: {},
    response: {},
    proxy_server_request: {},
    mcp_namespaced_tool_name: null,
  };
}

function timeText(ms: number): string {
  return new Date(Math.max(0, Math.round(ms))).toISOString();
}
