import type { LedgerRow } from '../../../sdk/ledger.ts';
import type { LedgerColumn } from './columns.ts';

/** What a column is written as. */
export type Cell = string | number | null;

/** A row as it is written. */
export interface WrittenRow {
  readonly timestampMs: number;
  /** In the order of `ledgerColumns`. */
  readonly cells: readonly Cell[];
}

/** A row as a database gives it back. PostgreSQL sends whole numbers of 64 bits as text. */
export type ReadRow = Readonly<Record<LedgerColumn, unknown>> & { readonly timestamp_ms: unknown };

/** Names come from clients too, a model's above all: no single one may fill the disk or an index page. */
const maxTextLength = 256;
const maxRequestIdLength = 150;
const maxEventIdLength = 200;
const maxChainLength = 32;
/** A million dollars a row. Sums then stay far below 2^63, beyond which SQLite would count in floating point. */
const maxNanoUsd = 1e15;
/** The place of a row in SQLite's file is made of its time, see `sqlite-schema.ts`. */
const endOfTimeMs = Date.UTC(2100, 0, 1);

function refuse(row: LedgerRow, what: string, came: unknown): never {
  const shown = typeof came === 'string' ? JSON.stringify(came.slice(0, 60)) : String(came);
  throw new RangeError(`ledger row ${String(row.event_id).slice(0, 60)}: expected ${what}; came ${shown}`);
}

/** Text that both databases give back as it was: no NUL, no half of a surrogate pair. */
function text(row: LedgerRow, name: string, value: string): string {
  if (typeof value !== 'string') refuse(row, `${name} to be a text`, value);
  if (value.length > maxTextLength) value = value.slice(0, maxTextLength);
  if (value.includes('\0')) value = value.replaceAll('\0', '\ufffd');
  return value.isWellFormed() ? value : value.toWellFormed();
}

function optional(row: LedgerRow, name: string, value: string | null): string | null {
  return value === null ? null : text(row, name, value);
}

function count(row: LedgerRow, name: string, value: number, most: number): number {
  if (!Number.isInteger(value) || value < 0 || value > most) {
    refuse(row, `${name} to be a whole number from 0 to ${most}`, value);
  }
  return value;
}

function duration(row: LedgerRow, name: string, value: number): number {
  if (!(Number.isFinite(value) && value >= 0)) refuse(row, `${name} to be milliseconds, 0 or more`, value);
  return value;
}

function optionalDuration(row: LedgerRow, name: string, value: number | null): number | null {
  return value === null ? null : duration(row, name, value);
}

function id(row: LedgerRow, name: 'event_id' | 'request_id', most: number): string {
  const value = row[name];
  if (typeof value !== 'string' || value === '' || value.length > most || text(row, name, value) !== value) {
    refuse(row, `${name} to be a text of 1 to ${most} characters`, value);
  }
  return value;
}

function timestampMs(row: LedgerRow): number {
  const ms = Date.parse(row.timestamp);
  if (!(ms >= 0 && ms < endOfTimeMs) || new Date(ms).toISOString() !== row.timestamp) {
    refuse(row, 'timestamp like 2026-01-31T23:59:59.999Z, from 1970 to 2099', row.timestamp);
  }
  return ms;
}

/**
 * Checks a row and gives what is written of it.
 *
 * @throws RangeError that names the row and what is wrong with it.
 */
