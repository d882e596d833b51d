import { GatewayError } from '../../../sdk/errors.ts';
import {
  type Ledger,
  type LedgerDimension,
  type LedgerFilter,
  type LedgerRow,
  type LedgerScope,
  type LedgerSum,
  maxLedgerRows,
} from '../../../sdk/ledger.ts';
import type { Postgres } from '../postgres.ts';
import { PostgresError } from '../postgres-error.ts';
import { dayMs, ledgerColumns } from './columns.ts';
import { GroupCommit } from './group-commit.ts';
import {
  appendStatement,
  postgresDialect,
  postgresLedgerMigrations,
  pruneStatement,
} from './postgres-schema.ts';
import { ledgerRow, type ReadRow, type WrittenRow, writtenRow } from './row.ts';
import { ledgerSum, rowConditions, scopeQuery, sumNames, sumQuery, windowOf } from './sum-query.ts';
import { cappedSum } from './totals.ts';

const takeRow = 'the ledger to take the rows of this request';
const report = 'the ledger to make a report';
const spendSum = 'the ledger to say what was spent';
/** Rows forgotten in one statement: some ten milliseconds. */
const pruneBatch = 1000;

/**
 * The ledger in PostgreSQL. What requests append while a statement is under way goes out together with the next one;
 * every request still waits for the commit of its own rows.
 */
export function createPostgresLedger(postgres: Postgres): Ledger {
  postgres.migrate(postgresLedgerMigrations);
  const groups = new GroupCommit({
    expected: takeRow,
    commit: (rows) => write(postgres, rows),
    isOutage: (error) =>
      !(error instanceof GatewayError && error.cause instanceof PostgresError) || error.cause.outage,
  });

  return {
    async append(rows: readonly LedgerRow[]): Promise<void> {
      if (rows.length > 0) await groups.add(rows.map(writtenRow));
    },
    async sum(by: readonly LedgerDimension[], filter: LedgerFilter, limit?: number): Promise<LedgerSum[]> {
      const found = await postgres.report(report, sumQuery(by, filter, limit, postgresDialect));
      return found.map((read) => ledgerSum(by, read));
    },
    async spend(scopes: readonly LedgerScope[]): Promise<LedgerSum[]> {
      const sums: LedgerSum[] = [];
      for (const scope of scopes) {
        // Not as a report: requests wait for it, so it gets a connection of theirs, and their deadline.
        const query = { ...scopeQuery(scope, postgresDialect), repeatable: true };
        const [read] = await postgres.query(spendSum, query);
        sums.push(cappedSum(new Map(sumNames.map((name) => [name, BigInt(String(read?.[name] ?? 0))]))));
      }
      return sums;
    },
    async rows(filter: LedgerFilter, limit: number, offset = 0): Promise<LedgerRow[]> {
      const values: (string | number)[] = [];
      const parameter = (value: string | number) => `$${values.push(value)}`;
      const where = rowConditions(filter, windowOf(filter).whole, postgresDialect, parameter).join(' AND ');
      const page = `LIMIT ${parameter(Math.min(limit, maxLedgerRows))} OFFSET ${parameter(offset)}`;
      const text = `SELECT * FROM ledger_rows WHERE ${where} ORDER BY timestamp_ms DESC, id DESC ${page}`;
      const found = await postgres.report(report, { text, values });
      return found.map((read) => ledgerRow(read as ReadRow));
    },
    async prune(beforeMs: number): Promise<number> {
      const untilMs = Math.floor(beforeMs / dayMs) * dayMs;
      let forgotten = 0;
      for (;;) {
        const found = await postgres.report('the ledger to forget old rows', {
          text: pruneStatement,
          values: [untilMs, pruneBatch],
        });
        const count = Number(found[0]?.['forgotten'] ?? 0);
        forgotten += count;
        if (count < pruneBatch) return forgotten;
      }
    },
  };
}

async function write(postgres: Postgres, rows: readonly WrittenRow[]): Promise<void> {
  const columns = ledgerColumns.map((_, index) => rows.map(({ cells }) => cells[index]!));
  await postgres.query(takeRow, {
    name: 'ledger_append',
    text: appendStatement,
    values: [rows.map(({ timestampMs }) => timestampMs), ...columns],
    repeatable: true,
  });
}
