import { systemClock } from '../../../../core/services/clock.ts';
import { silentLog } from '../../../../core/services/log.ts';
import { createSqliteLedger } from '../../../../core/stores/ledger/sqlite-ledger.ts';
import { openSqlite, type SqliteDurability } from '../../../../core/stores/sqlite.ts';
import { say } from '../../../stores/say.ts';
import { row } from './_rows.ts';

// A process that appends rows and names each one on standard output once its append returned:
// node _appender.ts FILE NAME ROWS DURABILITY

const [path, name, rows, durability] = process.argv.slice(2);
const sqlite = openSqlite({ path: path!, clock: systemClock, durability: durability as SqliteDurability });
const ledger = createSqliteLedger({ sqlite, clock: systemClock, log: silentLog });
for (let index = 0; index < Number(rows); index += 1) {
  const id = `req_${name}_${index}`;
  const done = ledger.append([row(id)]);
  if (done !== undefined) await done;
  say(`${id}\n`);
  if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
}
await ledger.close?.();
sqlite.close();
