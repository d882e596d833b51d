import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '../../../../core/services/clock.ts';
import { silentLog } from '../../../../core/services/log.ts';
import { createSqliteLedger } from '../../../../core/stores/ledger/sqlite-ledger.ts';
import { openSqlite, type SqliteDurability } from '../../../../core/stores/sqlite.ts';
import { ledgerConformance, type OpenLedger } from './_conformance.ts';
import { row } from './_rows.ts';

const opener =
  (durability: SqliteDurability): OpenLedger =>
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-ledger-'));
    const sqlite = openSqlite({ path: join(folder, 'sluice.db'), clock: systemClock, durability });
    const ledger = createSqliteLedger({ sqlite, clock: systemClock, log: silentLog });
    return {
      ledger,
      async close() {
        await ledger.close?.();
        sqlite.close();
        rmSync(folder, { recursive: true });
      },
    };
  };

ledgerConformance(t, 'SQLite', opener('process'), 6);
ledgerConformance(t, 'SQLite that survives power cuts', opener('full'), 2);

t.test('a report has all rows that were handed over before, though nobody waited for them', async (t) => {
  const { ledger, close } = await opener('process')();
  t.teardown(close);
  const look = () => Promise.all([ledger.sum([], {}), ledger.rows({}, 100), ledger.spend([{}])]);
  // The threads that read are there.
  await look();
  for (let count = 1; count <= 40; count += 1) void ledger.append([row(`req_${count}`)]);
  const [sums, rows, spend] = await look();
  t.match(sums, [{ requests: 40 }]);
  t.equal(rows.length, 40);
  t.match(spend, [{ requests: 40 }]);
});
