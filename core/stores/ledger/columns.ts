/** What a column holds. Booleans are 0 and 1 on their way in. */
export type ColumnKind = 'text' | 'integer' | 'boolean' | 'real';

/** The columns of a ledger row after its place in time, in the order of `rowValues`. */
export const ledgerColumns = [
  ['event_id', 'text'],
  ['request_id', 'text'],
  ['trace_id', 'text'],
  ['tenant_id', 'text'],
  ['feature_id', 'text'],
  ['user_id_hash', 'text'],
  ['key_id', 'text'],
  ['model_alias', 'text'],
  ['model_resolved', 'text'],
  ['provider', 'text'],
  ['region', 'text'],
  ['cache_hit', 'text'],
  ['input_tokens', 'integer'],
  ['output_tokens', 'integer'],
  ['total_tokens', 'integer'],
  ['cache_read_tokens', 'integer'],
  ['cache_write_tokens', 'integer'],
  ['reasoning_tokens', 'integer'],
  ['embedding_tokens', 'integer'],
  ['usage_estimated', 'boolean'],
  ['cost_input_nano_usd', 'integer'],
  ['cost_output_nano_usd', 'integer'],
  ['cost_total_nano_usd', 'integer'],
  ['cost_saved_nano_usd', 'integer'],
  ['price_table_version', 'text'],
  ['latency_gateway_ms', 'real'],
  ['latency_cache_lookup_ms', 'real'],
  ['latency_provider_ms', 'real'],
  ['latency_first_token_ms', 'real'],
  ['latency_total_ms', 'real'],
  ['status', 'integer'],
  ['error_code', 'text'],
  ['fallback_chain', 'text'],
  ['fallback_used', 'boolean'],
  ['rate_limit_tier', 'text'],
  ['prompt_version', 'text'],
  ['guardrail_blocked', 'boolean'],
  ['policy_version', 'text'],
] as const satisfies readonly (readonly [name: string, kind: ColumnKind])[];

export type LedgerColumn = (typeof ledgerColumns)[number][0];

/** Dimensions that a daily sum keeps, besides the day; the user's sums are kept apart. '' where a row has none. */
export const groupColumns = [
  'tenant_id',
  'key_id',
  'feature_id',
  'model_alias',
  'model_resolved',
  'provider',
] as const satisfies readonly LedgerColumn[];

/** What is added up, and how it follows from a row. `@` stands for the row. */
export const sumColumns = [
  ['row_count', '1'],
  ['requests', '(CASE WHEN @event_id = @request_id THEN 1 ELSE 0 END)'],
  [
    'errors',
    '(CASE WHEN @event_id = @request_id AND (@status >= 400 OR @error_code IS NOT NULL) THEN 1 ELSE 0 END)',
  ],
  ['input_tokens', '@input_tokens'],
  ['output_tokens', '@output_tokens'],
  ['cache_read_tokens', '@cache_read_tokens'],
  ['cache_write_tokens', '@cache_write_tokens'],
  ['reasoning_tokens', '@reasoning_tokens'],
  ['cost_nano_usd', '@cost_total_nano_usd'],
  ['saved_nano_usd', '@cost_saved_nano_usd'],
] as const;

export const dayMs = 86_400_000;
