/** Measures the directory at 1,000, 10,000 and 100,000 keys on SQLite. Run it with `node --expose-gc`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { KeyAdmin } from '../../../core/keys/admin.ts';
import { KeyDirectory } from '../../../core/keys/directory.ts';
import { hashKey } from '../../../core/keys/secret-key.ts';
import { systemClock } from '../../../core/services/clock.ts';
import { silentLog } from '../../../core/services/log.ts';
import { createSqliteKeys } from '../../../core/stores/keys/sqlite-keys.ts';
import { openSqlite } from '../../../core/stores/sqlite.ts';
import { keyOf } from '../stores/keys/_records.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-keys-'));
const sqlite = openSqlite({ path: join(folder, 'sluice.db'), clock: systemClock });
const store = createSqliteKeys({ sqlite, clock: systemClock });
const secret = (index: number) => `sk-key-number-${index}`;
let made = 0;

const heap = () => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

for (const count of [1000, 10_000, 100_000]) {
  for (; made < count; made += 1) {
    const record = keyOf(`k${made}`, {
      hash: hashKey(secret(made)),
      createdAtMs: made,
      tenantId: `t${made % 100}`,
    });
    await store.put(record, null);
  }
  const before = heap();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startMs = performance.now();
  const directory = new KeyDirectory({ store, clock: systemClock, log: silentLog });
  await directory.start();
  const loadMs = performance.now() - startMs;
  delay.disable();
  const bytes = (heap() - before) / count;

  const finds = 500_000;
  const secrets = Array.from({ length: 4096 }, (_, index) => secret((index * 7919) % count));
  let found = 0;
  const time = (credentials: readonly string[]) => {
    const fromMs = performance.now();
    for (let index = 0; index < finds; index += 1)
      if (directory.find(credentials[index & 4095]!).ok) found += 1;
    return (((performance.now() - fromMs) * 1000) / finds).toFixed(2);
  };
  time(secrets);
  const known = time(secrets);
  const unknown = time(secrets.map((one) => `${one}x`));

  const admin = new KeyAdmin({ store, directory, clock: systemClock });
  const changeMs = performance.now();
  for (let index = 0; index < 200; index += 1) await admin.update({ key: secret(index), rpm_limit: index });
  const perChange = (performance.now() - changeMs) / 200;
  const listMs = performance.now();
  const list = await admin.list({ tenant_id: 't7', size: '100' });
  console.log({
    count,
    loadMs: Math.round(loadMs),
    longestBlockMs: delay.max / 1e6,
    bytesPerKey: Math.round(bytes),
    knownUs: known,
    unknownUs: unknown,
    updateMs: perChange.toFixed(2),
    listOfTenantMs: Math.round(performance.now() - listMs),
    inTenant: list['total_count'],
    found,
  });
  await directory.close();
}
sqlite.close();
rmSync(folder, { recursive: true });
