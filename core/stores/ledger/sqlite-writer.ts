import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { ledgerColumns } from './columns.ts';
import type { WrittenRow } from './row.ts';
import { idsPerMs, spillMs } from './sqlite-schema.ts';

/** SQLITE_CONSTRAINT_PRIMARYKEY and SQLITE_CONSTRAINT_ROWID: another row has the id. */
const idTaken = new Set([1555, 2579]);
const triesInMs = 4;
const maxTries = 32;

/** Writes rows on one connection, with a statement prepared once. */
export class SqliteWriter {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  /** Rows of one millisecond get numbers that follow each other; processes that share the file begin elsewhere. */
  #sequence = process.pid * 97;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const names = ledgerColumns.map(([name]) => name).join(', ');
    const places = ledgerColumns.map(() => '?').join(', ');
    this.#insert = database.prepare(
      `INSERT INTO ledger_rows (id, timestamp_ms, ${names}) VALUES (?, ?, ${places}) ON CONFLICT (event_id) DO NOTHING`,
    );
  }

  /** Writes rows in one transaction. @throws errors of `node:sqlite`; then none of the rows is there. */
  write(rows: readonly WrittenRow[]): void {
    const [only] = rows;
    if (only !== undefined && rows.length === 1) {
      this.#write(only);
      return;
    }
    // Takes the lock first: a transaction that begins by reading cannot wait for it later.
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const row of rows) this.#write(row);
      this.#database.exec('COMMIT');
    } finally {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    }
  }

  #write({ timestampMs, cells }: WrittenRow): void {
    const firstId = timestampMs * idsPerMs;
    for (let tries = 1; ; tries += 1) {
      this.#sequence += 1;
      const offset =
        tries <= triesInMs ? this.#sequence % idsPerMs : (this.#sequence * 48_271) % (spillMs * idsPerMs);
      try {
        this.#insert.run(firstId + offset, timestampMs, ...cells);
        return;
      } catch (error) {
        const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
        if (!idTaken.has(code) || tries === maxTries) throw error;
      }
    }
  }
}
