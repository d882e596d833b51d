import t from 'tap';
import { silentLog } from '../../../../core/services/log.ts';
import { createPostgresKeys } from '../../../../core/stores/keys/postgres-keys.ts';
import { Postgres } from '../../../../core/stores/postgres.ts';
import { noPostgres, startPostgres } from '../../../stores/postgres.ts';
import { keysConformance } from './_conformance.ts';

t.test('keys in PostgreSQL', { skip: noPostgres, timeout: 120_000 }, async (t) => {
  const server = await startPostgres();
  t.teardown(() => server.close());
  keysConformance(
    t,
    'PostgreSQL',
    async (clock) => {
      const url = await server.database();
      const open = () => new Postgres({ url, clock, log: silentLog });
      const [one, two] = [open(), open()];
      return {
        stores: [createPostgresKeys({ postgres: one, clock }), createPostgresKeys({ postgres: two, clock })],
        async close() {
          await Promise.all([one.close(), two.close()]);
        },
      };
    },
    6,
  );
});
