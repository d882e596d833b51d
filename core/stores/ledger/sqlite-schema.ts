import type { Migrations } from '../migration.ts';
import type { SumDialect } from './sum-query.ts';

/**
 * A row's id is its time and a number among the rows of its millisecond: the file itself lies in the order of time,
 * which reports and retention read it by, without an index to keep. Below 2^53 until the year 2109.
 */
export const idsPerMs = 2048;
/** Where a millisecond is full (rows written for one moment afterwards), ids of the minute after it are taken. */
export const spillMs = 60_000;

export const sqliteDialect: SumDialect = {
  timeConditions: (sinceMs, untilMs, parameter) => [
    `id >= ${parameter(sinceMs * idsPerMs)}`,
    `id < ${parameter((untilMs + spillMs) * idsPerMs)}`,
    `timestamp_ms >= ${parameter(sinceMs)}`,
    `timestamp_ms < ${parameter(untilMs)}`,
  ],
  // The one index on texts is that of event ids, which begin with the id of the request: '/' follows '.'.
  requestConditions: (requestId, parameter) => [
    `event_id >= ${parameter(requestId)}`,
    `event_id < ${parameter(`${requestId}/`)}`,
    `request_id = ${parameter(requestId)}`,
  ],
  bytewise: '',
};

/**
 * Written out, since what was released is not changed; tests hold it and `ledgerColumns` together.
 *
 * Triggers keep the daily sums: one statement per row does everything, in its own transaction, and a row that was
 * there already changes nothing. What is kept of users' sums is written when rows are forgotten: while the row is
 * there, a sum of its own for nearly every row would cost as much as the row. STRICT tables refuse a sum that left
 * the integers.
 */
