import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { systemClock } from '../../../core/services/clock.ts';
import { silentLog } from '../../../core/services/log.ts';
import { openRecordStores } from '../../../core/stores/record-stores.ts';
import { keyOf } from './keys/_records.ts';
import { row } from './ledger/_rows.ts';

t.test('tables of the first version are brought up to date, with what is in them', async (t) => {
  const dataFolder = t.testdir();
  const open = () => openRecordStores({ store: 'sqlite', dataFolder, clock: systemClock, log: silentLog });
  const before = open();
  await before.ledger.append([row('req_1', { key_id: 'k1' })]);
  for (const alias of ['bot', '"quoted"\n', null])
    await before.keys.put(keyOf(String(alias), { alias }), null);
  await before.close();
  // As the first version left them: no index, no alias, and keys that were called by their hash.
  const database = new DatabaseSync(join(dataFolder, 'sluice.db'));
  database.exec(`
    DROP INDEX ledger_days_key; DROP INDEX ledger_days_tenant; DROP INDEX keys_alias;
    ALTER TABLE keys DROP COLUMN alias;
    UPDATE keys SET record = json_remove(record, '$.id');
    UPDATE sluice_schema SET version = 1;
  `);
  database.close();

  const { ledger, keys, close } = open();
  t.teardown(close);
  t.match(await ledger.spend([{ keyId: 'k1' }]), [{ rows: 1 }]);
  const found = await keys.get(keyOf('bot').hash);
  t.equal(found?.id, found?.hash);
  for (const alias of ['bot', '"quoted"\n']) {
    await t.rejects(async () => keys.put(keyOf('other', { alias }), null), {
      code: 'invalid_request',
      param: 'key_alias',
    });
  }
  t.ok(await keys.put(keyOf('other', { alias: null }), null));
});