export function writtenRow(row: LedgerRow): WrittenRow {
  const eventId = id(row, 'event_id', maxEventIdLength);
  const requestId = id(row, 'request_id', maxRequestIdLength);
  if (eventId !== requestId && !eventId.startsWith(`${requestId}.`)) {
    refuse(row, `event_id to be the request_id ${requestId}, or to begin with it and a dot`, eventId);
  }
  const { usage, cost_usd: cost, latency_ms: latency } = row;
  const tokens = (name: Exclude<keyof typeof usage, 'estimated'>) =>
    count(row, name, usage[name], 1_000_000_000_000);
  const money = (name: Exclude<keyof typeof cost, 'priceTableVersion'>) =>
    count(row, name, cost[name], maxNanoUsd);
  const chain = row.fallback_chain.slice(0, maxChainLength);
  return {
    timestampMs: timestampMs(row),
    cells: [
      eventId,
      requestId,
      text(row, 'trace_id', row.trace_id),
      text(row, 'tenant_id', row.tenant_id),
      optional(row, 'feature_id', row.feature_id),
      optional(row, 'user_id_hash', row.user_id_hash),
      text(row, 'key_id', row.key_id),
      text(row, 'model_alias', row.model_alias),
      optional(row, 'model_resolved', row.model_resolved),
      optional(row, 'provider', row.provider),
      optional(row, 'region', row.region),
      text(row, 'cache_hit', row.cache_hit),
      tokens('input_tokens'),
      tokens('output_tokens'),
      tokens('total_tokens'),
      tokens('cache_read_tokens'),
      tokens('cache_write_tokens'),
      tokens('reasoning_tokens'),
      tokens('embedding_tokens'),
      usage.estimated ? 1 : 0,
      money('inputNanoUsd'),
      money('outputNanoUsd'),
      money('totalNanoUsd'),
      money('savedNanoUsd'),
      text(row, 'price_table_version', cost.priceTableVersion),
      duration(row, 'latency_ms.gateway', latency.gateway),
      optionalDuration(row, 'latency_ms.cache_lookup', latency.cache_lookup),
      optionalDuration(row, 'latency_ms.provider', latency.provider),
      optionalDuration(row, 'latency_ms.first_token', latency.first_token),
      duration(row, 'latency_ms.total', latency.total),
      count(row, 'status', row.status, 999),
      optional(row, 'error_code', row.error_code),
      JSON.stringify(chain.map((target) => text(row, 'fallback_chain', target))),
      row.fallback_used ? 1 : 0,
      optional(row, 'rate_limit_tier', row.rate_limit_tier),
      optional(row, 'prompt_version', row.prompt_version),
      row.guardrail_blocked ? 1 : 0,
      text(row, 'policy_version', row.policy_version),
    ],
  };
}

/**
 * A whole number out of a database.
 *
 * @throws RangeError beyond 2^53 - 1, where a number would no longer be exact.
 */
export function wholeNumber(value: unknown, name: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new RangeError(
      `expected ${name} up to ${Number.MAX_SAFE_INTEGER}; came ${String(value)}; ask for a smaller window or more groups`,
    );
  }
  return number;
}

/** The row that a database row holds. */
export function ledgerRow(read: ReadRow): LedgerRow {
  const whole = (name: LedgerColumn) => wholeNumber(read[name], name);
  const string = (name: LedgerColumn) => read[name] as string;
  const maybe = (name: LedgerColumn) => read[name] as string | null;
  const ms = (name: LedgerColumn) => read[name] as number;
  const maybeMs = (name: LedgerColumn) => read[name] as number | null;
  return {
    event_id: string('event_id'),
    timestamp: new Date(Number(read.timestamp_ms)).toISOString(),
    request_id: string('request_id'),
    trace_id: string('trace_id'),
    tenant_id: string('tenant_id'),
    feature_id: maybe('feature_id'),
    user_id_hash: maybe('user_id_hash'),
    key_id: string('key_id'),
    model_alias: string('model_alias'),
    model_resolved: maybe('model_resolved'),
    provider: maybe('provider'),
    region: maybe('region'),
    cache_hit: read.cache_hit as LedgerRow['cache_hit'],
    usage: {
      input_tokens: whole('input_tokens'),
      output_tokens: whole('output_tokens'),
      total_tokens: whole('total_tokens'),
      cache_read_tokens: whole('cache_read_tokens'),
      cache_write_tokens: whole('cache_write_tokens'),
      reasoning_tokens: whole('reasoning_tokens'),
      embedding_tokens: whole('embedding_tokens'),
      estimated: Boolean(read.usage_estimated),
    },
    cost_usd: {
      inputNanoUsd: whole('cost_input_nano_usd'),
      outputNanoUsd: whole('cost_output_nano_usd'),
      totalNanoUsd: whole('cost_total_nano_usd'),
      savedNanoUsd: whole('cost_saved_nano_usd'),
      priceTableVersion: string('price_table_version'),
    },
    latency_ms: {
      gateway: ms('latency_gateway_ms'),
      cache_lookup: maybeMs('latency_cache_lookup_ms'),
      provider: maybeMs('latency_provider_ms'),
      first_token: maybeMs('latency_first_token_ms'),
      total: ms('latency_total_ms'),
    },
    status: whole('status'),
    error_code: maybe('error_code'),
    fallback_chain: JSON.parse(string('fallback_chain')) as readonly string[],
    fallback_used: Boolean(read.fallback_used),
    rate_limit_tier: maybe('rate_limit_tier'),
    prompt_version: maybe('prompt_version'),
    guardrail_blocked: Boolean(read.guardrail_blocked),
    policy_version: string('policy_version'),
  };
}
