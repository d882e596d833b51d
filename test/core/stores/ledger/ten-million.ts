import { existsSync, mkdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../../../core/services/clock.ts';
import { createIds } from '../../../../core/services/ids.ts';
import { silentLog } from '../../../../core/services/log.ts';
import { writtenRow } from '../../../../core/stores/ledger/row.ts';
import { createSqliteLedger } from '../../../../core/stores/ledger/sqlite-ledger.ts';
import { SqliteWriter } from '../../../../core/stores/ledger/sqlite-writer.ts';
import { openSqlite } from '../../../../core/stores/sqlite.ts';
import type { LedgerDimension, LedgerFilter } from '../../../../sdk/ledger.ts';
import { row } from './_rows.ts';

// node ten-million.ts [rows] [file] [keys]: fills a ledger with rows over 60 days and measures reports on it. Not a test: it
// writes about 4.5 GB and takes minutes. An existing file is read, not filled.

const total = Number(process.argv[2] ?? 10_000_000);
const path = process.argv[3] ?? join(tmpdir(), 'sluice-ten-million', 'sluice.db');
const keys = Number(process.argv[4] ?? 2000);
const days = 60;
const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 0, 1);
const print = (text: string) => process.stdout.write(`${text}\n`);

mkdirSync(dirname(path), { recursive: true });
const fresh = !existsSync(path);
const sqlite = openSqlite({ path, clock: systemClock });
const ledger = createSqliteLedger({ sqlite, clock: systemClock, log: silentLog });
if (fresh) fill();
print(
  `file ${(statSync(path).size / 2 ** 30).toFixed(2)} GiB, ${total} rows, daily sums: ${count('ledger_days')}`,
);

const middle = startMs + 15 * dayMs;
const month = { sinceMs: middle, untilMs: middle + 30 * dayMs };
const ragged = { sinceMs: middle + 9 * 3_600_000 + 1, untilMs: middle + 30 * dayMs + 17 * 3_600_000 };
await report('a month by tenant, whole days', ['tenant'], month);
await report('a month by tenant, ragged edges', ['tenant'], ragged);
await report('a month by day', ['day'], month);
await report('a month by key', ['key'], ragged);
await report('a month by model and feature', ['model', 'feature'], ragged);
await report('everything by tenant', ['tenant'], {});
await report('a month of one tenant by key', ['key'], { ...ragged, tenantId: 'tenant-7' });
await report('a day by user', ['user'], { sinceMs: middle, untilMs: middle + dayMs });
await report('a month by user', ['user'], month);
await measure('100 newest rows', () => ledger.rows({}, 100));
await measure('100 newest rows of one key', () => ledger.rows({ keyId: key(11) }, 100));
await measure('100 rows of one key, offset 3000', () => ledger.rows({ keyId: key(11) }, 100, 3000));
await measure('100 newest rows of nobody', () => ledger.rows({ tenantId: 'nobody' }, 100));
await measure('rows of a request that is not there', () => ledger.rows({ requestId: 'req_absent' }, 100));
const spentBy = (count: number, shiftMs: number) =>
  Array.from({ length: count }, (_, at) => ({ keyId: key(at), sinceMs: middle + at * shiftMs }));
await measure('what one key spent in a month', () => ledger.spend(spentBy(1, 0)));
await measure('what 256 keys spent in a month', () => ledger.spend(spentBy(256, 0)));
await measure('what one key spent, from within a day', () => ledger.spend([{ ...ragged, keyId: key(11) }]));
await measure('what 256 keys spent, each from within another hour', () =>
  ledger.spend(spentBy(256, 3_600_001)),
);
await measure('what one tenant spent in a month', () =>
  ledger.spend([{ tenantId: 'tenant-7', sinceMs: middle }]),
);
await measure('what everybody spent in a month', () => ledger.spend([{ sinceMs: middle }]));
await measure('what a user spent in a day', () =>
  ledger.spend([{ tenantId: 'tenant-7', userId: 'u', sinceMs: middle, untilMs: middle + dayMs }]),
);
await measure('a row appended', async () => ledger.append([row(createIds().request())]));
if (process.argv[5] === 'prune')
  await measure('the oldest day forgotten', () => ledger.prune(startMs + dayMs));
await ledger.close?.();
sqlite.close();

function key(number: number): string {
  return `${number}`.padStart(64, '0');
}

function count(table: string): number {
  return Number(
    new DatabaseSync(path, { readOnly: true }).prepare(`SELECT COUNT(*) AS n FROM ${table}`).get()!['n'],
  );
}

async function report(name: string, by: LedgerDimension[], filter: LedgerFilter): Promise<void> {
  await measure(name, () => ledger.sum(by, filter));
}

async function measure(name: string, run: () => unknown): Promise<void> {
  for (const round of ['first', 'again']) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const beforeMs = performance.now();
    const found = await run();
    const tookMs = performance.now() - beforeMs;
    delay.disable();
    const size = Array.isArray(found) ? `${found.length} groups or rows` : String(found);
    print(
      `${name} (${round}): ${tookMs.toFixed(0)} ms, ${size}, event loop at most ${(delay.max / 1e6).toFixed(1)} ms`,
    );
  }
}

function fill(): void {
  const writer = new SqliteWriter(sqlite.database);
  const ids = createIds();
  const models = [
    'claude/claude-opus-4-8',
    'claude/claude-haiku-4-5',
    'openai/gpt-5.2',
    'openai/gpt-4o-mini',
  ];
  const features = ['chat', 'search', 'summary', null];
  const beforeMs = performance.now();
  const batch = 20_000;
  let state = 1;
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let written = 0; written < total; written += batch) {
    const rows = Array.from({ length: batch }, (_, index) => {
      const owner = random(keys);
      const model = models[random(4)]!;
      const failed = random(50) === 0;
      return writtenRow(
        row(ids.request(), {
          timestamp: new Date(startMs + Math.floor(((written + index) * days * dayMs) / total)).toISOString(),
          tenant_id: `tenant-${owner % 400}`,
          key_id: key(owner),
          feature_id: features[random(4)]!,
          user_id_hash: random(3) === 0 ? key(random(20_000)) : null,
          model_resolved: model,
          provider: model.slice(0, 6),
          status: failed ? 429 : 200,
          error_code: failed ? 'rate_limit_exceeded' : null,
        }),
      );
    });
    writer.write(rows);
    if (written % 1_000_000 === 0)
      print(`${written} rows, ${((performance.now() - beforeMs) / 1000).toFixed(0)} s`);
  }
}
