import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '@lancedb/lancedb';
import t, { type Test } from 'tap';
import { lanceSchema, tableName, versionKey } from '../../../../core/stores/vectors/lance-schema.ts';
import type { Vectors } from '../../../../sdk/vectors.ts';
import { until } from '../counters/until.ts';
import { entry, ids } from './_conformance.ts';
import { make, many, type Stage, stage } from './_stage.ts';

async function missesWithAWarning(
  t: Test,
  vectors: Vectors,
  log: Stage['log'],
  reason: RegExp,
): Promise<void> {
  t.strictSame(await vectors.search('cold', make.entry(1), 3), []);
  vectors.add('new', [entry('one', 1)]);
  t.strictSame(ids(await vectors.search('new', make.entry(1), 3)), ['one'], 'memory goes on');
  await vectors.flush();
  t.match(vectors.stats(), { state: 'degraded', reason });
  const warnings = log.lines.filter(({ level }) => level === 'warn');
  t.equal(warnings.length, 1);
  t.match(warnings[0], { message: /out of use/, fields: { reason } });
  await t.rejects(vectors.purge({ tenant: 'acme' }), { code: 'store_unavailable' });
  t.strictSame(await vectors.search('new', make.entry(1), 3), []);
}

stage('tables of a newer version are left alone', async (t, { open, uri, log }) => {
  const schema = lanceSchema(24);
  schema.metadata.set(versionKey, '2');
  await (await connect(uri)).createEmptyTable(tableName(24), schema);
  const before = readdirSync(uri, { recursive: true }).length;
  await missesWithAWarning(t, await open(), log, /newer version/);
  t.equal(readdirSync(uri, { recursive: true }).length, before);
});

stage('a corrupt table is a miss and a warning, and works again once it is removed', async (t, stage) => {
  const { open, uri, log } = stage;
  const first = await open();
  first.add('cold', many(0, 20));
  await first.close();
  const table = join(uri, `${tableName(24)}.lance`);
  for (const name of readdirSync(join(table, '_versions'))) {
    writeFileSync(join(table, '_versions', name), 'this is no manifest');
  }
  const second = await open();
  await missesWithAWarning(t, second, log, /could not be read or written/);
  rmSync(uri, { recursive: true });
  second.add('new', [entry('two', 2)]);
  await until(async () => {
    await second.flush();
    return second.stats().waiting === 0;
  });
  t.equal(second.stats().state, 'up');
});

stage('data files that are gone or cut are misses', async (t, { open, uri, log }) => {
  const first = await open();
  first.add('cold', many(0, 20));
  await first.close();
  const data = join(uri, `${tableName(24)}.lance`, 'data');
  for (const name of readdirSync(data)) rmSync(join(data, name));
  const second = await open();
  t.strictSame(await second.search('cold', make.entry(1), 3), []);
  t.equal(second.stats().state, 'degraded');
  t.ok(log.lines.some(({ level }) => level === 'warn'));
});

stage('a table of somebody else is not written to', async (t, { open, uri, log }) => {
  await (await connect(uri)).createTable(tableName(24), [{ id: 1, vector: [1, 2] }]);
  const vectors = await open();
  await missesWithAWarning(t, vectors, log, /could not be read or written/);
});

stage('what waits for a store that is away is bounded and counted', async (t, { open, uri }) => {
  writeFileSync(uri, 'a file where the folder should be');
  const vectors = await open({ maxWaiting: 10 });
  for (let at = 0; at < 30; at += 1) vectors.add('a', [entry(`e${at}`, at)]);
  await vectors.flush();
  t.match(vectors.stats(), { state: 'degraded', waiting: 10, lost: 20, entries: 30 });
  t.match(await vectors.search('a', make.entry(3), 1, 0.9), [{ id: 'e3' }]);
});

const noShell = process.platform === 'win32' ? 'there is no bash here' : false;

t.test('a full disk is a warning, and memory goes on', { skip: noShell }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-vectors-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const script = fileURLToPath(new URL('_small-disk.ts', import.meta.url));
  // No file may be larger than 32 KiB: writing fails as on a full disk, without one.
  const limited = `trap '' XFSZ; ulimit -f 32; exec "$0" --disable-warning=ExperimentalWarning "$1" "$2"`;
  const child = spawn('bash', ['-c', limited, process.execPath, script, join(folder, 'vectors')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = (await child.stdout.toArray()).join('');
  t.match(JSON.parse(said), {
    found: ['e7'],
    state: 'degraded',
    reason: 'there is no room left on its disk',
    waiting: 100,
    warnings: { length: 1 },
  });
});
