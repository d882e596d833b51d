import {
  type Ledger,
  type LedgerDimension,
  type LedgerFilter,
  type LedgerRow,
  type LedgerScope,
  type LedgerSum,
  maxLedgerRows,
} from '../../../sdk/ledger.ts';
import type { MaybePromise } from '../../../sdk/plugin.ts';
import type { Cancel, Clock, Log } from '../../../sdk/services.ts';
import type { Sqlite } from '../sqlite.ts';
import { GroupCommit } from './group-commit.ts';
import { writtenRow } from './row.ts';
import { sqliteLedgerMigrations } from './sqlite-schema.ts';
import { SqliteWriter } from './sqlite-writer.ts';
import { LedgerThread } from './thread.ts';
import { TurnCommit } from './turn-commit.ts';

export interface SqliteLedgerOptions {
  readonly sqlite: Sqlite;
  readonly clock: Clock;
  readonly log: Log;
}

const takeRow = 'the ledger to take the rows of this request';
const report = 'the ledger to make a report';
const spendSum = 'the ledger to say what was spent';
/** Rows in one transaction of the event loop: about half a millisecond. */
const rowsPerTurn = 16;
/** The log grows by 2 to 24 KiB a row; what it holds is copied into the file after this many, or this long. */
const checkpointRows = 500;
const checkpointAfterMs = 5000;
const checkpointDeadlineMs = 60_000;
const reportDeadlineMs = 60_000;
const spendDeadlineMs = 30_000;
const pruneDeadlineMs = 3_600_000;
const appendDeadlineMs = 10_000;

/**
 * The ledger in a SQLite file. The rows of one turn of the event loop are written at its end in one transaction: alone a
 * row takes some 50 us and 13 KiB of the log, one of sixteen of a tenant 20 us and 2 KiB. A report has what was handed
 * over before it was asked for. Where durability is `full` a thread commits for all who wait. Reports and housekeeping
 * have threads of their own.
 *
 * @throws Error where the file was written by a newer program or cannot be used.
 */
export function createSqliteLedger(options: SqliteLedgerOptions): Ledger {
  options.sqlite.migrate(sqliteLedgerMigrations);
  return new SqliteLedger(options);
}

class SqliteLedger implements Ledger {
  readonly #sqlite: Sqlite;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #writer: SqliteWriter;
  readonly #reader: LedgerThread;
  /** Requests wait for it: a report must not hold it up. */
  readonly #spender: LedgerThread;
  readonly #keeper: LedgerThread;
  readonly #groups: GroupCommit;
  readonly #commits: TurnCommit;
  #notCopied = 0;
  #copying = false;
  #copyLater: Cancel | undefined;
  #closed = false;

  constructor({ sqlite, clock, log }: SqliteLedgerOptions) {
    this.#sqlite = sqlite;
    this.#clock = clock;
    this.#log = log;
    this.#writer = new SqliteWriter(sqlite.database);
    const { path, durability } = sqlite;
    this.#reader = new LedgerThread({ path, durability, readOnly: true }, clock);
    this.#spender = new LedgerThread({ path, durability, readOnly: true }, clock);
    this.#keeper = new LedgerThread({ path, durability, readOnly: false }, clock);
    this.#groups = new GroupCommit({
      expected: takeRow,
      commit: (rows) => this.#keeper.call(takeRow, appendDeadlineMs, 'append', rows),
    });
    this.#commits = new TurnCommit({
      expected: takeRow,
      turns: sqlite.turns,
      maxRows: rowsPerTurn,
      write: (rows) => this.#writer.write(rows),
    });
  }

  append(rows: readonly LedgerRow[]): MaybePromise<void> {
    if (rows.length === 0) return;
    const written = rows.map(writtenRow);
    const { turns, durability } = this.#sqlite;
    this.#grown(written.length);
    if (durability === 'full') return this.#groups.add(written);
    if (written.length <= rowsPerTurn) return this.#commits.add(written);
    const pieces: Promise<void>[] = [];
    for (let start = 0; start < written.length; start += rowsPerTurn) {
      const piece = written.slice(start, start + rowsPerTurn);
      pieces.push(turns.queue(takeRow, () => this.#writer.write(piece)));
    }
    return Promise.all(pieces).then(() => undefined);
  }

  sum(by: readonly LedgerDimension[], filter: LedgerFilter, limit?: number): Promise<LedgerSum[]> {
    return this.#afterWrites(() => this.#reader.call(report, reportDeadlineMs, 'sum', by, filter, limit));
  }

  spend(scopes: readonly LedgerScope[]): Promise<LedgerSum[]> {
    return this.#afterWrites(() => this.#spender.call(spendSum, spendDeadlineMs, 'spend', scopes));
  }

  rows(filter: LedgerFilter, limit: number, offset = 0): Promise<LedgerRow[]> {
    const count = Math.min(limit, maxLedgerRows);
    return this.#afterWrites(() =>
      this.#reader.call(report, reportDeadlineMs, 'rows', filter, count, offset),
    );
  }

  async prune(beforeMs: number): Promise<number> {
    const forgotten = await this.#keeper.call(
      'the ledger to forget old rows',
      pruneDeadlineMs,
      'prune',
      beforeMs,
    );
    this.#grown(forgotten);
    return forgotten;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#copyLater?.();
    await this.#commits.idle();
    await Promise.all([this.#reader.close(), this.#spender.close(), this.#keeper.close()]);
  }

  /** Reads when what was handed over before is written. */
  #afterWrites<T>(read: () => Promise<T>): Promise<T> {
    const written = this.#commits.idle();
    return written === null ? read() : written.then(read);
  }

  /** Keeps the log short: what is written is copied into the file soon, by the keeper. */
  #grown(rows: number): void {
    this.#notCopied += rows;
    if (this.#notCopied >= checkpointRows) this.#copy();
    else this.#copyLater ??= this.#clock.after(checkpointAfterMs, () => this.#copy());
  }

  #copy(): void {
    if (this.#copying || this.#closed) return;
    this.#copyLater?.();
    this.#copyLater = undefined;
    this.#copying = true;
    this.#notCopied = 0;
    this.#keeper
      .call('the ledger to copy its log into its file', checkpointDeadlineMs, 'checkpoint')
      .catch((error: unknown) => {
        if (!this.#closed) this.#log.warn({ err: error }, 'the write-ahead log of the ledger was not copied');
      })
      .finally(() => {
        this.#copying = false;
      });
  }
}
