import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { systemClock } from '../../../../core/services/clock.ts';
import { silentLog } from '../../../../core/services/log.ts';
import { createSqliteLedger } from '../../../../core/stores/ledger/sqlite-ledger.ts';
import { openSqlite, type SqliteDurability } from '../../../../core/stores/sqlite.ts';
import { maxLedgerRows } from '../../../../sdk/ledger.ts';
import { naiveSums } from './_naive.ts';

const entry = fileURLToPath(new URL('./_appender.ts', import.meta.url));

function appender(path: string, name: string, rows: number, durability: SqliteDurability): ChildProcess {
  return spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', entry, path, name, `${rows}`, durability],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
}

/** Ids that a process named, until its end; `seen` is called with their count. */
async function acknowledged(
  child: ChildProcess,
  seen: (count: number) => void = () => undefined,
): Promise<string[]> {
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (more: string) => {
    text += more;
    seen(text.split('\n').length - 1);
  });
  await once(child, 'close');
  // What follows the last newline was cut off by the kill.
  return text.split('\n').slice(0, -1);
}

for (const [durability, killAfter] of [
  ['process', 1],
  ['process', 700],
  ['process', 3000],
  ['full', 60],
] as const) {
  t.test(`killed after ${killAfter} rows, nothing acknowledged is lost (${durability})`, async (t) => {
    const path = join(t.testdir(), 'sluice.db');
    const child = appender(path, 'a', 1_000_000, durability);
    const ids = await acknowledged(child, (count) => {
      if (count >= killAfter) child.kill('SIGKILL');
    });
    t.equal(child.signalCode, 'SIGKILL');
    t.ok(ids.length >= killAfter);

    const sqlite = openSqlite({ path, clock: systemClock, durability });
    const ledger = createSqliteLedger({ sqlite, clock: systemClock, log: silentLog });
    t.teardown(async () => {
      await ledger.close?.();
      sqlite.close();
    });
    const rows = await ledger.rows({}, maxLedgerRows);
    const there = new Set(rows.map((row) => row.event_id));
    t.strictSame(
      ids.filter((id) => !there.has(id)),
      [],
    );
    t.ok(rows.length <= ids.length + 1, 'at most the row that was being written is there without a word');
    t.strictSame(
      await ledger.sum(['tenant'], {}),
      naiveSums(rows, ['tenant'], {}),
      'daily sums agree with the rows',
    );
    t.equal(sqlite.database.prepare('PRAGMA integrity_check').get()!['integrity_check'], 'ok');
  });
}

t.test('three processes write into one file', async (t) => {
  const path = join(t.testdir(), 'sluice.db');
  // All of them find no file and make its tables.
  const children = ['a', 'b', 'c'].map((name) => appender(path, name, 400, 'process'));
  const ids = await Promise.all(children.map((child) => acknowledged(child)));
  t.strictSame(
    children.map((child) => child.exitCode),
    [0, 0, 0],
  );
  t.equal(ids.flat().length, 1200);
  const sqlite = openSqlite({ path, clock: systemClock });
  const ledger = createSqliteLedger({ sqlite, clock: systemClock, log: silentLog });
  t.match((await ledger.sum([], {}))[0], { rows: 1200, requests: 1200 });
  await ledger.close?.();
  sqlite.close();
});
