import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import t, { type Test } from 'tap';
import { systemClock } from '../../../core/services/clock.ts';
import { Postgres } from '../../../core/stores/postgres.ts';
import { recordingLog } from '../../../sdk/testing/fakes.ts';
import { noPostgres, startPostgres } from '../../stores/postgres.ts';

t.setTimeout(120_000);

/** Generous: the machine may be busy. */
async function until(t: Test, fits: () => boolean): Promise<void> {
  const endMs = performance.now() + 30_000;
  while (!fits() && performance.now() < endMs) await sleep(5);
  t.ok(fits(), fits.toString());
}

t.test('passwords of PostgreSQL', { skip: noPostgres }, async (t) => {
  const server = await startPostgres();
  t.teardown(() => server.close());
  const admin = new pg.Pool({ connectionString: await server.database(), max: 2 });
  t.teardown(() => admin.end());
  admin.on('error', () => undefined);
  const [hba] = (await admin.query('SHOW hba_file')).rows as { hba_file: string }[];
  const rules = 'host all sluice 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256';
  // The server writes its own file: it belongs to another user.
  await admin.query(
    `COPY (SELECT regexp_split_to_table('${rules}', '\\n')) TO '${hba!.hba_file}' WITH (FORMAT text)`,
  );
  await admin.query('SELECT pg_reload_conf()');
  let roles = 0;
  const bench = async (t: Test, newerLogin?: () => Promise<void>, maxConnections = 3) => {
    roles += 1;
    const role = `app${roles}`;
    const url = new URL(await server.database());
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'canary-1'`);
    await admin.query(`ALTER DATABASE ${url.pathname.slice(1)} OWNER TO ${role}`);
    const urlOf = (password: string, user = role) => {
      url.username = user;
      url.password = password;
      return url.href;
    };
    const log = recordingLog();
    const postgres = new Postgres({
      url: urlOf('canary-1'),
      clock: systemClock,
      log,
      maxConnections,
      newerLogin,
    });
    t.teardown(() => postgres.close());
    return {
      role,
      log,
      postgres,
      urlOf,
      alter: (password: string) => admin.query(`ALTER ROLE ${role} PASSWORD '${password}'`),
      ask: async () =>
        (
          await postgres.query('an answer', {
            text: 'SELECT current_user AS me',
            values: [],
            repeatable: true,
          })
        )[0]!['me'],
      hold: (seconds: number) =>
        postgres.query('an answer', { text: 'SELECT pg_sleep($1)', values: [seconds] }),
      said: (part: string) => log.lines.filter(({ message }) => message.includes(part)).length,
      connections: async () =>
        Number(
          (await admin.query('SELECT count(*) FROM pg_stat_activity WHERE usename = $1', [role])).rows[0]
            .count,
        ),
    };
  };

  t.test(
    'the database changes first: nothing fails, and what follows logs in with the new one',
    async (t) => {
      const one = await bench(t);
      await Promise.all([one.ask(), one.hold(0.1)]);
      await one.alter('canary-2');
      const under = one.hold(0.3);
      t.equal(await one.postgres.renew(one.urlOf('canary-2')), true);
      t.equal(one.said('is in use'), 1);
      await Promise.all([under, ...Array.from({ length: 20 }, () => one.ask())]);
      t.equal(one.said('does not work yet'), 0);
      t.notMatch(JSON.stringify(one.log.lines), /canary/);
    },
  );

  t.test(
    'the secret changes first: the one before stays in use until the database knows the new one',
    async (t) => {
      const one = await bench(t);
      await one.ask();
      t.equal(await one.postgres.renew(one.urlOf('canary-2')), true);
      t.equal(one.said('does not work yet'), 1);
      await Promise.all([one.hold(0.2), one.hold(0.2), ...Array.from({ length: 10 }, () => one.ask())]);
      await one.alter('canary-2');
      const asking = (async () => {
        while (one.said('is in use') === 0) await one.ask();
      })();
      await until(t, () => one.said('is in use') === 1);
      await asking;
      await Promise.all([one.hold(0.1), one.hold(0.1), one.ask()]);
      t.equal(one.said('does not work yet'), 1, 'which is said once');
    },
  );

  t.test(
    'a statement that needs a new connection meanwhile asks for the newer password itself',
    async (t) => {
      let renew: () => Promise<unknown> = async () => undefined;
      let asked = 0;
      const one = await bench(t, async () => {
        asked += 1;
        await renew();
      });
      await one.ask();
      renew = () => one.postgres.renew(one.urlOf('canary-2'));
      await one.alter('canary-2');
      await Promise.all([one.hold(0.2), one.hold(0.2), one.hold(0.2), one.ask()]);
      t.equal(asked, 1, 'those that were refused together ask together');
      t.equal(one.said('is in use'), 1);
    },
  );

  t.test('without a newer password the connections that stand do the work', async (t) => {
    const one = await bench(t, async () => undefined);
    await one.ask();
    await one.alter('canary-2');
    await Promise.all(Array.from({ length: 12 }, () => one.ask()));
    await Promise.all([one.hold(0.1), one.hold(0.1), one.hold(0.1)]);
    t.equal(await one.connections(), 1);
    t.equal(await one.postgres.renew(one.urlOf('canary-2')), true);
    await Promise.all([one.hold(0.1), one.hold(0.1)]);
  });

  t.test(
    'another user takes over, as with short-lived roles, and the first one can be dropped',
    async (t) => {
      const one = await bench(t);
      await Promise.all([one.ask(), one.ask()]);
      await admin.query(`CREATE ROLE later LOGIN PASSWORD 'canary-9' IN ROLE ${one.role}`);
      t.equal(await one.postgres.renew(one.urlOf('canary-9', 'later')), true);
      t.equal(await one.ask(), 'later');
      let left = await one.connections();
      for (let tries = 0; left > 0 && tries < 1000; tries += 1) {
        await sleep(5);
        left = await one.connections();
      }
      t.equal(left, 0, 'no connection of the first one is left');
    },
  );

  t.test('connections that are broken come back with the new password', async (t) => {
    const one = await bench(t);
    await one.ask();
    await one.alter('canary-2');
    await one.postgres.renew(one.urlOf('canary-2'));
    await one.ask();
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [
      one.role,
    ]);
    await until(t, () => one.said('a database connection broke') > 0);
    t.equal(await one.ask(), one.role);
  });

  t.test('another place is not taken over', async (t) => {
    const one = await bench(t);
    await one.ask();
    t.equal(await one.postgres.renew(await server.database()), false);
    t.equal(await one.postgres.renew('sqlite'), false);
    t.equal(await one.ask(), one.role);
  });

  t.test('where no login works the error says so, and a later one is found', async (t) => {
    const one = await bench(t, async () => undefined);
    await one.alter('canary-2');
    await t.rejects(one.ask(), { code: 'store_unavailable', message: /refused the password/ });
    await t.rejects(one.ask(), { code: 'store_unavailable' });
    await one.postgres.renew(one.urlOf('canary-2'));
    t.equal(await one.ask(), one.role, 'at once, whatever failed before');
  });
});
