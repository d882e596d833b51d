import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemClock } from '../../../../core/services/clock.ts';
import { lanceEnv } from '../../../../core/stores/vectors/lance-env.ts';
import { LanceProcess } from '../../../../core/stores/vectors/lance-process.ts';
import type { Clock } from '../../../../sdk/services.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { until } from '../counters/until.ts';
import { isAlive } from './_alive.ts';
import { entry } from './_conformance.ts';
import { make, many, stage } from './_stage.ts';

const noSignals = process.platform === 'win32' ? 'there are no signals here' : false;

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-vectors-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function open(t: Test, clock: Clock, maxRssBytes = 2 ** 40): LanceProcess {
  const setup = { uri: folder(t), writer: 'test', storageOptions: {} };
  const lance = new LanceProcess(setup, clock, maxRssBytes);
  t.teardown(() => lance.close());
  return lance;
}

stage('a process that dies takes nothing along: the next call has another', async (t, { open, log }) => {
  const vectors = await open({ flushMs: 600_000 });
  vectors.add('a', many(0, 20));
  await vectors.flush();
  const first = vectors.stats().process!.pid!;
  vectors.add('a', many(20, 20));
  process.kill(first, 'SIGKILL');
  await until(() => !isAlive(first));
  vectors.add('a', many(40, 20));
  await until(async () => {
    await vectors.flush();
    return vectors.stats().waiting === 0;
  });
  t.not(vectors.stats().process!.pid, first);
  t.match(vectors.stats(), { state: 'up', lost: 0, entries: 60 });
  await vectors.close();
  const again = await open();
  await again.search('a', make.entry(1), 1);
  await until(() => again.stats().entries === 60);
  t.strictSame(
    log.lines.filter(({ level }) => level === 'error'),
    [],
  );
});

t.test('a call that hangs is killed, and the next one works', { skip: noSignals }, async (t) => {
  const clock = new FakeClock(Date.now());
  const lance = open(t, clock);
  t.equal(await lance.call(1000, 'open'), '');
  const { pid } = lance;
  process.kill(pid!, 'SIGSTOP');
  const calls = Promise.allSettled([lance.call(1000, 'open'), lance.call(5000, 'news')]);
  await clock.advance(1000);
  const failure = {
    status: 'rejected',
    reason: { fault: 'failed', message: 'open took longer than 1000 ms' },
  };
  t.match(await calls, [failure, failure], 'nor is anything else done by it');
  await until(() => !isAlive(pid!));
  t.equal(await lance.call(1000, 'open'), '');
  t.not(lance.pid, pid);
});

t.test('a process that takes too much is replaced once its calls and readings have ended', async (t) => {
  const clock = new FakeClock(Date.now());
  const lance = open(t, clock, 1);
  await lance.call(1000, 'open');
  const first = lance.pid;
  t.equal(lance.replaced, 0, 'not one that has only begun');
  const reading = await lance.call(1000, 'startReading', 'a', 24, clock.now());
  await clock.advance(20_000);
  const [opened, read] = [lance.call(1000, 'open'), lance.call(1000, 'read', reading)];
  await opened;
  t.equal(await read, null);
  let done = false;
  const waiting = lance.call(1000, 'open').finally(() => {
    done = true;
  });
  t.equal(await lance.call(1000, 'read', reading), null, 'the reading goes on where it began');
  t.notOk(done, 'what is new waits');
  t.equal(lance.pid, first);
  await lance.call(1000, 'stopReading', reading);
  await waiting;
  t.equal(lance.replaced, 1);
  t.not(lance.pid, first);
  // Nobody else goes on with it.
  await t.rejects(lance.call(1000, 'read', reading), { message: /that was begun here/ });
});

stage('nothing is lost while processes are replaced', async (t, { open, log }) => {
  // A second passes in 20 ms: a process is old enough to be replaced after a fifth of a second.
  const clock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() * 50 };
  const vectors = await open({ clock, maxProcessBytes: 1, newsMs: 50, maxBytes: 2 ** 21 });
  let at = 0;
  await until(async () => {
    vectors.add(`n${at % 3}`, [entry(`e${at}`, at, { meta: { text: 'm'.repeat(2000) } })]);
    if (at % 10 === 9) vectors.remove(`n${at % 3}`, [`e${at}`]);
    at += 1;
    await vectors.search(`n${at % 2}`, make.entry(at % 50), 3);
    if (at % 3 === 0) await vectors.flush();
    return vectors.stats().process!.replaced >= 3;
  });
  await vectors.close();
  t.match(vectors.stats(), { lost: 0, waiting: 0 });
  t.strictSame(log.lines, []);
  const again = await open({ coldMs: 20_000 });
  for (const name of ['n0', 'n1', 'n2']) await again.search(name, make.entry(1), 1);
  await until(() => again.stats().entries >= at - Math.floor(at / 10));
  t.equal(again.stats().entries, at - Math.floor(at / 10));
});

t.test('signals for a whole service do not end it before the gateway has', { skip: noSignals }, async (t) => {
  const lance = open(t, systemClock);
  await lance.call(10_000, 'open');
  const { pid } = lance;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid!, signal);
  await lance.call(10_000, 'open');
  t.equal(lance.pid, pid);
});

t.test('its environment has what an object store needs, and nothing else of the gateway', async (t) => {
  const { env } = process;
  const before = { ...env };
  t.teardown(() => {
    for (const name of ['AWS_REGION', 'OPENAI_API_KEY']) {
      if (before[name] === undefined) delete env[name];
      else env[name] = before[name];
    }
  });
  Object.assign(env, { AWS_REGION: 'eu-west-1', OPENAI_API_KEY: 'secret' });
  const local = lanceEnv('/var/lib/sluice/vectors');
  t.equal(local['AWS_REGION'], undefined);
  t.equal(local['OPENAI_API_KEY'], undefined);
  t.equal(local['MALLOC_ARENA_MAX'], '2');
  const remote = lanceEnv('s3://bucket/folder');
  t.equal(remote['AWS_REGION'], 'eu-west-1');
  t.equal(remote['OPENAI_API_KEY'], undefined);
});
