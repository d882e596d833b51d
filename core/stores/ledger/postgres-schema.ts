import type { Migrations } from '../migration.ts';
import { dayMs, groupColumns, ledgerColumns, sumColumns } from './columns.ts';
import type { SumDialect } from './sum-query.ts';

export const postgresDialect: SumDialect = {
  timeConditions: (sinceMs, untilMs, parameter) => [
    `timestamp_ms >= ${parameter(sinceMs)}`,
    `timestamp_ms < ${parameter(untilMs)}`,
  ],
  requestConditions: (requestId, parameter) => [`request_id = ${parameter(requestId)}`],
  bytewise: ' COLLATE "C"',
};

const sumNames = sumColumns.map(([name]) => name);
const userColumns = [...groupColumns, 'user_id_hash'];

/** Adds up rows of `source` into daily sums, always in the same order: two nodes never wait for each other in a ring. */
function addToDays(table: string, texts: readonly string[], source: string): string {
  const groups = texts.map((name) => `COALESCE(${name}, '')`);
  const digest = `sha256(convert_to(jsonb_build_array(${groups.join(', ')}, status)::text, 'UTF8'))`;
  const sums = sumColumns.map(([, expression]) => `SUM(${expression.replaceAll('@', '')})`);
  return `INSERT INTO ${table} AS sums (day, digest, ${texts.join(', ')}, status, ${sumNames.join(', ')})
    SELECT (timestamp_ms / ${dayMs})::integer, ${digest}, ${groups.join(', ')}, status, ${sums.join(', ')}
    FROM ${source}
    GROUP BY timestamp_ms / ${dayMs}, ${groups.join(', ')}, status
    ORDER BY 1, 2
    ON CONFLICT (day, digest) DO UPDATE SET
      ${sumNames.map((name) => `${name} = sums.${name} + excluded.${name}`).join(', ')}`;
}

/**
 * Written out, since what was released is not changed; tests hold it and `ledgerColumns` together.
 *
 * A daily sum is found by the digest of its group's names: the names themselves may be longer than an index entry.
 * Free space in the pages lets sums change in place.
 */
export const postgresLedgerMigrations: Migrations = {
  store: 'ledger',
  steps: [
    `CREATE TABLE ledger_rows (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, timestamp_ms bigint NOT NULL,
      event_id text NOT NULL UNIQUE, request_id text NOT NULL, trace_id text NOT NULL,
      tenant_id text NOT NULL, feature_id text, user_id_hash text, key_id text NOT NULL,
      model_alias text NOT NULL, model_resolved text, provider text, region text, cache_hit text NOT NULL,
      input_tokens bigint NOT NULL, output_tokens bigint NOT NULL, total_tokens bigint NOT NULL,
      cache_read_tokens bigint NOT NULL, cache_write_tokens bigint NOT NULL,
      reasoning_tokens bigint NOT NULL, embedding_tokens bigint NOT NULL, usage_estimated boolean NOT NULL,
      cost_input_nano_usd bigint NOT NULL, cost_output_nano_usd bigint NOT NULL,
      cost_total_nano_usd bigint NOT NULL, cost_saved_nano_usd bigint NOT NULL,
      price_table_version text NOT NULL, latency_gateway_ms double precision NOT NULL,
      latency_cache_lookup_ms double precision, latency_provider_ms double precision,
      latency_first_token_ms double precision, latency_total_ms double precision NOT NULL,
      status bigint NOT NULL, error_code text, fallback_chain text NOT NULL, fallback_used boolean NOT NULL,
      rate_limit_tier text, prompt_version text, guardrail_blocked boolean NOT NULL,
      policy_version text NOT NULL
    );
    CREATE INDEX ledger_rows_time ON ledger_rows (timestamp_ms, id);
    CREATE INDEX ledger_rows_request ON ledger_rows (request_id);
    CREATE INDEX ledger_rows_tenant ON ledger_rows (tenant_id, timestamp_ms, id);
    CREATE INDEX ledger_rows_key ON ledger_rows (key_id, timestamp_ms, id);
    CREATE TABLE ledger_days (
      day integer NOT NULL, digest bytea NOT NULL, tenant_id text NOT NULL, key_id text NOT NULL,
      feature_id text NOT NULL, model_alias text NOT NULL, model_resolved text NOT NULL,
      provider text NOT NULL, status bigint NOT NULL, row_count bigint NOT NULL, requests bigint NOT NULL,
      errors bigint NOT NULL, input_tokens bigint NOT NULL, output_tokens bigint NOT NULL,
      cache_read_tokens bigint NOT NULL, cache_write_tokens bigint NOT NULL,
      reasoning_tokens bigint NOT NULL, cost_nano_usd bigint NOT NULL, saved_nano_usd bigint NOT NULL,
      PRIMARY KEY (day, digest)
    ) WITH (fillfactor = 70);
    CREATE TABLE ledger_user_days (
      day integer NOT NULL, digest bytea NOT NULL, tenant_id text NOT NULL, key_id text NOT NULL,
      feature_id text NOT NULL, model_alias text NOT NULL, model_resolved text NOT NULL,
      provider text NOT NULL, user_id_hash text NOT NULL, status bigint NOT NULL, row_count bigint NOT NULL,
      requests bigint NOT NULL, errors bigint NOT NULL, input_tokens bigint NOT NULL,
      output_tokens bigint NOT NULL, cache_read_tokens bigint NOT NULL, cache_write_tokens bigint NOT NULL,
      reasoning_tokens bigint NOT NULL, cost_nano_usd bigint NOT NULL, saved_nano_usd bigint NOT NULL,
      PRIMARY KEY (day, digest)
    ) WITH (fillfactor = 70);`,
    // For the sums of one key or tenant. They name no column that changes: sums still change in place.
    `CREATE INDEX ledger_days_key ON ledger_days (key_id, day);
    CREATE INDEX ledger_days_tenant ON ledger_days (tenant_id, day);
    CREATE INDEX ledger_user_days_tenant ON ledger_user_days (tenant_id, day);`,
  ],
};

const arrayTypes = { text: 'text[]', integer: 'bigint[]', boolean: 'int[]', real: 'float8[]' } as const;
const names = ledgerColumns.map(([name]) => name);

/**
 * Writes any number of rows, and their sums, in one statement: one array for each column. Rows that are there already
 * change nothing. Values: `timestamp_ms`, then `ledgerColumns`.
 */
export const appendStatement = `WITH fresh AS (
    INSERT INTO ledger_rows (timestamp_ms, ${names.join(', ')})
    SELECT timestamp_ms, ${ledgerColumns
      .map(([name, kind]) => (kind === 'boolean' ? `${name} <> 0` : name))
      .join(', ')}
    FROM unnest($1::bigint[], ${ledgerColumns.map(([, kind], index) => `$${index + 2}::${arrayTypes[kind]}`).join(', ')})
      AS incoming (timestamp_ms, ${names.join(', ')})
    ORDER BY event_id
    ON CONFLICT (event_id) DO NOTHING
    RETURNING *
  )
  ${addToDays('ledger_days', groupColumns, 'fresh')}`;

/** Forgets a batch of rows, `$1` the time and `$2` how many, and keeps the sums of their users; gives the count. */
export const pruneStatement = `WITH gone AS (
    DELETE FROM ledger_rows WHERE id IN (
      SELECT id FROM ledger_rows WHERE timestamp_ms < $1 ORDER BY timestamp_ms, id LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    RETURNING *
  ), kept AS (
    ${addToDays('ledger_user_days', userColumns, 'gone')}
  )
  SELECT count(*) AS forgotten FROM gone`;
