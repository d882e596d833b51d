import { mkdir, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { readText } from '../../../core/runtime/config-reader.ts';
import type { SecretReader } from '../../../core/secrets/reader.ts';
import { Secrets } from '../../../core/secrets/secrets.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { recordingLog } from '../../../sdk/testing/fakes.ts';
import { ScriptedUpstream } from '../../../sdk/testing/upstream.ts';

interface Bench {
  readonly secrets: Secrets;
  readonly clock: FakeClock;
  readonly log: ReturnType<typeof recordingLog>;
  /** How often a change was told of. */
  readonly changes: { count: number };
  use(path: string): Promise<string>;
  /** A look, and what comes of it. */
  look(): Promise<void>;
}

/** @param take whether changed values come into use */
function bench(readFile = readText, take = true): Bench {
  const clock = new FakeClock();
  const log = recordingLog();
  const secrets = new Secrets({ env: {}, readFile, clock, http: new ScriptedUpstream(), log: () => log });
  t.teardown(() => secrets.close());
  let inUse: SecretReader | null = null;
  let path = '';
  const changes = { count: 0 };
  const read = async () => {
    const reader = secrets.reader();
    const value = await reader.read('file', path);
    inUse = reader;
    return value;
  };
  secrets.watch({
    inUse: () => (inUse === null ? [] : [inUse]),
    changed: async () => {
      changes.count += 1;
      if (take) await read();
    },
  });
  return {
    secrets,
    clock,
    log,
    changes,
    use(from) {
      path = from;
      return read();
    },
    // Files are read in real time: each step waits for what it began.
    async look() {
      await clock.advance(5_000);
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(250);
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function memory(files: Record<string, string>) {
  return async (path: string) => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error('none'), { code: 'ENOENT' });
    return text;
  };
}

t.test('a file that was replaced is noticed, also when Kubernetes swaps a link to its folder', async (t) => {
  const dir = t.testdir({});
  await mkdir(join(dir, '..one'));
  await mkdir(join(dir, '..two'));
  await writeFile(join(dir, '..one', 'key'), 'sk-one\n');
  await writeFile(join(dir, '..two', 'key'), 'sk-two\n');
  await symlink('..one', join(dir, '..data'));
  await symlink(join('..data', 'key'), join(dir, 'key'));
  const one = bench();
  t.equal(await one.use(join(dir, 'key')), 'sk-one');
  const until = async (count: number) => {
    const endMs = performance.now() + 20_000;
    while (one.changes.count < count && performance.now() < endMs) {
      await one.look();
      // Files are read in real time.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    t.equal(one.changes.count, count);
  };
  await one.look();
  t.equal(one.changes.count, 0);
  await symlink('..two', join(dir, '..data_tmp'));
  await rename(join(dir, '..data_tmp'), join(dir, '..data'));
  await until(1);
  await writeFile(join(dir, 'fresh'), 'sk-three');
  await unlink(join(dir, 'key'));
  await rename(join(dir, 'fresh'), join(dir, 'key'));
  await until(2);
});

t.test('what cannot be read keeps its last value, is told of once, and recovers', async (t) => {
  const files: Record<string, string> = { '/key': 'sk-canary-1' };
  const { secrets, look, log, use, changes } = bench(memory(files));
  await use('/key');
  delete files['/key'];
  await look();
  await look();
  t.match(secrets.failing, [
    { scheme: 'file', name: '/key', problem: 'does not exist', sinceMs: Date.UTC(2026, 0, 1) + 5_000 },
  ]);
  t.equal(await use('/key'), 'sk-canary-1', 'a reload meanwhile goes on with it');
  files['/key'] = '';
  await look();
  t.equal(changes.count, 0, 'an empty file is no new secret');
  t.equal(log.lines.filter(({ level }) => level === 'error').length, 1);
  files['/key'] = 'sk-canary-2';
  await look();
  t.equal(changes.count, 1);
  t.strictSame(secrets.failing, []);
  t.match(log.lines.at(-1), { level: 'info', message: 'a secret can be read again' });
  t.notMatch(JSON.stringify(log.lines), /canary/);
});

t.test('a file that is still being written is not taken', async (t) => {
  const files: Record<string, string> = { '/key': 'sk-one' };
  const { clock, look, use, changes } = bench(memory(files));
  await use('/key');
  files['/key'] = 'sk-t';
  await clock.advance(5_000);
  files['/key'] = 'sk-two';
  await clock.advance(250);
  t.equal(changes.count, 0);
  await look();
  t.equal(changes.count, 1);
});

t.test('a value that was refused is tried again after a minute, another one at once', async (t) => {
  const files: Record<string, string> = { '/key': 'sk-one' };
  const { look, use, changes } = bench(memory(files), false);
  await use('/key');
  files['/key'] = 'sk-two';
  await look();
  await look();
  t.equal(changes.count, 1);
  files['/key'] = 'sk-three';
  await look();
  t.equal(changes.count, 2);
  for (let times = 0; times < 13; times += 1) await look();
  t.equal(changes.count, 3);
});

t.test('what is not taken over is stale, until it is or the one before is back', async (t) => {
  const files: Record<string, string> = { '/key': 'sk-canary-1' };
  const { secrets, look, use } = bench(memory(files), false);
  await use('/key');
  files['/key'] = 'sk-canary-2';
  await look();
  const [stale] = secrets.failing;
  t.match(stale, { scheme: 'file', name: '/key', problem: 'its new value was not taken over' });
  for (let times = 0; times < 15; times += 1) await look();
  t.equal(secrets.failing[0]!.sinceMs, stale!.sinceMs, 'since the first time');
  files['/key'] = 'sk-canary-1';
  await look();
  t.strictSame(secrets.failing, []);
});

t.test('whoever is refused has it looked at once, together with others, once a second', async (t) => {
  const files: Record<string, string> = { '/key': 'sk-one' };
  let reads = 0;
  const read = memory(files);
  const { secrets, clock, use, changes } = bench((path) => {
    reads += 1;
    return read(path);
  });
  await secrets.lookNow();
  t.equal(reads, 0, 'nothing is in use');
  await use('/key');
  files['/key'] = 'sk-two';
  reads = 0;
  let ended = 0;
  const asking = [secrets.lookNow(), secrets.lookNow()].map((one) => one.then(() => (ended += 1)));
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(ended, 0);
  await clock.advance(250);
  await Promise.all(asking);
  t.equal(changes.count, 1, 'taken over when it ends');
  files['/key'] = 'sk-three';
  const before = reads;
  await secrets.lookNow();
  t.equal(reads, before);
  await clock.advance(1_000);
  const again = secrets.lookNow();
  await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(250);
  await again;
  t.equal(changes.count, 2);
  secrets.close();
  await clock.advance(2_000);
  await secrets.lookNow();
  t.equal(changes.count, 2);
});

t.test('without anything to watch no timer runs, and a missing secret is an error at first', async (t) => {
  const { secrets, clock, use } = bench(memory({}));
  t.equal(clock.pending, 0);
  await t.rejects(use('/none'), { message: 'does not exist' });
  t.strictSame(secrets.failing, []);
  await t.rejects(secrets.reader().read('vault', 'a/data/b#c'), {
    message: /no secrets\.vault in gateway\.yaml/,
  });
});
