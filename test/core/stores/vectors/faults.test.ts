import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '@lancedb/lancedb';
import t, { type Test } from 'tap';
import { systemClock } from '../../../../core/services/clock.ts';
import { lanceSchema, versionKey } from '../../../../core/stores/vectors/lance-schema.ts';
import { tableName } from '../../../../core/stores/vectors/lance-segment.ts';
import { createLanceVectors } from '../../../../core/stores/vectors/lancedb.ts';
import type { Vectors } from '../../../../sdk/vectors.ts';
import { recordingLog } from '../counters/recording-log.ts';
import { until } from '../counters/until.ts';
import { entry, ids } from './_conformance.ts';
import { make, many, type Stage, stage } from './_stage.ts';
import { arbitraryVectors } from './_vectors.ts';

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

stage('a folder of a newer LanceDB is left alone', async (t, { open, uri, log }) => {
  const first = await open();
  first.add('cold', many(0, 20));
  await first.close();
  const versions = join(uri, `${tableName(24)}.lance`, '_versions');
  for (const name of readdirSync(versions).filter((name) => name.endsWith('.manifest'))) {
    const path = join(versions, name);
    writeFileSync(path, withUnknownFeature(readFileSync(path)));
  }
  const before = readdirSync(uri, { recursive: true }).length;
  await missesWithAWarning(t, await open(), log, /newer version/);
  t.equal(readdirSync(uri, { recursive: true }).length, before);
});

/**
 * A manifest that asks for features of the future, for reading and writing. It ends with the place of a protobuf with
 * its length in front, eight bytes, and eight of versions and a mark (lance-table, `format/manifest`).
 */
function withUnknownFeature(manifest: Buffer): Buffer {
  const footer = manifest.subarray(-16);
  const at = Number(footer.readBigUInt64LE(0));
  const length = manifest.readUInt32LE(at);
  const [reader, writer] = [9 << 3, 10 << 3];
  const flags = Buffer.from([reader, 0x80, 0x80, 0x80, 0x01, writer, 0x80, 0x80, 0x80, 0x01]);
  const newLength = Buffer.alloc(4);
  newLength.writeUInt32LE(length + flags.length);
  return Buffer.concat([
    manifest.subarray(0, at),
    newLength,
    manifest.subarray(at + 4, at + 4 + length),
    flags,
    footer,
  ]);
}

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

/** Leaves no room. */
function fill(ballast: string): void {
  const file = openSync(ballast, 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch {
    closeSync(file);
  }
}

/** A file system of 8 MiB, where this process may mount one. */
function mountSmall(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

t.test('a disk that fills up is a warning, and what waits is written once there is room', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-vectors-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  if (process.platform !== 'linux' || !mountSmall(folder)) {
    t.comment('not as root, or where nothing may be mounted');
    return;
  }
  t.teardown(() => execFileSync('umount', ['-l', folder]));
  const ballast = join(folder, 'ballast');
  const log = recordingLog();
  const vectors = createLanceVectors({
    uri: join(folder, 'vectors'),
    clock: systemClock,
    log,
    flushMs: 20,
    coldMs: 5000,
  });
  t.teardown(() => vectors.close());
  vectors.add('a', many(0, 20));
  await vectors.flush();
  t.match(vectors.stats(), { state: 'up', waiting: 0 });
  fill(ballast);
  const big = { meta: { text: 'm'.repeat(20_000) } };
  for (let at = 20; at < 120; at += 10) vectors.add('a', many(at, 10, big));
  await vectors.flush();
  t.match(vectors.stats(), { state: 'degraded', reason: 'there is no room left on its disk', waiting: 100 });
  t.equal(log.lines.filter(({ level }) => level === 'warn').length, 1);
  t.match(await vectors.search('a', make.near(77), 1, 0.6), [{ id: 'e77' }], 'requests go on');
  rmSync(ballast);
  await until(async () => {
    await vectors.flush();
    return vectors.stats().waiting === 0;
  });
  t.equal(vectors.stats().state, 'up');
  await vectors.close();
  const again = createLanceVectors({
    uri: join(folder, 'vectors'),
    clock: systemClock,
    log,
    coldMs: 5000,
  });
  t.teardown(() => again.close());
  await again.flush();
  t.match(await again.search('a', make.near(77), 1, 0.6), [{ id: 'e77' }]);
});

stage(
  'an embedder of other dimensions finds nothing of the old one, says so once, and breaks nothing',
  async (t, stage) => {
    const { open, log } = stage;
    const first = await open();
    first.add('a', many(0, 20));
    await first.flush();
    const other = arbitraryVectors('dense', 48);
    const added = (number: number) => entry(`other ${number}`, number, { vector: other.entry(number) });
    for (let at = 0; at < 5; at += 1) {
      t.strictSame(await first.search('a', other.entry(at), 3), []);
      first.add('a', [added(at)]);
    }
    t.match(await first.search('a', make.near(7), 1, 0.6), [{ id: 'e7' }], 'the old one goes on');
    const warnings = log.lines.filter(({ level }) => level === 'warn');
    t.equal(warnings.length, 1);
    t.match(warnings[0], { fields: { expected: 24, came: 48 } });
    t.match(first.stats(), { state: 'up', refused: 5 });
    await first.close();
    const second = await open();
    t.strictSame(await second.search('a', other.entry(1), 3), []);
    second.add('a', [added(1)]);
    await second.flush();
    t.match(
      await second.search('a', other.near(1), 1, 0.6),
      [{ id: 'other 1' }],
      'after a restart it is the new one',
    );
    t.equal(second.stats().state, 'up');
  },
);
