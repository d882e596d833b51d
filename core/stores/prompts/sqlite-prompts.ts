import type { JsonObject } from '../../../sdk/json.ts';
import { maxListedPrompts, type PromptStore } from '../../../sdk/prompts.ts';
import type { Clock } from '../../../sdk/services.ts';
import type { Migrations } from '../migration.ts';
import type { Sqlite } from '../sqlite.ts';
import { checkedVersion, checkLabels, nextVersion, storedPrompt } from './words.ts';

export interface SqlitePromptsOptions {
  readonly sqlite: Sqlite;
  readonly clock: Clock;
}

const migrations: Migrations = {
  store: 'prompts',
  steps: [
    // `place` is the order in which the versions of a name were written.
    `CREATE TABLE prompts (
      name TEXT NOT NULL,
      version TEXT NOT NULL,
      place INTEGER NOT NULL,
      created_at_ms INTEGER NOT NULL,
      content TEXT NOT NULL,
      PRIMARY KEY (name, version),
      UNIQUE (name, place)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE prompt_labels (
      name TEXT NOT NULL,
      label TEXT NOT NULL,
      version TEXT NOT NULL,
      weight INTEGER NOT NULL,
      PRIMARY KEY (name, label, version)
    ) STRICT, WITHOUT ROWID;`,
  ],
};

/**
 * Prompts in a SQLite file.
 *
 * @throws Error where the file was written by a newer program or cannot be used.
 */
export function createSqlitePrompts({ sqlite, clock }: SqlitePromptsOptions): PromptStore {
  sqlite.migrate(migrations);
  const { database, turns } = sqlite;
  const names = database.prepare('SELECT DISTINCT name FROM prompts WHERE name > ? ORDER BY name LIMIT ?');
  const versions = database.prepare(
    'SELECT version, created_at_ms FROM prompts WHERE name = ? ORDER BY place',
  );
  const labels = database.prepare(
    'SELECT label, version, weight FROM prompt_labels WHERE name = ? ORDER BY label, version',
  );
  const content = database.prepare('SELECT content FROM prompts WHERE name = ? AND version = ?');
  const write = database.prepare(
    `INSERT INTO prompts (name, version, place, created_at_ms, content)
     SELECT ?1, ?2, coalesce(max(place), 0) + 1, ?3, ?4 FROM prompts WHERE name = ?1`,
  );
  const unlabel = database.prepare('DELETE FROM prompt_labels WHERE name = ? AND label = ?');
  const label = database.prepare(
    'INSERT INTO prompt_labels (name, label, version, weight) VALUES (?, ?, ?, ?)',
  );

  function inTransaction<T>(work: () => T): T {
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      database.exec('COMMIT');
      return result;
    } finally {
      if (database.isTransaction) database.exec('ROLLBACK');
    }
  }

  return {
    names(after, limit) {
      return turns.read('the prompt store to list prompts', () =>
        names.all(after, Math.min(limit, maxListedPrompts)).map(({ name }) => String(name)),
      );
    },
    read(name) {
      return turns.read('the prompt store to read a prompt', () =>
        storedPrompt(name, versions.all(name), labels.all(name)),
      );
    },
    content(name, version) {
      const found = turns.read('the prompt store to read a prompt', () => content.get(name, version));
      return found === undefined ? null : (JSON.parse(String(found['content'])) as JsonObject);
    },
    add(wanted) {
      const json = checkedVersion(wanted);
      const { name } = wanted;
      return turns.run('the prompt store to take a version', () =>
        inTransaction(() => {
          const known = versions.all(name).map(({ version }) => String(version));
          const version = nextVersion(wanted.version, known);
          if (version === null) return null;
          write.run(name, version, clock.now(), json);
          for (const one of new Set(wanted.labels)) {
            unlabel.run(name, one);
            label.run(name, one, version, 1);
          }
          return version;
        }),
      );
    },
    label(name, moved) {
      checkLabels(moved);
      return turns.run('the prompt store to move a label', () =>
        inTransaction(() => {
          const known = new Set(versions.all(name).map(({ version }) => String(version)));
          const wanted = Object.values(moved).flatMap((shares) => Object.keys(shares ?? {}));
          if (known.size === 0 || wanted.some((version) => !known.has(version))) return false;
          for (const [one, shares] of Object.entries(moved)) {
            unlabel.run(name, one);
            for (const [version, weight] of Object.entries(shares ?? {}))
              label.run(name, one, version, weight);
          }
          return true;
        }),
      );
    },
  };
}
