import type { MaybePromise } from './plugin.ts';

/**
 * One row of the cost ledger, schema v1 (`docs/reference/cost-ledger.schema.json`). Append-only: a row is never changed.
 * One row for each request, and one for each attempt before the last that cost something. Counts and amounts are whole
 * numbers from 0; texts longer than 256 characters are cut.
 */
export interface LedgerRow {
  /**
   * Unique; appending it again changes nothing. The row of the request itself has the request's id, the row of an
   * attempt before it `REQUEST_ID.SUFFIX` (`req_x.1`): so every reader can tell which rows count as requests, and
   * rows of one request are found by the beginning of this id. At most 200 characters.
   */
  readonly event_id: string;
  /** ISO 8601, UTC, milliseconds: `2026-01-31T23:59:59.999Z`. */
  readonly timestamp: string;
  /** Not empty, at most 150 characters. */
  readonly request_id: string;
  readonly trace_id: string;
  readonly tenant_id: string;
  readonly feature_id: string | null;
  readonly user_id_hash: string | null;
  readonly key_id: string;
  readonly model_alias: string;
  readonly model_resolved: string | null;
  readonly provider: string | null;
  readonly region: string | null;
  readonly cache_hit: 'none' | 'exact' | 'semantic';
  readonly usage: LedgerUsage;
  readonly cost_usd: LedgerCost;
  readonly latency_ms: LedgerLatency;
  readonly status: number;
  readonly error_code: string | null;
  /** Targets that were asked, in order. */
  readonly fallback_chain: readonly string[];
  readonly fallback_used: boolean;
  readonly rate_limit_tier: string | null;
  readonly prompt_version: string | null;
  readonly guardrail_blocked: boolean;
  readonly policy_version: string;
}

/** Tokens. `input_tokens` and `output_tokens` are all of them; the others are parts. */
export interface LedgerUsage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly total_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_write_tokens: number;
  readonly reasoning_tokens: number;
  readonly embedding_tokens: number;
  /** Counted by the gateway, since the provider gave nothing. */
  readonly estimated: boolean;
}

/** Whole nano-dollars here; `cost_usd` in JSON is decimal dollars. */
export interface LedgerCost {
  readonly inputNanoUsd: number;
  readonly outputNanoUsd: number;
  readonly totalNanoUsd: number;
  /** What a cache hit would have cost. */
  readonly savedNanoUsd: number;
  readonly priceTableVersion: string;
}

/** Milliseconds; null where there was no such time. */
export interface LedgerLatency {
  readonly gateway: number;
  readonly cache_lookup: number | null;
  readonly provider: number | null;
  readonly first_token: number | null;
  readonly total: number;
}

/** What reports group by. */
export type LedgerDimension =
  | 'tenant'
  | 'feature'
  | 'model'
  | 'alias'
  | 'key'
  | 'provider'
  | 'day'
  | 'user'
  | 'status';

/** Which rows; everything by default. Times are milliseconds since the epoch, `since` included, `until` not. */
export interface LedgerFilter {
  readonly sinceMs?: number;
  readonly untilMs?: number;
  readonly tenantId?: string;
  readonly keyId?: string;
  readonly requestId?: string;
}

/**
 * Whose spending is asked for, and when: everything by default. Of a feature or user null means the rows that name none.
 * Users and features are a tenant's own, so `tenantId` belongs to them.
 */
export interface LedgerScope extends Omit<LedgerFilter, 'requestId'> {
  readonly featureId?: string | null;
  /** The hash that rows have. */
  readonly userId?: string | null;
  /** `provider/model` of the target. */
  readonly model?: string;
  readonly provider?: string;
}

/** Sums of one group. */
export interface LedgerSum {
  /** Values of the dimensions, in the order asked for; '' where a row has none. A day is `2026-01-31`, in UTC. */
  readonly by: readonly string[];
  /** Rows: requests, and attempts before the last that cost something. What a provider's invoice counts. */
  readonly rows: number;
  /** Rows of requests (`event_id` is `request_id`). */
  readonly requests: number;
  /** Requests with an `error_code` or a status of 400 and above. */
  readonly errors: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly reasoningTokens: number;
  readonly costNanoUsd: number;
  readonly savedNanoUsd: number;
}

/** Most rows that `Ledger.rows` gives at a time. */
export const maxLedgerRows = 10_000;

/** Most scopes that `Ledger.spend` takes at a time. */
export const maxLedgerScopes = 256;

