import t from 'tap';
import { silentLog } from '../../../../core/services/log.ts';
import { createPostgresEvalRuns } from '../../../../core/stores/evals/postgres-eval-runs.ts';
import { Postgres } from '../../../../core/stores/postgres.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { noPostgres, startPostgres } from '../../../stores/postgres.ts';
import { evalRunsConformance } from './_conformance.ts';

t.test('runs of suites in PostgreSQL', { skip: noPostgres, timeout: 120_000 }, async (t) => {
  const server = await startPostgres();
  t.teardown(() => server.close());
  evalRunsConformance(
    t,
    'PostgreSQL',
    async () => {
      const url = await server.database();
      const clock = new FakeClock();
      const [one, two] = [1, 2].map(() => new Postgres({ url, clock, log: silentLog }));
      return {
        stores: [createPostgresEvalRuns(one!), createPostgresEvalRuns(two!)],
        async close() {
          await Promise.all([one!.close(), two!.close()]);
        },
      };
    },
    5,
  );
});
