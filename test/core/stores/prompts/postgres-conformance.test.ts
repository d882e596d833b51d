import t from 'tap';
import { silentLog } from '../../../../core/services/log.ts';
import { Postgres } from '../../../../core/stores/postgres.ts';
import { createPostgresPrompts } from '../../../../core/stores/prompts/postgres-prompts.ts';
import { noPostgres, startPostgres } from '../../../stores/postgres.ts';
import { promptsConformance } from './_conformance.ts';

t.test('prompts in PostgreSQL', { skip: noPostgres, timeout: 120_000 }, async (t) => {
  const server = await startPostgres();
  t.teardown(() => server.close());
  promptsConformance(
    t,
    'PostgreSQL',
    async (clock) => {
      const url = await server.database();
      const open = () => new Postgres({ url, clock, log: silentLog });
      const [one, two] = [open(), open()];
      return {
        stores: [
          createPostgresPrompts({ postgres: one, clock }),
          createPostgresPrompts({ postgres: two, clock }),
        ],
        async close() {
          await Promise.all([one.close(), two.close()]);
        },
      };
    },
    15,
  );
});
