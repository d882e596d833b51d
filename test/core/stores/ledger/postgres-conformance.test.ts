import t from 'tap';
import { systemClock } from '../../../../core/services/clock.ts';
import { silentLog } from '../../../../core/services/log.ts';
import { createPostgresLedger } from '../../../../core/stores/ledger/postgres-ledger.ts';
import { Postgres } from '../../../../core/stores/postgres.ts';
import { noPostgres, startPostgres } from '../../../stores/postgres.ts';
import { ledgerConformance } from './_conformance.ts';

t.test('a ledger in PostgreSQL', { skip: noPostgres }, async (t) => {
  const server = await startPostgres();
  t.teardown(() => server.close());
  ledgerConformance(
    t,
    'PostgreSQL',
    async () => {
      const postgres = new Postgres({ url: await server.database(), clock: systemClock, log: silentLog });
      return { ledger: createPostgresLedger(postgres), close: () => postgres.close() };
    },
    6,
  );
});
