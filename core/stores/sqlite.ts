import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../sdk/services.ts';
import { type Migrations, missingSteps, versionTable } from './migration.ts';
import { sqliteCode, sqliteFileError } from './sqlite-error.ts';
import { SqliteTurns } from './sqlite-turns.ts';

/**
 * What a committed write survives. `process`: the end of the process, also by `kill -9`; after a power cut the last
 * moments may be missing, the file is never damaged. `full`: a power cut too, for a few milliseconds of disk each.
 */
export type SqliteDurability = 'process' | 'full';

export interface SqliteOptions {
  /** The file; its folder is made. */
  readonly path: string;
  readonly clock: Clock;
  /** @default 'process' */
  readonly durability?: SqliteDurability;
}

/** The connection of the event loop. Readers and keepers in threads open their own. */
export interface Sqlite {
  readonly path: string;
  readonly durability: SqliteDurability;
  readonly database: DatabaseSync;
  /** All writes go through here. */
  readonly turns: SqliteTurns;
  /** Brings the tables of a store to today's version. @throws Error, for whoever starts the program. */
  migrate(migrations: Migrations): void;
  close(): void;
}

/** While opening and migrating it is better to wait than to fail; afterwards waiting is the turns' work. */
const openTimeoutMs = 5000;
/**
 * Copying the log into the file takes 5 to 18 ms, so a thread does it (`ledger/worker.ts`). At 64 MiB of log, where
 * that thread cannot be at work, the connection does it by itself.
 */
const lastResortLogPages = 16_384;

/**
 * Opens the file for the event loop.
 *
 * @throws Error that names the file, what is wrong with it and what to do.
 */
export function openSqlite({ path, clock, durability = 'process' }: SqliteOptions): Sqlite {
  const database = connect(path);
  return {
    path,
    durability,
    database,
    turns: new SqliteTurns(clock),
    migrate(migrations) {
      migrate(database, migrations, path);
    },
    close() {
      if (database.isOpen) database.close();
    },
  };

  function connect(file: string): DatabaseSync {
    let opened: DatabaseSync | undefined;
    try {
      // A folder that is there keeps its rights: whoever made it has decided.
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      opened = new DatabaseSync(file, { timeout: openTimeoutMs });
      // NORMAL does not wait for the disk at a commit: the operating system has the pages, and keeps them when the
      // process dies. FULL waits, which only a power cut needs.
      opened.exec(`
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'};
        PRAGMA wal_autocheckpoint = ${lastResortLogPages};
        PRAGMA journal_size_limit = 67108864;
        PRAGMA cache_size = -16384;
        PRAGMA busy_timeout = 0;
      `);
      return opened;
    } catch (error) {
      opened?.close();
      throw sqliteFileError(file, error);
    }
  }
}

function migrate(database: DatabaseSync, migrations: Migrations, path: string): void {
  try {
    database.exec(`PRAGMA busy_timeout = ${openTimeoutMs}`);
    // A file that is up to date is not written to.
    if (missingSteps(migrations, versionOf(database, migrations.store), path).length === 0) return;
    database.exec('BEGIN IMMEDIATE');
    try {
      database.exec(versionTable);
      // Read again: another process may have been faster.
      const steps = missingSteps(migrations, versionOf(database, migrations.store), path);
      for (const step of steps) database.exec(step);
      database
        .prepare(
          'INSERT INTO sluice_schema VALUES (?, ?) ON CONFLICT DO UPDATE SET version = excluded.version',
        )
        .run(migrations.store, migrations.steps.length);
      database.exec('COMMIT');
    } finally {
      if (database.isTransaction) database.exec('ROLLBACK');
    }
  } catch (error) {
    throw sqliteCode(error) === undefined ? error : sqliteFileError(path, error);
  } finally {
    database.exec('PRAGMA busy_timeout = 0');
  }
}

function versionOf(database: DatabaseSync, store: string): number {
  const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sluice_schema'").get();
  if (table === undefined) return 0;
  const found = database.prepare('SELECT version FROM sluice_schema WHERE store = ?').get(store);
  return Number(found?.['version'] ?? 0);
}