export const sqliteLedgerMigrations: Migrations = {
  store: 'ledger',
  steps: [
    `CREATE TABLE ledger_rows (
      id INTEGER PRIMARY KEY, timestamp_ms INTEGER NOT NULL, event_id TEXT NOT NULL UNIQUE,
      request_id TEXT NOT NULL, trace_id TEXT NOT NULL, tenant_id TEXT NOT NULL, feature_id TEXT,
      user_id_hash TEXT, key_id TEXT NOT NULL, model_alias TEXT NOT NULL, model_resolved TEXT,
      provider TEXT, region TEXT, cache_hit TEXT NOT NULL, input_tokens INTEGER NOT NULL,
      output_tokens INTEGER NOT NULL, total_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL,
      cache_write_tokens INTEGER NOT NULL, reasoning_tokens INTEGER NOT NULL,
      embedding_tokens INTEGER NOT NULL, usage_estimated INTEGER NOT NULL,
      cost_input_nano_usd INTEGER NOT NULL, cost_output_nano_usd INTEGER NOT NULL,
      cost_total_nano_usd INTEGER NOT NULL, cost_saved_nano_usd INTEGER NOT NULL,
      price_table_version TEXT NOT NULL, latency_gateway_ms REAL NOT NULL, latency_cache_lookup_ms REAL,
      latency_provider_ms REAL, latency_first_token_ms REAL, latency_total_ms REAL NOT NULL,
      status INTEGER NOT NULL, error_code TEXT, fallback_chain TEXT NOT NULL,
      fallback_used INTEGER NOT NULL, rate_limit_tier TEXT, prompt_version TEXT,
      guardrail_blocked INTEGER NOT NULL, policy_version TEXT NOT NULL
    ) STRICT;
    CREATE TABLE ledger_days (
      day INTEGER NOT NULL, tenant_id TEXT NOT NULL, key_id TEXT NOT NULL, feature_id TEXT NOT NULL,
      model_alias TEXT NOT NULL, model_resolved TEXT NOT NULL, provider TEXT NOT NULL,
      status INTEGER NOT NULL, row_count INTEGER NOT NULL, requests INTEGER NOT NULL,
      errors INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
      cache_read_tokens INTEGER NOT NULL, cache_write_tokens INTEGER NOT NULL,
      reasoning_tokens INTEGER NOT NULL, cost_nano_usd INTEGER NOT NULL, saved_nano_usd INTEGER NOT NULL,
      PRIMARY KEY (day, tenant_id, key_id, feature_id, model_alias, model_resolved, provider, status)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE ledger_user_days (
      day INTEGER NOT NULL, tenant_id TEXT NOT NULL, key_id TEXT NOT NULL, feature_id TEXT NOT NULL,
      model_alias TEXT NOT NULL, model_resolved TEXT NOT NULL, provider TEXT NOT NULL,
      user_id_hash TEXT NOT NULL, status INTEGER NOT NULL, row_count INTEGER NOT NULL,
      requests INTEGER NOT NULL, errors INTEGER NOT NULL, input_tokens INTEGER NOT NULL,
      output_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL,
      cache_write_tokens INTEGER NOT NULL, reasoning_tokens INTEGER NOT NULL,
      cost_nano_usd INTEGER NOT NULL, saved_nano_usd INTEGER NOT NULL,
      PRIMARY KEY (day, tenant_id, key_id, feature_id, model_alias, model_resolved, provider, user_id_hash, status)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER ledger_rows_written AFTER INSERT ON ledger_rows BEGIN
      INSERT INTO ledger_days VALUES (
        new.timestamp_ms / 86400000, COALESCE(new.tenant_id, ''), COALESCE(new.key_id, ''),
        COALESCE(new.feature_id, ''), COALESCE(new.model_alias, ''), COALESCE(new.model_resolved, ''),
        COALESCE(new.provider, ''), new.status, 1,
        (CASE WHEN new.event_id = new.request_id THEN 1 ELSE 0 END),
        (CASE WHEN new.event_id = new.request_id AND (new.status >= 400 OR new.error_code IS NOT NULL) THEN 1 ELSE 0 END),
        new.input_tokens, new.output_tokens, new.cache_read_tokens, new.cache_write_tokens,
        new.reasoning_tokens, new.cost_total_nano_usd, new.cost_saved_nano_usd
      ) ON CONFLICT DO UPDATE SET
        row_count = row_count + excluded.row_count, requests = requests + excluded.requests,
        errors = errors + excluded.errors, input_tokens = input_tokens + excluded.input_tokens,
        output_tokens = output_tokens + excluded.output_tokens,
        cache_read_tokens = cache_read_tokens + excluded.cache_read_tokens,
        cache_write_tokens = cache_write_tokens + excluded.cache_write_tokens,
        reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
        cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd,
        saved_nano_usd = saved_nano_usd + excluded.saved_nano_usd;
    END;
    CREATE TRIGGER ledger_rows_forgotten AFTER DELETE ON ledger_rows BEGIN
      INSERT INTO ledger_user_days VALUES (
        old.timestamp_ms / 86400000, COALESCE(old.tenant_id, ''), COALESCE(old.key_id, ''),
        COALESCE(old.feature_id, ''), COALESCE(old.model_alias, ''), COALESCE(old.model_resolved, ''),
        COALESCE(old.provider, ''), COALESCE(old.user_id_hash, ''), old.status, 1,
        (CASE WHEN old.event_id = old.request_id THEN 1 ELSE 0 END),
        (CASE WHEN old.event_id = old.request_id AND (old.status >= 400 OR old.error_code IS NOT NULL) THEN 1 ELSE 0 END),
        old.input_tokens, old.output_tokens, old.cache_read_tokens, old.cache_write_tokens,
        old.reasoning_tokens, old.cost_total_nano_usd, old.cost_saved_nano_usd
      ) ON CONFLICT DO UPDATE SET
        row_count = row_count + excluded.row_count, requests = requests + excluded.requests,
        errors = errors + excluded.errors, input_tokens = input_tokens + excluded.input_tokens,
        output_tokens = output_tokens + excluded.output_tokens,
        cache_read_tokens = cache_read_tokens + excluded.cache_read_tokens,
        cache_write_tokens = cache_write_tokens + excluded.cache_write_tokens,
        reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
        cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd,
        saved_nano_usd = saved_nano_usd + excluded.saved_nano_usd;
    END;`,
    // For the sums of one key or tenant. Written with the first row of a group and day only.
    `CREATE INDEX ledger_days_key ON ledger_days (key_id, day);
    CREATE INDEX ledger_days_tenant ON ledger_days (tenant_id, day);`,
  ],
};
