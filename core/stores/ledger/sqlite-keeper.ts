import type { DatabaseSync } from 'node:sqlite';
import { dayMs } from './columns.ts';
import { idsPerMs, spillMs } from './sqlite-schema.ts';

/** Rows that are forgotten at a time: about a millisecond of the lock. */
const pruneBatch = 100;
/** From this many pages (32 MiB) the log is begun anew, for which writers are kept out for a moment. */
const restartLogPages = 8192;

/** Housekeeping on a connection of its own, in a thread: it waits for locks and disks as long as they take. */
export class SqliteKeeper {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Copies what the write-ahead log holds into the file. While nothing is written the log then begins anew by itself;
   * under a load without gaps it would grow for ever, so above a size writers are kept out until the last pages are
   * copied. A second copy before that leaves few of them: it is the disk's confirmation that writers wait for.
   */
  checkpoint(): void {
    if (this.#copy('PASSIVE') <= restartLogPages) return;
    this.#copy('PASSIVE');
    this.#copy('RESTART');
  }

  /** @returns pages in the log. */
  #copy(mode: 'PASSIVE' | 'RESTART'): number {
    return Number(this.#database.prepare(`PRAGMA wal_checkpoint(${mode})`).get()?.['log'] ?? 0);
  }

  /** Forgets rows of days that ended by then, in batches with pauses, so that writers find the lock free. */
  async prune(beforeMs: number, pause: () => Promise<void>): Promise<number> {
    const untilMs = Math.floor(beforeMs / dayMs) * dayMs;
    const next = this.#database.prepare(
      'SELECT id FROM ledger_rows NOT INDEXED WHERE id < ? AND timestamp_ms < ? ORDER BY id LIMIT ?',
    );
    const forget = this.#database.prepare('DELETE FROM ledger_rows WHERE id = ?');
    let forgotten = 0;
    for (;;) {
      // Read outside of the transaction: old rows come from the disk, and the lock is not held meanwhile.
      const ids = next.all((untilMs + spillMs) * idsPerMs, untilMs, pruneBatch);
      if (ids.length === 0) return forgotten;
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        for (const { id } of ids) forget.run(Number(id));
        this.#database.exec('COMMIT');
      } finally {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      }
      forgotten += ids.length;
      await pause();
    }
  }
}
