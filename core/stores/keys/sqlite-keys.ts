import { type KeyRecord, type KeyStore, maxListedKeys } from '../../../sdk/keys.ts';
import type { Clock } from '../../../sdk/services.ts';
import type { Migrations } from '../migration.ts';
import type { Sqlite } from '../sqlite.ts';
import { changesOf, changesPage, isLost, startOver } from './changes.ts';
import { checkAlias, keyRecord, tombstoneBatch, tombstoneMs, writtenKey } from './record.ts';

export interface SqliteKeysOptions {
  readonly sqlite: Sqlite;
  readonly clock: Clock;
}

const migrations: Migrations = {
  store: 'keys',
  steps: [
    // A deleted key is a row without a record. Lists skip rows by their index alone,
    // which therefore has the column that its condition names. `change` is the number of its last change: SQLite has one writer at a
    // time, so numbers become visible in their order.
    `CREATE TABLE keys (
      hash TEXT PRIMARY KEY,
      change INTEGER NOT NULL UNIQUE,
      created_at_ms INTEGER NOT NULL,
      updated_at_ms INTEGER NOT NULL,
      record TEXT,
      deleted_at_ms INTEGER
    ) STRICT;
    CREATE INDEX keys_listed ON keys (created_at_ms, hash, deleted_at_ms) WHERE deleted_at_ms IS NULL;
    CREATE INDEX keys_deleted ON keys (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;
    CREATE TABLE key_changes (last INTEGER NOT NULL, forgotten INTEGER NOT NULL) STRICT;
    INSERT INTO key_changes VALUES (0, 0);`,
    // Not a unique index: keys of one line share an alias for a moment, and older versions let others do so too.
    `ALTER TABLE keys ADD COLUMN alias TEXT;
    UPDATE keys SET alias = NULLIF(record -> '$.alias', 'null') WHERE record IS NOT NULL;
    CREATE INDEX keys_alias ON keys (alias) WHERE alias IS NOT NULL;`,
  ],
};

/** Rows that a long list is walked by at a time: well below a millisecond. */
const walkStep = 5000;
/** Records that are read at a time, before others get their turn. */
const readStep = 100;

const othersTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * Keys in a SQLite file.
 *
 * @throws Error where the file was written by a newer program or cannot be used.
 */
export function createSqliteKeys({ sqlite, clock }: SqliteKeysOptions): KeyStore {
  sqlite.migrate(migrations);
  const { database, turns } = sqlite;
  const read = database.prepare('SELECT record FROM keys WHERE hash = ?');
  const readState = database.prepare(
    'SELECT updated_at_ms, alias, deleted_at_ms IS NOT NULL AS deleted FROM keys WHERE hash = ?',
  );
  const write = database.prepare(
    `INSERT INTO keys (hash, change, created_at_ms, updated_at_ms, record, alias) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (hash) DO UPDATE SET change = excluded.change, created_at_ms = excluded.created_at_ms,
       updated_at_ms = excluded.updated_at_ms, record = excluded.record, alias = excluded.alias, deleted_at_ms = NULL`,
  );
  const withAlias = database.prepare('SELECT record FROM keys WHERE alias = ? AND hash <> ?');
  const bury = database.prepare(
    'UPDATE keys SET record = NULL, alias = NULL, deleted_at_ms = ?, change = ? WHERE hash = ?',
  );
  const next = database.prepare('UPDATE key_changes SET last = last + 1 RETURNING last');
  const old = database.prepare(
    'SELECT hash, change FROM keys WHERE deleted_at_ms < ? ORDER BY deleted_at_ms LIMIT ?',
  );
  const forget = database.prepare('DELETE FROM keys WHERE hash = ?');
  const forgotten = database.prepare('UPDATE key_changes SET forgotten = max(forgotten, ?)');
  const marks = database.prepare('SELECT last, forgotten FROM key_changes');
  const changed = database.prepare(
    'SELECT hash, change, record FROM keys WHERE change > ? ORDER BY change LIMIT ?',
  );
  const first = database.prepare(
    'SELECT created_at_ms, hash FROM keys WHERE deleted_at_ms IS NULL ORDER BY created_at_ms, hash LIMIT 1',
  );
  const skip = database.prepare(
    `SELECT created_at_ms, hash FROM keys WHERE deleted_at_ms IS NULL AND (created_at_ms, hash) >= (?, ?)
     ORDER BY created_at_ms, hash LIMIT 1 OFFSET ?`,
  );
  const listed = database.prepare(
    `SELECT created_at_ms, hash, record FROM keys WHERE deleted_at_ms IS NULL AND (created_at_ms, hash) >= (?, ?)
     ORDER BY created_at_ms, hash LIMIT ?`,
  );

  /** One write in one transaction; `change` numbers it, only where something is written. */
  function inTransaction<T>(work: () => T): T {
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      for (const { hash, change } of old.all(clock.now() - tombstoneMs, tombstoneBatch)) {
        forget.run(hash!);
        forgotten.run(change!);
      }
      database.exec('COMMIT');
      return result;
    } finally {
      if (database.isTransaction) database.exec('ROLLBACK');
    }
  }

  const number = () => Number(next.get()!['last']);

  return {
    get(hash) {
      const found = turns.read('the key store to read a key', () => read.get(hash)?.['record']);
      return typeof found === 'string' ? keyRecord(found) : null;
    },
    async list(offset, limit) {
      const expected = 'the key store to list keys';
      let place = turns.read(expected, () => first.get());
      // OFFSET walks over what it skips: a long way is cut into steps.
      for (let left = offset; left > 0 && place !== undefined; left -= walkStep) {
        const { created_at_ms, hash } = place;
        const step = Math.min(left, walkStep);
        place = turns.read(expected, () => skip.get(created_at_ms!, hash!, step));
        await othersTurn();
      }
      const keys: KeyRecord[] = [];
      const most = Math.min(limit, maxListedKeys);
      while (place !== undefined && keys.length < most) {
        const { created_at_ms, hash } = place;
        const count = Math.min(readStep, most - keys.length);
        // One more than wanted: where the next step begins.
        const page = turns.read(expected, () => listed.all(created_at_ms!, hash!, count + 1));
        for (const { record } of page.slice(0, count)) keys.push(keyRecord(record));
        place = page[count];
        await othersTurn();
      }
      return keys;
    },
    put(record, expected) {
      const key = writtenKey(record, expected);
      return turns.run('the key store to write a key', () =>
        inTransaction(() => {
          const found = readState.get(key.hash);
          const current =
            found === undefined || found['deleted'] === 1 ? null : Number(found['updated_at_ms']);
          if (current !== expected) return false;
          if (key.alias !== null && key.alias !== found?.['alias']) {
            checkAlias(
              record,
              withAlias.all(key.alias, key.hash).map((other) => other['record']),
            );
          }
          write.run(key.hash, number(), key.createdAtMs, key.updatedAtMs, key.record, key.alias);
          return true;
        }),
      );
    },
    delete(hash) {
      return turns.run('the key store to delete a key', () =>
        inTransaction(() => {
          if (readState.get(hash)?.['deleted'] !== 0) return false;
          bury.run(clock.now(), number(), hash);
          return true;
        }),
      );
    },
    changes(mark) {
      return turns.read('the key store to read changes', () => {
        const state = marks.get()!;
        const last = Number(state['last']);
        if (isLost(mark, last, Number(state['forgotten']))) return startOver;
        return changesOf(mark, last, changed.all(Math.abs(mark), changesPage));
      });
    },
  };
}
