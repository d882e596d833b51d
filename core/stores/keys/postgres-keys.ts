import { type KeyRecord, type KeyStore, maxListedKeys } from '../../../sdk/keys.ts';
import type { Clock } from '../../../sdk/services.ts';
import type { Migrations } from '../migration.ts';
import type { Postgres, Send } from '../postgres.ts';
import { changesOf, changesPage, isLost, startOver } from './changes.ts';
import { checkAlias, keyRecord, tombstoneBatch, tombstoneMs, writtenKey } from './record.ts';

export interface PostgresKeysOptions {
  readonly postgres: Postgres;
  readonly clock: Clock;
}

const migrations: Migrations = {
  store: 'keys',
  steps: [
    // A deleted key is a row without a record. The record is text: jsonb knows no NUL and would reorder it.
    `CREATE TABLE keys (
      hash text PRIMARY KEY,
      change bigint NOT NULL UNIQUE,
      created_at_ms bigint NOT NULL,
      updated_at_ms bigint NOT NULL,
      record text,
      deleted_at_ms bigint
    );
    CREATE INDEX keys_listed ON keys (created_at_ms, hash) WHERE record IS NOT NULL;
    CREATE INDEX keys_deleted ON keys (deleted_at_ms) WHERE record IS NULL;
    CREATE TABLE key_changes (last bigint NOT NULL, forgotten bigint NOT NULL);
    INSERT INTO key_changes VALUES (0, 0);`,
    // Not a unique index: keys of one line share an alias for a moment, and older versions let others do so too.
    `ALTER TABLE keys ADD COLUMN alias text;
    UPDATE keys SET alias = NULLIF((record::json -> 'alias')::text, 'null') WHERE record IS NOT NULL;
    CREATE INDEX keys_alias ON keys (alias) WHERE alias IS NOT NULL;`,
  ],
};

/**
 * Keys in PostgreSQL.
 *
 * Changes are numbered by a counter in a row of its own, not by a sequence. A sequence gives numbers at once, and a
 * transaction that took a lower one may commit later: who reads in between would skip it for ever. The row is locked
 * until its transaction has committed and can be seen, so numbers become visible in their order.
 */
export function createPostgresKeys({ postgres, clock }: PostgresKeysOptions): KeyStore {
  postgres.migrate(migrations);

  /** A write; it has the key store for itself until it ends. */
  function writing(
    expected: string,
    work: (send: Send, change: number) => Promise<boolean>,
  ): Promise<boolean> {
    return postgres.transaction(expected, async (send) => {
      const [counter] = await send('UPDATE key_changes SET last = last + 1 RETURNING last');
      const done = await work(send, Number(counter!['last']));
      await send(
        `WITH old AS (
           DELETE FROM keys WHERE hash IN (
             SELECT hash FROM keys WHERE record IS NULL AND deleted_at_ms < $1 ORDER BY deleted_at_ms LIMIT $2
           ) RETURNING change
         )
         UPDATE key_changes SET forgotten = greatest(forgotten, (SELECT max(change) FROM old))
         WHERE EXISTS (SELECT FROM old)`,
        [clock.now() - tombstoneMs, tombstoneBatch],
      );
      return done;
    });
  }

  return {
    async get(hash) {
      const [found] = await postgres.query('the key store to read a key', {
        text: 'SELECT record FROM keys WHERE hash = $1 AND record IS NOT NULL',
        values: [hash],
      });
      return found === undefined ? null : keyRecord(found['record']);
    },
    async list(offset, limit) {
      const found = await postgres.query('the key store to list keys', {
        text: `SELECT record FROM keys WHERE record IS NOT NULL
          ORDER BY created_at_ms, hash LIMIT $1 OFFSET $2`,
        values: [Math.min(limit, maxListedKeys), offset],
      });
      return found.map(({ record }): KeyRecord => keyRecord(record));
    },
    async put(record, expected) {
      const key = writtenKey(record, expected);
      return writing('the key store to write a key', async (send, change) => {
        if (key.alias !== null) {
          // Nobody else writes meanwhile: the counter's row is locked.
          const others = await send(
            `SELECT record FROM keys WHERE alias = $1 AND hash <> $2
             AND NOT EXISTS (SELECT FROM keys AS own WHERE own.hash = $2 AND own.alias = $1)`,
            [key.alias, key.hash],
          );
          checkAlias(
            record,
            others.map((other) => other['record']),
          );
        }
        const values = [key.hash, change, key.createdAtMs, key.updatedAtMs, key.record, key.alias];
        const written =
          expected === null
            ? await send(
                `INSERT INTO keys (hash, change, created_at_ms, updated_at_ms, record, alias)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (hash) DO UPDATE SET change = $2, created_at_ms = $3, updated_at_ms = $4, record = $5,
                   alias = $6, deleted_at_ms = NULL
                 WHERE keys.record IS NULL
                 RETURNING hash`,
                values,
              )
            : await send(
                `UPDATE keys SET change = $2, created_at_ms = $3, updated_at_ms = $4, record = $5, alias = $6
                 WHERE hash = $1 AND updated_at_ms = $7 AND record IS NOT NULL
                 RETURNING hash`,
                [...values, expected],
              );
        return written.length === 1;
      });
    },
    delete(hash) {
      return writing('the key store to delete a key', async (send, change) => {
        const deleted = await send(
          `UPDATE keys SET change = $2, deleted_at_ms = $3, record = NULL, alias = NULL
           WHERE hash = $1 AND record IS NOT NULL RETURNING hash`,
          [hash, change, clock.now()],
        );
        return deleted.length === 1;
      });
    },
    async changes(mark) {
      // One statement sees one moment: the counter and the keys belong together.
      const found = await postgres.query('the key store to read changes', {
        text: `SELECT state.last, state.forgotten, page.* FROM key_changes AS state LEFT JOIN LATERAL (
            SELECT hash, change, record FROM keys WHERE change > $1 ORDER BY change LIMIT $2
          ) AS page ON true ORDER BY page.change`,
        values: [Math.abs(mark), changesPage],
      });
      const last = Number(found[0]?.['last'] ?? 0);
      if (isLost(mark, last, Number(found[0]?.['forgotten'] ?? 0))) return startOver;
      return changesOf(
        mark,
        last,
        found.filter(({ hash }) => hash !== null),
      );
    },
  };
}