/** The cost ledger. */
export interface Ledger {
  /**
   * Writes rows. They are durable when this returns (or its promise resolves). Many rows may be written in several
   * transactions; after a failure append all of them again, what is there already is not counted twice.
   *
   * @throws GatewayError 503 `store_unavailable` where they could not be written.
   * @throws RangeError for a row that is not one: a fault of the caller, nothing was written.
   */
  append(rows: readonly LedgerRow[]): MaybePromise<void>;
  /**
   * Sums by dimensions, the dearest group first, groups of equal cost in the order of their values. Without dimensions
   * one sum. Of days whose single rows are forgotten only those count that lie wholly in the window.
   *
   * @param limit the most groups to give; all by default.
   * @throws RangeError where a sum is beyond 2^53 - 1 (nine million dollars): ask for smaller windows or groups.
   */
  sum(
    by: readonly LedgerDimension[],
    filter: LedgerFilter,
    limit?: number,
  ): MaybePromise<readonly LedgerSum[]>;
  /**
   * Sums of single scopes, in their order, for those who wait to be admitted: fast where a scope has a key or tenant and
   * its window begins with a day, and not held up by reports. Days whose single rows are forgotten count as in `sum`.
   * What is beyond 2^53 - 1 is given as that.
   *
   * @param scopes at most `maxLedgerScopes`; parts of days are read once for all of them.
   * @throws GatewayError 503 `store_unavailable`
   */
  spend(scopes: readonly LedgerScope[]): MaybePromise<readonly LedgerSum[]>;
  /** Rows, the newest first, in an order that does not change; at most `maxLedgerRows`. */
  rows(filter: LedgerFilter, limit: number, offset?: number): MaybePromise<readonly LedgerRow[]>;
  /**
   * Forgets single rows of the UTC days that ended at or before a time; their daily sums stay. Days go as a whole, so
   * that a day can be summed from its rows or not at all. A forgotten row that is appended again counts again.
   *
   * @returns how many rows.
   */
  prune(beforeMs: number): MaybePromise<number>;
  close?(): MaybePromise<void>;
}

/** A row as JSON: the form that the JSON Schema describes. */
export type LedgerRowJson = Omit<LedgerRow, 'cost_usd'> & {
  /** Decimal dollars; `Math.round(x * 1e9)` gives the nano-dollars back. */
  readonly cost_usd: {
    readonly input: number;
    readonly output: number;
    readonly total: number;
    readonly saved: number;
    readonly price_table_version: string;
  };
};

/** The JSON form of a row, keys in the order of the schema. */
export function ledgerJson(row: LedgerRow): LedgerRowJson {
  const { cost_usd: cost, usage, latency_ms: latency } = row;
  return {
    event_id: row.event_id,
    timestamp: row.timestamp,
    request_id: row.request_id,
    trace_id: row.trace_id,
    tenant_id: row.tenant_id,
    feature_id: row.feature_id,
    user_id_hash: row.user_id_hash,
    key_id: row.key_id,
    model_alias: row.model_alias,
    model_resolved: row.model_resolved,
    provider: row.provider,
    region: row.region,
    cache_hit: row.cache_hit,
    usage: {
      input_tokens: usage.input_tokens,
      output_tokens: usage.output_tokens,
      total_tokens: usage.total_tokens,
      cache_read_tokens: usage.cache_read_tokens,
      cache_write_tokens: usage.cache_write_tokens,
      reasoning_tokens: usage.reasoning_tokens,
      embedding_tokens: usage.embedding_tokens,
      estimated: usage.estimated,
    },
    // One division of whole numbers is rounded once: the decimal that is printed is the exact amount up to $1,000,000.
    cost_usd: {
      input: cost.inputNanoUsd / 1e9,
      output: cost.outputNanoUsd / 1e9,
      total: cost.totalNanoUsd / 1e9,
      saved: cost.savedNanoUsd / 1e9,
      price_table_version: cost.priceTableVersion,
    },
    latency_ms: {
      gateway: latency.gateway,
      cache_lookup: latency.cache_lookup,
      provider: latency.provider,
      first_token: latency.first_token,
      total: latency.total,
    },
    status: row.status,
    error_code: row.error_code,
    fallback_chain: row.fallback_chain,
    fallback_used: row.fallback_used,
    rate_limit_tier: row.rate_limit_tier,
    prompt_version: row.prompt_version,
    guardrail_blocked: row.guardrail_blocked,
    policy_version: row.policy_version,
  };
}
