import { spawnSync } from 'node:child_process';
import { chmodSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { systemClock } from '../../../core/services/clock.ts';
import { silentLog } from '../../../core/services/log.ts';
import { createSqliteLedger } from '../../../core/stores/ledger/sqlite-ledger.ts';
import { openRecordStores } from '../../../core/stores/record-stores.ts';
import { openSqlite } from '../../../core/stores/sqlite.ts';
import type { Clock } from '../../../sdk/services.ts';
import { FakeClock, settled } from '../../../sdk/testing/clock.ts';
import { keyOf } from './keys/_records.ts';
import { row } from './ledger/_rows.ts';

function openLedger(path: string, clock: Clock = systemClock) {
  const sqlite = openSqlite({ path, clock });
  const ledger = createSqliteLedger({ sqlite, clock, log: silentLog });
  const close = async () => {
    await ledger.close?.();
    sqlite.close();
  };
  return { sqlite, ledger, close };
}

type Test = Pick<typeof t, 'match' | 'throws' | 'comment'>;

const unavailable = (message: RegExp) => ({
  name: 'GatewayError',
  code: 'store_unavailable',
  status: 503,
  message,
});

t.test('ledger and keys share a file, which is opened again as it was', async (t) => {
  const dataFolder = join(t.testdir(), 'deep', '.sluice');
  const options = { store: 'sqlite', dataFolder, clock: systemClock, log: silentLog };
  const first = openRecordStores(options);
  await first.ready();
  await first.ledger.append([row('req_1')]);
  await first.keys.put(keyOf('a'), null);
  await first.close();
  const second = openRecordStores(options);
  t.strictSame(await second.ledger.rows({}, 10), [row('req_1')]);
  t.strictSame(await second.keys.list(0, 10), [keyOf('a')]);
  await second.close();
  t.equal(statSync(dataFolder).mode & 0o777, 0o700, 'nobody else on the machine reads it');
  t.notOk(
    statSync(join(dataFolder, 'sluice.db-wal'), { throwIfNoEntry: false }),
    'the log is gone with its last user',
  );
});

t.test('a file that a newer program wrote is refused and left alone', async (t) => {
  const path = join(t.testdir(), 'sluice.db');
  await openLedger(path).close();
  const other = new DatabaseSync(path);
  other.exec("UPDATE sluice_schema SET version = 99 WHERE store = 'ledger'");
  other.close();
  t.throws(() => openLedger(path), {
    name: 'NewerTablesError',
    message:
      /tables of "ledger" of version \d+ or older in .*sluice\.db; came version 99, .*newer Sluice.*backup/,
  });
  t.throws(() =>
    openRecordStores({ store: 'sqlite', dataFolder: join(path, '..'), clock: systemClock, log: silentLog }),
  );
});

t.test('a write waits for the lock of another process without stopping the event loop', async (t) => {
  const path = join(t.testdir(), 'sluice.db');
  const { ledger, close } = openLedger(path);
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  const order: string[] = [];
  const beforeMs = systemClock.monotonic();
  const waiting = [1, 2, 3].map(async (index) => {
    await ledger.append([row(`req_${index}`)]);
    order.push(`row ${index}`);
  });
  t.ok(systemClock.monotonic() - beforeMs < 50, 'append comes back at once');
  for (let turn = 0; turn < 10; turn += 1) await settled();
  t.strictSame(order, []);
  other.exec('COMMIT');
  other.close();
  await Promise.all(waiting);
  t.strictSame(order, ['row 1', 'row 2', 'row 3']);
  t.match((await ledger.sum([], {}))[0], { rows: 3 });
  await close();
});

t.test('a lock that is kept for five seconds is an answer', async (t) => {
  const path = join(t.testdir(), 'sluice.db');
  const clock = new FakeClock();
  const { sqlite, ledger, close } = openLedger(path, clock);
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  const waiting = Promise.resolve(ledger.append([row('req_1')]));
  const answer = t.rejects(
    waiting,
    unavailable(/the ledger to take the rows of this request; another process holds its lock; try/),
  );
  // The row is tried at the end of the turn that it came in.
  await settled();
  await clock.advance(5001);
  await answer;
  t.equal(
    sqlite.turns.read('x', () => sqlite.database.prepare('SELECT 1 AS one').get()!['one']),
    1,
    'reads go on',
  );
  other.exec('ROLLBACK');
  other.close();
  await ledger.append([row('req_2')]);
  t.match(await ledger.rows({}, 10), [{ event_id: 'req_2' }]);
  await close();
});

t.test('a full disk is an answer, and passes', async (t) => {
  const path = join(t.testdir(), 'sluice.db');
  const { sqlite, ledger, close } = openLedger(path);
  const { page_count: pages } = sqlite.database.prepare('PRAGMA page_count').get()!;
  sqlite.database.exec(`PRAGMA max_page_count = ${Number(pages)}`);
  let written = 0;
  await t.rejects(
    async () => {
      for (; ; written += 1) await ledger.append([row(`req_${written}`)]);
    },
    unavailable(/the disk is full/),
  );
  sqlite.database.exec('PRAGMA max_page_count = 1000000');
  await ledger.append([row(`req_${written}`)]);
  t.match((await ledger.sum([], {}))[0], { rows: written + 1 });
  await close();
});

t.test('a file that is no database is refused by name', (t) => {
  const path = join(t.testdir({ 'sluice.db': 'Dear diary, '.repeat(1000) }), 'sluice.db');
  t.throws(() => openLedger(path), {
    message:
      /expected a SQLite database at .*sluice\.db; the file is not a SQLite database; move the file away/,
  });
  t.match(readFileSync(path, 'utf8'), /^Dear diary/);
  t.end();
});

t.test('a damaged file is an answer', async (t) => {
  const path = join(t.testdir(), 'sluice.db');
  const before = openLedger(path);
  await before.ledger.append(Array.from({ length: 200 }, (_, index) => row(`req_${index}`)));
  await before.close();
  const file = openSync(path, 'r+');
  const { size } = statSync(path);
  for (let at = 4096 * 12; at < size; at += 4096) writeSync(file, Buffer.alloc(4096, 0x5a), 0, 4096, at);
  const { ledger, close } = openLedger(path);
  await t.rejects(
    async () => ledger.sum([], { untilMs: Date.parse('2026-01-15T13:00:00Z') }),
    unavailable(/the file is damaged/),
  );
  await t.rejects(async () => ledger.append([row('req_300')]), unavailable(/the file is damaged/));
  await close();
});

t.test('a file that may not be written is refused by name', (t) => {
  const folder = t.testdir();
  const path = join(folder, 'sluice.db');
  writeFileSync(path, '');
  chmodSync(path, 0o444);
  chmodSync(folder, 0o555);
  try {
    refused(t, path);
  } finally {
    chmodSync(folder, 0o755);
  }
  t.end();
});

function refused(t: Test, path: string): void {
  if (process.getuid?.() !== 0) {
    t.throws(() => openLedger(path), /it may not be written to|cannot be opened/);
    return;
  }
  // Root may write everything: somebody else tries, who must be able to read the program.
  const module = fileURLToPath(new URL('../../../core/stores/sqlite.ts', import.meta.url));
  const script = `import(${JSON.stringify(module)}).then(({ openSqlite }) =>
    openSqlite({ path: ${JSON.stringify(path)}, clock: {} })).catch((error) => console.log(error.message))`;
  const nobody = { uid: 65_534, gid: 65_534 };
  if (
    spawnSync(process.execPath, ['-e', `require('fs').readFileSync(${JSON.stringify(module)})`], nobody)
      .status !== 0
  ) {
    t.comment('the checkout is not readable for others: not tried');
    return;
  }
  const tried = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', script], {
    ...nobody,
    encoding: 'utf8',
  });
  t.match(
    tried.stdout,
    /expected a SQLite database at .*sluice\.db; (it may not be written to|the file cannot be opened); give/,
  );
}

t.test('a data folder that cannot be made is refused by name', (t) => {
  const folder = t.testdir({ file: 'x' });
  t.throws(
    () => openLedger(join(folder, 'file', 'sluice.db')),
    /expected a SQLite database at .*; .*(ENOTDIR|EEXIST)/,
  );
  t.end();
});
