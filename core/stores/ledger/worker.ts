import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { sqliteCode, sqliteReason } from '../sqlite-error.ts';
import { SqliteKeeper } from './sqlite-keeper.ts';
import { SqliteReader } from './sqlite-reader.ts';
import { SqliteSpend } from './sqlite-spend.ts';
import { SqliteWriter } from './sqlite-writer.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './worker-message.ts';

// Thread entry. One thread reads reports, one what was spent of budgets, another keeps house (and writes, where each commit waits for the disk).
// Waiting for a lock stops nothing else here, so SQLite's own way of waiting is good enough.

const { path, readOnly, durability } = workerData as WorkerSetup;
const database = new DatabaseSync(path, { readOnly, timeout: 5000 });
if (!readOnly) {
  database.exec(`
    PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'};
    PRAGMA journal_size_limit = 67108864;
    PRAGMA wal_autocheckpoint = 0;
  `);
}
database.exec('PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY');
const reader = new SqliteReader(database);
const keeper = new SqliteKeeper(database);
const spend = new SqliteSpend(database);
let writer: SqliteWriter | undefined;
/** Between batches of forgotten rows other calls get their turn, and writers the lock. */
const prunePauseMs = 4;

parentPort!.on('message', (call: ToWorker) => {
  void answer(call);
});

async function answer(call: ToWorker): Promise<void> {
  let reply: FromWorker;
  try {
    reply = { id: call.id, ok: true, value: await run(call) };
  } catch (error) {
    const kind = sqliteCode(error) !== undefined ? 'sqlite' : error instanceof RangeError ? 'range' : 'other';
    reply = { id: call.id, ok: false, message: sqliteReason(error), kind };
  }
  parentPort!.postMessage(reply);
  if (call.name === 'close') parentPort!.close();
}

function run(call: ToWorker): unknown {
  switch (call.name) {
    case 'sum':
      return reader.sum(...call.args);
    case 'rows':
      return reader.rows(...call.args);
    case 'spend':
      return spend.spend(...call.args);
    case 'append':
      writer ??= new SqliteWriter(database);
      return writer.write(...call.args);
    case 'prune':
      return keeper.prune(call.args[0], () => sleep(prunePauseMs));
    case 'checkpoint':
      return keeper.checkpoint();
    case 'close':
      return database.close();
  }
}
