import { join } from 'node:path';
import t from 'tap';
import { silentLog } from '../../../../core/services/log.ts';
import { createSqliteLedger } from '../../../../core/stores/ledger/sqlite-ledger.ts';
import { LedgerThread } from '../../../../core/stores/ledger/thread.ts';
import { openSqlite } from '../../../../core/stores/sqlite.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { row } from './_rows.ts';

t.test('a thread that cannot start is an answer', async (t) => {
  const clock = new FakeClock();
  const path = join(t.testdir(), 'absent.db');
  const thread = new LedgerThread({ path, durability: 'process', readOnly: true }, clock);
  for (let round = 0; round < 2; round += 1) {
    await t.rejects(thread.call('the ledger to make a report', 1000, 'sum', [], {}, undefined), {
      code: 'store_unavailable',
      message: /the ledger to make a report; .*open/,
    });
  }
  t.equal(clock.pending, 0);
  await thread.close();
});

t.test('a call that takes too long is given up with its thread, and the next one gets another', async (t) => {
  const clock = new FakeClock();
  const sqlite = openSqlite({ path: join(t.testdir(), 'sluice.db'), clock });
  const ledger = createSqliteLedger({ sqlite, clock, log: silentLog });
  await ledger.append([row('req_1')]);
  const late = Promise.resolve(ledger.sum([], {}));
  const [gaveUp] = await Promise.all([
    t.rejects(late, { message: /did not answer within 60000 ms/ }),
    clock.advance(60_000),
  ]);
  t.ok(gaveUp);
  t.match(await ledger.sum([], {}), [{ rows: 1 }]);
  await ledger.close?.();
  await t.rejects(async () => ledger.sum([], {}), { code: 'store_unavailable', message: /closed/ });
  sqlite.close();
});

t.test('more than 64 waiting reports are refused at once', async (t) => {
  const clock = new FakeClock();
  const sqlite = openSqlite({ path: join(t.testdir(), 'sluice.db'), clock });
  const ledger = createSqliteLedger({ sqlite, clock, log: silentLog });
  const asked = await Promise.allSettled(Array.from({ length: 80 }, async () => ledger.sum([], {})));
  t.equal(asked.filter(({ status }) => status === 'fulfilled').length, 64);
  await ledger.close?.();
  sqlite.close();
});
