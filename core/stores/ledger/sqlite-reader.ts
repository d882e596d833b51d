import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LedgerDimension, LedgerFilter, LedgerRow, LedgerSum } from '../../../sdk/ledger.ts';
import { dayMs } from './columns.ts';
import { ledgerRow, type ReadRow } from './row.ts';
import { sqliteDialect } from './sqlite-schema.ts';
import {
  groupConditions,
  ledgerSum,
  type Query,
  rowConditions,
  type Span,
  sumQuery,
  windowOf,
} from './sum-query.ts';

/** Reports on one connection. They may take seconds and belong in a thread. */
export class SqliteReader {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  sum(by: readonly LedgerDimension[], filter: LedgerFilter, limit?: number): LedgerSum[] {
    const { text, values } = sumQuery(by, filter, limit, sqliteDialect);
    const statement = this.#prepare(text);
    // A sum may be beyond 2^53: as a BigInt it arrives whole, and is refused by its name.
    statement.setReadBigInts(true);
    return statement.all(...values).map((read) => ledgerSum(by, read));
  }

  rows(filter: LedgerFilter, limit: number, offset: number): LedgerRow[] {
    const found: LedgerRow[] = [];
    let skip = offset;
    for (const span of this.#spans(filter)) {
      // Ids first: rows that are skipped need not be read out.
      const ids = this.#ids(filter, span, skip + limit - found.length);
      const wanted = ids.slice(skip);
      skip = Math.max(0, skip - ids.length);
      const statement = this.#database.prepare('SELECT * FROM ledger_rows WHERE id = ?');
      for (const id of wanted) {
        const read = statement.get(id);
        if (read !== undefined) found.push(ledgerRow(read as unknown as ReadRow));
      }
      if (found.length >= limit) break;
    }
    return found;
  }

  /**
   * Where to look for rows, the latest first. The daily sums know on which days a tenant or key had any: without that
   * the rows of a small tenant would be looked for in the whole file.
   */
  #spans(filter: LedgerFilter): Span[] {
    const { whole } = windowOf(filter);
    const { tenantId, keyId, requestId } = filter;
    if (requestId !== undefined || (tenantId === undefined && keyId === undefined)) return [whole];
    const values: (string | number)[] = [];
    const parameter = (value: string | number) => `$${values.push(value)}`;
    const where = [
      `day >= ${parameter(Math.floor(whole.sinceMs / dayMs))}`,
      `day <= ${parameter(Math.floor(whole.untilMs / dayMs))}`,
      ...groupConditions(filter, parameter),
    ];
    const text = `SELECT DISTINCT day FROM ledger_days WHERE ${where.join(' AND ')} ORDER BY day DESC`;
    return this.#all({ text, values })
      .map(({ day }) => ({
        sinceMs: Math.max(whole.sinceMs, Number(day) * dayMs),
        untilMs: Math.min(whole.untilMs, (Number(day) + 1) * dayMs),
      }))
      .filter((span) => span.sinceMs < span.untilMs);
  }

  #ids(filter: LedgerFilter, span: Span, limit: number): number[] {
    const values: (string | number)[] = [];
    const parameter = (value: string | number) => `$${values.push(value)}`;
    const where = rowConditions(filter, span, sqliteDialect, parameter).join(' AND ');
    // The file lies in the order of ids. The few rows of a request are found by an index and put in order then: the
    // plus keeps SQLite from walking through the file for the order's sake.
    const order = filter.requestId === undefined ? 'id' : '+id';
    const text = `SELECT id FROM ledger_rows WHERE ${where} ORDER BY ${order} DESC LIMIT ${parameter(limit)}`;
    return this.#all({ text, values }).map(({ id }) => Number(id));
  }

  #all({ text, values }: Query): Record<string, unknown>[] {
    return this.#prepare(text).all(...values);
  }

  /** Values come in the order of their places. */
  #prepare(text: string): StatementSync {
    return this.#database.prepare(text.replaceAll(/\$\d+/g, '?'));
  }
}
