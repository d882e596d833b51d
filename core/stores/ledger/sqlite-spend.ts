import type { DatabaseSync } from 'node:sqlite';
import type { LedgerScope, LedgerSum } from '../../../sdk/ledger.ts';
import { dayMs, sumColumns } from './columns.ts';
import { idsPerMs, spillMs } from './sqlite-schema.ts';
import { type Span, scopeConditions, sumNames, windowOf } from './sum-query.ts';
import { cappedSum, type SumName, type Totals } from './totals.ts';

/** What of one day's rows a scope wants. */
interface Part extends Span {
  readonly scope: LedgerScope;
  readonly totals: Totals;
}

type Values = (string | number)[];

/** Rows as they are added up: a column for each sum, made by the same expressions as everywhere. */
const rowsOfDay = `SELECT timestamp_ms, tenant_id, key_id, COALESCE(feature_id, '') AS feature_id,
    COALESCE(user_id_hash, '') AS user_id_hash, COALESCE(model_resolved, '') AS model_resolved,
    COALESCE(provider, '') AS provider,
    ${sumColumns.map(([name, expression]) => `${expression.replaceAll('@', '')} AS ${name}`).join(', ')}
  FROM ledger_rows WHERE id >= ? AND id < ? AND timestamp_ms >= ? AND timestamp_ms < ?`;

/**
 * Sums of single scopes. Whole days come from the daily sums, by an index. The parts of days at the edges of windows, and
 * users, are in no sum: an index on rows for them would cost every row 7 us, so the rows of such a day are read once for
 * all scopes that want some, and only where the daily sums say that there are any.
 */
export class SqliteSpend {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  spend(scopes: readonly LedgerScope[]): LedgerSum[] {
    const parts = new Map<number, Part[]>();
    // One moment for all of it: a row that is forgotten meanwhile must be in the rows or in the sums.
    this.#database.exec('BEGIN');
    try {
      const sums = scopes.map((scope) => {
        const totals: Totals = new Map();
        const { days, edges, whole } = windowOf(scope);
        const byUser = scope.userId !== undefined;
        if (days !== null) this.#addDays(byUser ? 'ledger_user_days' : 'ledger_days', scope, days, totals);
        for (const span of byUser ? [whole] : edges) {
          for (const day of this.#daysWithRows(scope, span)) {
            const sinceMs = Math.max(span.sinceMs, day * dayMs);
            const untilMs = Math.min(span.untilMs, (day + 1) * dayMs);
            if (sinceMs >= untilMs) continue;
            const others = parts.get(day);
            if (others === undefined) parts.set(day, [{ scope, totals, sinceMs, untilMs }]);
            else others.push({ scope, totals, sinceMs, untilMs });
          }
        }
        return totals;
      });
      for (const ofDay of parts.values()) this.#addRows(ofDay);
      return sums.map(cappedSum);
    } finally {
      this.#database.exec('COMMIT');
    }
  }

  #addDays(
    table: string,
    scope: LedgerScope,
    { from, to }: { readonly from: number; readonly to: number },
    totals: Totals,
  ): void {
    const values: Values = [from, to];
    const where = ['day >= ?', 'day < ?', ...conditions(scope, values, table !== 'ledger_days')];
    const sums = sumNames.map((name) => `SUM(${name}) AS ${name}`).join(', ');
    const statement = this.#database.prepare(`SELECT ${sums} FROM ${table} WHERE ${where.join(' AND ')}`);
    statement.setReadBigInts(true);
    const found = statement.get(...values);
    for (const name of sumNames) add(totals, name, (found?.[name] ?? 0n) as bigint);
  }

  /** Days of a span on which the scope's tenant, key, feature or model had rows. */
  #daysWithRows(scope: LedgerScope, { sinceMs, untilMs }: Span): number[] {
    const values: Values = [Math.floor(sinceMs / dayMs), Math.floor(untilMs / dayMs)];
    const where = ['day >= ?', 'day <= ?', ...conditions(scope, values, false)];
    const text = `SELECT DISTINCT day FROM ledger_days WHERE ${where.join(' AND ')}`;
    return this.#database
      .prepare(text)
      .all(...values)
      .map(({ day }) => Number(day));
  }

  /** Reads rows of one day, once for all that want some. */
  #addRows(parts: readonly Part[]): void {
    const sinceMs = Math.min(...parts.map((part) => part.sinceMs));
    const untilMs = Math.max(...parts.map((part) => part.untilMs));
    const statement = this.#database.prepare(rowsOfDay);
    const first = sinceMs * idsPerMs;
    const last = (untilMs + spillMs) * idsPerMs;
    for (const row of statement.iterate(first, last, sinceMs, untilMs)) {
      for (const { scope, totals, sinceMs: from, untilMs: to } of parts) {
        const atMs = row['timestamp_ms'] as number;
        if (atMs < from || atMs >= to || !isOf(scope, row)) continue;
        for (const name of sumNames) add(totals, name, BigInt(row[name] as number));
      }
    }
  }
}

/** Conditions with `?` in place of `$1`; their values are added in their order. */
function conditions(scope: LedgerScope, values: Values, knowsUsers: boolean): string[] {
  const parameter = (value: string | number) => {
    values.push(value);
    return '?';
  };
  return scopeConditions(scope, parameter, knowsUsers);
}

function isOf(scope: LedgerScope, row: Readonly<Record<string, unknown>>): boolean {
  const { tenantId, keyId, featureId, userId, model, provider } = scope;
  return (
    (keyId === undefined || row['key_id'] === keyId) &&
    (tenantId === undefined || row['tenant_id'] === tenantId) &&
    (featureId === undefined || row['feature_id'] === (featureId ?? '')) &&
    (userId === undefined || row['user_id_hash'] === (userId ?? '')) &&
    (model === undefined || row['model_resolved'] === model) &&
    (provider === undefined || row['provider'] === provider)
  );
}

function add(totals: Totals, name: SumName, amount: bigint): void {
  totals.set(name, (totals.get(name) ?? 0n) + amount);
}
