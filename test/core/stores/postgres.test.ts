import pg from 'pg';
import t from 'tap';
import { systemClock } from '../../../core/services/clock.ts';
import { silentLog } from '../../../core/services/log.ts';
import { createPostgresLedger } from '../../../core/stores/ledger/postgres-ledger.ts';
import { Postgres, type PostgresOptions } from '../../../core/stores/postgres.ts';
import { openRecordStores } from '../../../core/stores/record-stores.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { noPostgres, startPostgres } from '../../stores/postgres.ts';
import { keyOf } from './keys/_records.ts';
import { row } from './ledger/_rows.ts';

const unavailable = (message: RegExp) => ({
  name: 'GatewayError',
  code: 'store_unavailable',
  status: 503,
  message,
});

t.test('stores in PostgreSQL', { skip: noPostgres }, async (t) => {
  const server = await startPostgres();
  t.teardown(() => server.close());
  const ledgerAt = (url: string, options: Partial<PostgresOptions> = {}) => {
    const postgres = new Postgres({ url, clock: systemClock, log: silentLog, ...options });
    return { postgres, ledger: createPostgresLedger(postgres) };
  };

  t.test('five nodes start at once on an empty database', async (t) => {
    const url = await server.database();
    const nodes = Array.from({ length: 5 }, () =>
      openRecordStores({ store: url, dataFolder: 'unused', clock: systemClock, log: silentLog }),
    );
    await Promise.all(nodes.map((node) => node.ready()));
    await Promise.all(
      nodes.map(async (node, index) => {
        await node.keys.put(keyOf(`k${index}`), null);
        await Promise.all(
          Array.from({ length: 50 }, async (_, request) =>
            node.ledger.append([row(`req_${index}_${request}`)]),
          ),
        );
      }),
    );
    t.match((await nodes[0]!.ledger.sum(['tenant'], {}))[0], { rows: 250, requests: 250 });
    t.equal((await nodes[1]!.keys.list(0, 10)).length, 5);
    await Promise.all(nodes.map((node) => node.close()));
  });

  t.test('tables that a newer program wrote are refused', async (t) => {
    const url = await server.database();
    const old = ledgerAt(url);
    await old.postgres.ready();
    await old.postgres.query('x', { text: 'UPDATE sluice_schema SET version = 99', values: [] });
    await old.postgres.close();
    const { postgres, ledger } = ledgerAt(url);
    await t.rejects(postgres.ready(), {
      ...unavailable(/its tables were written by a newer version/),
      cause: { message: /version 99, which a newer Sluice wrote/ },
    });
    await t.rejects(async () => ledger.append([row('req_1')]), unavailable(/newer version/));
    await postgres.close();
  });

  t.test('while the server is down the answer comes at once; afterwards all goes on by itself', async (t) => {
    const url = await server.database();
    await server.stop();
    const clock = new FakeClock();
    const { postgres, ledger } = ledgerAt(url, { clock });
    const append = async (id: string) => ledger.append([row(id)]);
    for (let round = 0; round < 2; round += 1) {
      await t.rejects(append('req_0'), unavailable(/nothing listens at the address of the database/));
    }
    for (let round = 0; round < 20; round += 1) {
      await t.rejects(append('req_0'), { ...unavailable(/the database is down/), retryAfterMs: 500 });
    }
    await clock.advance(500);
    const tries = await Promise.allSettled([ledger.sum([], {}), ledger.sum([], {})].map(async (one) => one));
    t.match(
      tries.map((one) => one.status === 'rejected' && String(one.reason.message)),
      [/nothing listens/, /is down/],
      'one call tries, the others do not wait for it',
    );
    await t.rejects(append('req_0'), { ...unavailable(/is down/), retryAfterMs: 1000 }, 'the pause doubles');
    await server.start();
    await t.rejects(append('req_0'), unavailable(/the database is down/));
    await clock.advance(1000);
    await append('req_1');
    t.match(await ledger.rows({}, 10), [{ event_id: 'req_1' }]);
    await postgres.close();
  });

  t.test('a crash in the middle loses nothing that was acknowledged, and counts nothing twice', async (t) => {
    const url = await server.database();
    const clock = new FakeClock();
    const { postgres, ledger } = ledgerAt(url, { clock });
    await postgres.ready();
    const acknowledged: string[] = [];
    let failures = 0;
    const requests = Array.from({ length: 40 }, async (_, client) => {
      for (let index = 0; index < 25; index += 1) {
        const id = `req_${client}_${index}`;
        try {
          await ledger.append([row(id)]);
          acknowledged.push(id);
        } catch (error) {
          t.match(error, { code: 'store_unavailable' });
          failures += 1;
        }
        if (client === 0 && index === 5) await server.stop();
      }
    });
    await Promise.all(requests);
    t.ok(failures > 0);
    await server.start();
    await clock.advance(60_000);
    await Promise.all(acknowledged.map(async (id) => ledger.append([row(id)])));
    const rows = await ledger.rows({}, 10_000);
    const there = new Set(rows.map((one) => one.event_id));
    t.ok(acknowledged.every((id) => there.has(id)));
    t.match((await ledger.sum(['tenant'], {}))[0], { rows: rows.length });
    await postgres.close();
  });

  t.test('a connection that broke between two requests costs none of them', async (t) => {
    const url = await server.database();
    const { postgres, ledger } = ledgerAt(url, { maxConnections: 1 });
    await ledger.append([row('req_1')]);
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    for (let index = 2; index < 12; index += 1) {
      await other.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
      );
      await ledger.append([row(`req_${index}`)]);
    }
    await other.end();
    t.match((await ledger.sum([], {}))[0], { rows: 11 });
    await postgres.close();
  });

  t.test('a statement that takes too long is given up', async (t) => {
    const url = await server.database();
    const { postgres, ledger } = ledgerAt(url, { statementTimeoutMs: 100 });
    await ledger.append([row('req_1')]);
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query('BEGIN; LOCK TABLE ledger_rows');
    await t.rejects(async () => ledger.append([row('req_2')]), unavailable(/the statement took too long/));
    await other.query('ROLLBACK');
    await other.end();
    await ledger.append([row('req_2')]);
    await postgres.close();
  });

  t.test('reports leave connections to requests', async (t) => {
    const url = await server.database();
    const { postgres, ledger } = ledgerAt(url, { maxConnections: 3 });
    await ledger.append([row('req_1')]);
    const slow = Array.from({ length: 3 }, () =>
      postgres.report('x', { text: 'SELECT pg_sleep(0.2)', values: [] }),
    );
    await ledger.append([row('req_2')]);
    t.match((await Promise.all([ledger.sum([], {}), ...slow]))[0], [{ rows: 2 }]);
    await postgres.close();
  });

  t.test('errors name the place, never a password', async (t) => {
    const url = (await server.database()).replace(/test\d+$/, 'absent');
    const { postgres } = ledgerAt(url);
    const error = await postgres.ready().then(
      () => undefined,
      (found: Error) => found,
    );
    t.match(error, unavailable(/the database does not exist/));
    t.match(error!.cause, { message: new RegExp(`127\\.0\\.0\\.1:${server.port}/absent`) });
    t.notMatch(
      JSON.stringify([error!.message, error!.stack, String(error!.cause), (error!.cause as Error).stack]),
      /s3cret/,
    );
    await postgres.close();
  });

  t.test('a server without TLS is refused where the URL asks for it', async (t) => {
    const { postgres } = ledgerAt(`${await server.database()}?sslmode=verify-full`);
    await t.rejects(postgres.ready(), unavailable(/no trusted TLS connection/));
    await postgres.close();
  });
});
