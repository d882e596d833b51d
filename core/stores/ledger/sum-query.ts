import type { LedgerDimension, LedgerFilter, LedgerScope, LedgerSum } from '../../../sdk/ledger.ts';
import { dayMs, sumColumns } from './columns.ts';
import { wholeNumber } from './row.ts';

/** Where the databases differ. */
export interface SumDialect {
  /** Conditions on rows from a moment (included) to another (not included), in the form an index serves. */
  timeConditions(sinceMs: number, untilMs: number, parameter: Parameter): string[];
  /** Conditions on the rows of a request, in the form an index serves. */
  requestConditions(requestId: string, parameter: Parameter): string[];
  /** Added to texts in ORDER BY, so that they are compared byte by byte. */
  readonly bytewise: string;
}

/** Takes a value and gives the name of its place in the statement. */
export type Parameter = (value: string | number) => string;

/** SQL with parameters `$1`, `$2`, … each named once, in order. */
export interface Query {
  readonly text: string;
  readonly values: readonly (string | number)[];
}

export const sumNames = sumColumns.map(([name]) => name);

const columnOf: Readonly<Record<LedgerDimension, string>> = {
  tenant: 'tenant_id',
  feature: 'feature_id',
  model: 'model_resolved',
  alias: 'model_alias',
  key: 'key_id',
  provider: 'provider',
  day: 'day',
  user: 'user_id_hash',
  status: 'status',
};

/** Later than any row. */
const endMs = Date.UTC(2100, 0, 1);

