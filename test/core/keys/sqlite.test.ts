import { join } from 'node:path';
import t from 'tap';
import { createSqliteKeys } from '../../../core/stores/keys/sqlite-keys.ts';
import { openSqlite } from '../../../core/stores/sqlite.ts';
import { FakeClock, settled } from '../../../sdk/testing/clock.ts';
import { testKeys } from './_gateways.ts';

t.test('two gateways on one SQLite file have the same keys, also after a start', async (t) => {
  const clock = new FakeClock();
  const path = join(t.testdir(), 'sluice.db');
  const open = async () => {
    const sqlite = openSqlite({ path, clock });
    const keys = await testKeys(createSqliteKeys({ sqlite, clock }), clock);
    t.teardown(async () => {
      await keys.directory.close();
      sqlite.close();
    });
    return keys;
  };
  const here = await open();
  const there = await open();
  const second = async () => {
    await clock.advance(1000);
    for (let turn = 0; turn < 20; turn += 1) await settled();
  };

  const made = await here.admin.generate({ key_alias: 'bot', tenant_id: 'acme', max_budget: 5 });
  await second();
  t.ok(there.directory.find(made['key'] as string).ok);
  const next = await there.admin.regenerate({ key: 'bot', grace_period: '1h' });
  await second();
  t.match(here.directory.find(made['key'] as string), { ok: true, record: { hash: next['token'] } });
  t.match(await here.admin.list({ tenant_id: 'acme' }), { total_count: 2 });

  const later = await open();
  t.ok(later.directory.find(next['key'] as string).ok);
  t.match(await later.admin.info({ key: 'bot' }), { info: { key_id: made['token'], max_budget: 5 } });
  await later.admin.delete({ key: 'bot' });
  t.notOk(later.directory.find(made['key'] as string).ok);
  await second();
  for (const { directory } of [here, there]) t.notOk(directory.find(next['key'] as string).ok);
});
