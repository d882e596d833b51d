import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '../../../../core/services/clock.ts';
import { createIds } from '../../../../core/services/ids.ts';
import { silentLog } from '../../../../core/services/log.ts';
import { createSqliteLedger } from '../../../../core/stores/ledger/sqlite-ledger.ts';
import { openSqlite } from '../../../../core/stores/sqlite.ts';
import { row } from './_rows.ts';

// node append-cost.ts [rows] [rows per second] [users|none] [at once] [file]: what one row costs the event loop, housekeeping
// running. 0 rows per second is as fast as it goes; `at once` rows end in the same turn.

const rows = Number(process.argv[2] ?? 50_000);
const perSecond = Number(process.argv[3] ?? 1000);
const withUsers = process.argv[4] === 'users';
const folder = mkdtempSync(join(tmpdir(), 'sluice-append-'));
const atOnce = Number(process.argv[5] ?? 1);
const path = process.argv[6] ?? join(folder, 'sluice.db');
const sqlite = openSqlite({ path, clock: systemClock });
const ledger = createSqliteLedger({ sqlite, clock: systemClock, log: silentLog });
const ids = createIds();
const models = ['claude/claude-opus-4-8', 'claude/claude-haiku-4-5', 'openai/gpt-5.2', 'openai/gpt-4o-mini'];

const waited: number[] = [];
let pending: Promise<void>[] = [];
const cpu = process.cpuUsage();
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const startedMs = performance.now();
for (let index = 0; index < rows; index += 1) {
  const tenant = index % 200;
  const one = row(ids.request(), {
    timestamp: new Date().toISOString(),
    tenant_id: `tenant-${tenant}`,
    key_id: `${tenant * 5 + (index % 5)}`.padStart(64, 'a'),
    user_id_hash: withUsers ? `${index % 2003}`.padStart(64, 'b') : null,
    model_resolved: models[index % models.length]!,
  });
  const beforeMs = performance.now();
  pending.push(
    Promise.resolve(ledger.append([one])).then(() => {
      waited.push((performance.now() - beforeMs) * 1000);
    }),
  );
  if (pending.length < atOnce) continue;
  await Promise.all(pending);
  pending = [];
  if (perSecond > 0) {
    while ((performance.now() - startedMs) * perSecond < index * 1000)
      await new Promise((go) => setImmediate(go));
  } else if (index % 20 === 0) await new Promise((go) => setImmediate(go));
}
const seconds = (performance.now() - startedMs) / 1000;
delay.disable();
const { user, system } = process.cpuUsage(cpu);
await Promise.all(pending);
waited.sort((one, other) => one - other);
const at = (share: number) =>
  waited[Math.min(waited.length - 1, Math.floor(waited.length * share))]!.toFixed(1);
process.stdout.write(
  `${rows} rows in ${seconds.toFixed(1)} s${withUsers ? ', with users' : ''}, ${atOnce} at once\n` +
    `until a row is there: p50 ${at(0.5)} p90 ${at(0.9)} p99 ${at(0.99)} p99.9 ${at(0.999)} max ${at(1)} us\n` +
    `CPU a row, all threads, pauses between rows included: ${((user + system) / rows).toFixed(1)} us\n` +
    `event loop delay p99 ${(delay.percentile(99) / 1e6).toFixed(2)} max ${(delay.max / 1e6).toFixed(2)} ms\n` +
    `log ${(statSync(`${path}-wal`).size / 2 ** 20).toFixed(1)} MiB, file ${(statSync(path).size / rows).toFixed(0)} bytes a row\n`,
);
await ledger.close?.();
sqlite.close();
rmSync(folder, { recursive: true });
