import { type EvalRuns, maxKeptRuns } from '../../evals/eval-runs.ts';
import type { Migrations } from '../migration.ts';
import type { Postgres } from '../postgres.ts';
import { bodyOf, evalRunOf } from './row.ts';

const migrations: Migrations = {
  store: 'evals',
  steps: [
    `CREATE TABLE eval_runs (
      suite text COLLATE "C" NOT NULL,
      started_at_ms bigint NOT NULL,
      ended_at_ms bigint NOT NULL,
      digest text NOT NULL,
      outcome text NOT NULL,
      body text NOT NULL,
      PRIMARY KEY (suite, started_at_ms)
    );`,
  ],
};

/** Runs of suites in PostgreSQL. */
export function createPostgresEvalRuns(postgres: Postgres): EvalRuns {
  postgres.migrate(migrations);
  return {
    async add(run) {
      const { suite, startedAtMs, endedAtMs, digest, outcome } = run;
      await postgres.transaction('the store of evals to take a run', async (send) => {
        await send(
          `INSERT INTO eval_runs (suite, started_at_ms, ended_at_ms, digest, outcome, body)
           VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
          [suite, startedAtMs, endedAtMs, digest, outcome, bodyOf(run)],
        );
        await send(
          `DELETE FROM eval_runs WHERE suite = $1
             AND started_at_ms NOT IN (SELECT started_at_ms FROM eval_runs WHERE suite = $1 ORDER BY started_at_ms DESC LIMIT $2)
             AND started_at_ms <> coalesce(
               (SELECT max(started_at_ms) FROM eval_runs WHERE suite = $1 AND outcome = 'passed'), -1)`,
          [suite, maxKeptRuns],
        );
      });
    },
    async newest(suite, limit) {
      const rows = await postgres.query('the store of evals to read runs', {
        text: 'SELECT * FROM eval_runs WHERE suite = $1 ORDER BY started_at_ms DESC LIMIT $2',
        values: [suite, limit],
        repeatable: true,
      });
      return rows.map(evalRunOf);
    },
    async lastGood(suite, digest) {
      const [row] = await postgres.query('the store of evals to read a run', {
        text: `SELECT * FROM eval_runs WHERE suite = $1 AND digest = $2 AND outcome = 'passed'
          ORDER BY started_at_ms DESC LIMIT 1`,
        values: [suite, digest],
        repeatable: true,
      });
      return row === undefined ? null : evalRunOf(row);
    },
  };
}