/** From a moment to another, which is not part of it. */
export interface Span {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** The parts of a window: whole days are summed already, what is left at the edges is added up from rows. */
export interface Window {
  readonly whole: Span;
  readonly days: { readonly from: number; readonly to: number } | null;
  readonly edges: readonly Span[];
}

/** Cuts a window into whole days (`to` not included) and edges. */
export function windowOf({ sinceMs = 0, untilMs = endMs, requestId }: LedgerFilter): Window {
  sinceMs = Math.max(0, Math.ceil(sinceMs));
  untilMs = Math.min(endMs, Math.ceil(untilMs));
  const from = Math.ceil(sinceMs / dayMs);
  const to = Math.floor(untilMs / dayMs);
  const whole = { sinceMs, untilMs };
  if (requestId !== undefined || from >= to) return { whole, days: null, edges: [whole] };
  const edges = [
    { sinceMs, untilMs: from * dayMs },
    { sinceMs: to * dayMs, untilMs },
  ];
  return { whole, days: { from, to }, edges: edges.filter((edge) => edge.sinceMs < edge.untilMs) };
}

/** Conditions of a filter on what daily sums know of. */
export function groupConditions({ tenantId, keyId }: LedgerFilter, parameter: Parameter): string[] {
  const conditions: string[] = [];
  if (tenantId !== undefined) conditions.push(`tenant_id = ${parameter(tenantId)}`);
  if (keyId !== undefined) conditions.push(`key_id = ${parameter(keyId)}`);
  return conditions;
}

/**
 * Conditions of a scope: on daily sums, or on rows, which have null where sums have ''.
 *
 * @param knowsUsers false for the daily sums that have no users.
 */
export function scopeConditions(scope: LedgerScope, parameter: Parameter, knowsUsers: boolean): string[] {
  const { featureId, userId, model, provider } = scope;
  const conditions = groupConditions(scope, parameter);
  const is = (column: string, value: string | null | undefined) => {
    if (value !== undefined) conditions.push(`COALESCE(${column}, '') = ${parameter(value ?? '')}`);
  };
  is('feature_id', featureId);
  is('model_resolved', model);
  is('provider', provider);
  if (knowsUsers) is('user_id_hash', userId);
  return conditions;
}

/** The statement behind the sums of one scope. */
export function scopeQuery(scope: LedgerScope, dialect: SumDialect): Query {
  const values: (string | number)[] = [];
  const parameter = (value: string | number) => `$${values.push(value)}`;
  const { days, edges, whole } = windowOf(scope);
  const byUser = scope.userId !== undefined;
  const parts: string[] = [];
  if (days !== null) {
    const where = [
      `day >= ${parameter(days.from)}`,
      `day < ${parameter(days.to)}`,
      ...scopeConditions(scope, parameter, byUser),
    ];
    const sums = sumNames.map((name) => `SUM(${name}) AS ${name}`);
    const table = byUser ? 'ledger_user_days' : 'ledger_days';
    parts.push(`SELECT ${sums.join(', ')} FROM ${table} WHERE ${where.join(' AND ')}`);
  }
  for (const { sinceMs, untilMs } of byUser ? [whole] : edges) {
    const where = [
      ...dialect.timeConditions(sinceMs, untilMs, parameter),
      ...scopeConditions(scope, parameter, true),
    ];
    const sums = sumColumns.map(([name, expression]) => `SUM(${expression.replaceAll('@', '')}) AS ${name}`);
    parts.push(`SELECT ${sums.join(', ')} FROM ledger_rows WHERE ${where.join(' AND ')}`);
  }
  const totals = sumNames.map((name) => `COALESCE(SUM(${name}), 0) AS ${name}`);
  return { text: `SELECT ${totals.join(', ')} FROM (${parts.join(' UNION ALL ')}) AS parts`, values };
}

/** Conditions on rows: a filter, and a span of time instead of its own. */
export function rowConditions(
  filter: LedgerFilter,
  { sinceMs, untilMs }: Span,
  dialect: SumDialect,
  parameter: Parameter,
): string[] {
  const { requestId } = filter;
  if (requestId === undefined) {
    return [...dialect.timeConditions(sinceMs, untilMs, parameter), ...groupConditions(filter, parameter)];
  }
  // A request has a handful of rows: their time must not lead the database to look for them by it.
  return [
    ...dialect.requestConditions(requestId, parameter),
    `timestamp_ms + 0 >= ${parameter(sinceMs)}`,
    `timestamp_ms + 0 < ${parameter(untilMs)}`,
    ...groupConditions(filter, parameter),
  ];
}

/** The statement behind `Ledger.sum`: one statement, so that all parts are of the same moment. */
export function sumQuery(
  by: readonly LedgerDimension[],
  filter: LedgerFilter,
  limit: number | undefined,
  dialect: SumDialect,
): Query {
  const values: (string | number)[] = [];
  const parameter = (value: string | number) => `$${values.push(value)}`;
  const names = by.map((_, index) => `d${index}`);
  const window = windowOf(filter);
  // Daily sums of rows that are there know no users: a user on every row would cost as much as the row itself.
  const byUser = by.includes('user');
  const parts: string[] = [];

  function part(table: string, dimension: (one: LedgerDimension) => string, sums: string, where: string[]) {
    const selected = by.map((one, index) => `${dimension(one)} AS d${index}`);
    // Daily sums lie in the order of day and tenant: grouped so first, a month by tenant needs no sorting.
    const groups = by.map(dimension);
    if (table === 'ledger_days' && by[0] === 'tenant') groups.unshift('day');
    const condition = where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`;
    const grouped = groups.length === 0 ? '' : ` GROUP BY ${groups.join(', ')}`;
    parts.push(`SELECT ${[...selected, sums].join(', ')} FROM ${table}${condition}${grouped}`);
  }

  if (window.days !== null) {
    const { from, to } = window.days;
    const where = [
      `day >= ${parameter(from)}`,
      `day < ${parameter(to)}`,
      ...groupConditions(filter, parameter),
    ];
    const sums = sumColumns.map(([name]) => `SUM(${name}) AS ${name}`).join(', ');
    part(byUser ? 'ledger_user_days' : 'ledger_days', (one) => columnOf[one], sums, where);
  }
  for (const span of byUser ? [window.whole] : window.edges) {
    const ofRow = (one: LedgerDimension) => {
      if (one === 'day') return `timestamp_ms / ${dayMs}`;
      return one === 'status' ? 'status' : `COALESCE(${columnOf[one]}, '')`;
    };
    const sums = sumColumns
      .map(([name, expression]) => `SUM(${expression.replaceAll('@', '')}) AS ${name}`)
      .join(', ');
    part('ledger_rows', ofRow, sums, rowConditions(filter, span, dialect, parameter));
  }

  const totals = sumColumns.map(([name]) => `COALESCE(SUM(${name}), 0) AS ${name}`);
  const order = by.map(
    (one, index) => `d${index}${one === 'day' || one === 'status' ? '' : dialect.bytewise}`,
  );
  const text = [
    `SELECT ${[...names, ...totals].join(', ')} FROM (${parts.join(' UNION ALL ')}) AS parts`,
    names.length === 0 ? '' : `GROUP BY ${names.join(', ')} HAVING SUM(row_count) > 0`,
    names.length === 0 ? '' : `ORDER BY cost_nano_usd DESC, ${order.join(', ')}`,
    limit === undefined ? '' : `LIMIT ${parameter(limit)}`,
  ];
  return { text: text.filter((line) => line !== '').join(' '), values };
}

/** A sum as the database gives it. @throws RangeError beyond what a number holds. */
export function ledgerSum(
  by: readonly LedgerDimension[],
  read: Readonly<Record<string, unknown>>,
): LedgerSum {
  const whole = (name: (typeof sumColumns)[number][0]) => wholeNumber(read[name], `the sum of ${name}`);
  return {
    by: by.map((one, index) => {
      const value = read[`d${index}`];
      return one === 'day' ? dayName(Number(value)) : String(value);
    }),
    rows: whole('row_count'),
    requests: whole('requests'),
    errors: whole('errors'),
    inputTokens: whole('input_tokens'),
    outputTokens: whole('output_tokens'),
    cacheReadTokens: whole('cache_read_tokens'),
    cacheWriteTokens: whole('cache_write_tokens'),
    reasoningTokens: whole('reasoning_tokens'),
    costNanoUsd: whole('cost_nano_usd'),
    savedNanoUsd: whole('saved_nano_usd'),
  };
}

function dayName(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}
