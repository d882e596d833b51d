import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '../../../../core/services/clock.ts';
import { silentLog } from '../../../../core/services/log.ts';
import { openRecordStores } from '../../../../core/stores/record-stores.ts';
import type { KeyStore } from '../../../../sdk/keys.ts';
import { noPostgres, startPostgres } from '../../../stores/postgres.ts';
import { Follower } from './_conformance.ts';
import { hashOf, keyOf } from './_records.ts';

// node hundred-thousand.ts [keys]: what the key stores cost with many keys. Not a test.

const total = Number(process.argv[2] ?? 100_000);
const print = (text: string) => process.stdout.write(`${text}\n`);

async function measure(name: string, times: number, run: (index: number) => unknown): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const beforeMs = performance.now();
  for (let index = 0; index < times; index += 1) await run(index);
  const tookMs = (performance.now() - beforeMs) / times;
  delay.disable();
  print(
    `  ${name}: ${tookMs < 1 ? `${(tookMs * 1000).toFixed(1)} us` : `${tookMs.toFixed(1)} ms`}, event loop at most ${(delay.max / 1e6).toFixed(1)} ms`,
  );
}

async function run(name: string, keys: KeyStore): Promise<void> {
  print(name);
  const atOnce = 100;
  await measure(`write ${atOnce} keys`, total / atOnce, (batch) =>
    Promise.all(
      Array.from({ length: atOnce }, (_, index) => keys.put(keyOf(`k${batch * atOnce + index}`), null)),
    ),
  );
  await measure('look up a key', 2000, (index) => keys.get(hashOf(`k${(index * 7919) % total}`)));
  const follower = new Follower(keys);
  await measure('read all keys through changes', 1, () => follower.follow());
  print(`  ${follower.keys.size} keys in ${follower.pages} pages`);
  await measure('ask for changes when there are none', 500, () => follower.follow());
  await measure('list 100 from the middle', 20, () => keys.list(total / 2, 100));
  await measure('list the last 100', 20, () => keys.list(total - 100, 100));
}

const dataFolder = mkdtempSync(join(tmpdir(), 'sluice-keys-'));
const common = { dataFolder, clock: systemClock, log: silentLog };
const sqlite = openRecordStores({ ...common, store: 'sqlite' });
await run('SQLite', sqlite.keys);
await sqlite.close();
rmSync(dataFolder, { recursive: true });
if (!noPostgres) {
  const server = await startPostgres();
  const postgres = openRecordStores({ ...common, store: await server.database() });
  await run('PostgreSQL', postgres.keys);
  await postgres.close();
  await server.close();
}
