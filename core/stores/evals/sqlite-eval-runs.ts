import { type EvalRuns, maxKeptRuns } from '../../evals/eval-runs.ts';
import type { Migrations } from '../migration.ts';
import type { Sqlite } from '../sqlite.ts';
import { bodyOf, evalRunOf } from './row.ts';

const migrations: Migrations = {
  store: 'evals',
  steps: [
    `CREATE TABLE eval_runs (
      suite TEXT NOT NULL,
      started_at_ms INTEGER NOT NULL,
      ended_at_ms INTEGER NOT NULL,
      digest TEXT NOT NULL,
      outcome TEXT NOT NULL,
      body TEXT NOT NULL,
      PRIMARY KEY (suite, started_at_ms)
    ) STRICT, WITHOUT ROWID;`,
  ],
};

/**
 * Runs of suites in a SQLite file.
 *
 * @throws Error where the file was written by a newer program or cannot be used.
 */
export function createSqliteEvalRuns(sqlite: Sqlite): EvalRuns {
  sqlite.migrate(migrations);
  const { database, turns } = sqlite;
  const insert = database.prepare(
    `INSERT OR IGNORE INTO eval_runs (suite, started_at_ms, ended_at_ms, digest, outcome, body)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const prune = database.prepare(
    `DELETE FROM eval_runs WHERE suite = ?1
       AND started_at_ms NOT IN (SELECT started_at_ms FROM eval_runs WHERE suite = ?1 ORDER BY started_at_ms DESC LIMIT ?2)
       AND started_at_ms <> coalesce(
         (SELECT max(started_at_ms) FROM eval_runs WHERE suite = ?1 AND outcome = 'passed'), -1)`,
  );
  const newest = database.prepare(
    'SELECT * FROM eval_runs WHERE suite = ? ORDER BY started_at_ms DESC LIMIT ?',
  );
  const good = database.prepare(
    `SELECT * FROM eval_runs WHERE suite = ? AND digest = ? AND outcome = 'passed'
     ORDER BY started_at_ms DESC LIMIT 1`,
  );
  return {
    add(run) {
      const { suite, startedAtMs, endedAtMs, digest, outcome } = run;
      return turns.run('the store of evals to take a run', () => {
        insert.run(suite, startedAtMs, endedAtMs, digest, outcome, bodyOf(run));
        prune.run(suite, maxKeptRuns);
      });
    },
    newest(suite, limit) {
      return turns.read('the store of evals to read runs', () => newest.all(suite, limit).map(evalRunOf));
    },
    lastGood(suite, digest) {
      const row = turns.read('the store of evals to read a run', () => good.get(suite, digest));
      return row === undefined ? null : evalRunOf(row);
    },
  };
}
