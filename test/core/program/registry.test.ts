import t from 'tap';
import { type Problem, ProblemsError } from '../../../core/problem.ts';
import type { FolderSnapshot } from '../../../core/program/folder.ts';
import { createPrograms, type ProgramsDeps } from '../../../core/program/registry.ts';
import { silentLog } from '../../../core/services/log.ts';
import { HandClock, program, settle, snapshot, step } from './fixtures.ts';

const problem: Problem = { file: 'a.yaml', line: 2, column: 1, severity: 'error', message: 'broken' };

/** Programs of a folder whose version the test sets; `open` lists the loaded programs that were not closed. */
function setup(more: Partial<ProgramsDeps> = {}) {
  const clock = new HandClock();
  const folder = { version: 'v1' };
  const open: string[] = [];
  const loads: string[] = [];
  const deps: ProgramsDeps = {
    clock,
    log: silentLog,
    read: async () => snapshot({}, folder.version),
    load: async ({ version }) => {
      if (version.startsWith('bad')) throw new ProblemsError([{ ...problem, message: version }]);
      loads.push(version);
      open.push(version);
      const close = () => void open.splice(open.indexOf(version), 1);
      return program(version, [step('a', { close })]);
    },
    ...more,
  };
  return { clock, folder, open, loads, programs: createPrograms(deps) };
}

t.test('no request gets in before a program is loaded', async (t) => {
  const { programs } = setup();
  t.throws(() => programs.acquire(), /no program is in use/);
  t.strictSame(programs.status, {
    version: null,
    loadedAtMs: null,
    lastError: null,
    lastAttemptAtMs: null,
    versions: [],
  });
  t.strictSame(await programs.reload(), { ok: true, version: 'v1', changed: true });
  t.equal(programs.acquire().program.version, 'v1');
});

t.test(
  'a request keeps the program it started with, and the old one closes after its last request',
  async (t) => {
    const { programs, folder, open } = setup();
    await programs.reload();
    const first = programs.acquire();
    const second = programs.acquire();
    folder.version = 'v2';
    await programs.reload();
    t.equal(first.program.version, 'v1');
    t.equal(programs.acquire().program.version, 'v2');
    t.strictSame(open, ['v1', 'v2']);
    first.release();
    first.release();
    await settle();
    t.strictSame(open, ['v1', 'v2'], 'a second release of one request is not the release of another');
    second.release();
    await settle();
    t.strictSame(open, ['v2']);
  },
);

t.test('a program that no request uses closes at the swap', async (t) => {
  const { programs, folder, open } = setup();
  await programs.reload();
  folder.version = 'v2';
  await programs.reload();
  await settle();
  t.strictSame(open, ['v2']);
});

t.test('a broken change keeps the last good program and says what is wrong', async (t) => {
  const { programs, folder, clock } = setup();
  await programs.reload();
  await clock.advance(5000);
  folder.version = 'bad1';
  const expected = [{ ...problem, message: 'bad1' }];
  t.strictSame(await programs.reload(), { ok: false, problems: expected });
  t.match(programs.status, {
    version: 'v1',
    lastError: expected,
    lastAttemptAtMs: 1_005_000,
    versions: ['v1'],
  });
  folder.version = 'v1';
  t.strictSame(await programs.reload(), { ok: true, version: 'v1', changed: false });
  t.equal(programs.status.lastError, null);
});

t.test('an unchanged folder is not loaded again unless it is forced', async (t) => {
  const { programs, loads, open } = setup();
  await programs.reload();
  await programs.reload();
  t.strictSame(loads, ['v1']);
  t.match(await programs.reload({ force: true }), { changed: true });
  await settle();
  t.strictSame(loads, ['v1', 'v1']);
  t.strictSame(open, ['v1']);
});

t.test('an unreadable folder is a failed change', async (t) => {
  const { programs } = setup({
    read: async () => {
      throw new Error('disk on fire');
    },
  });
  t.match(await programs.reload(), { ok: false, problems: [{ message: 'Error: disk on fire' }] });
  t.equal(programs.current, null);
});

t.test('a program that does not pass its tests never serves and is closed', async (t) => {
  let verdict: readonly Problem[] = [];
  const seen: string[] = [];
  const { programs, folder, open } = setup({
    verify: async (candidate) => {
      seen.push(candidate.version);
      if (candidate.version === 'v3') throw new Error('test runner fell over');
      return verdict;
    },
  });
  verdict = [{ ...problem, severity: 'warning' }];
  t.match(await programs.reload(), { ok: true });
  verdict = [problem];
  folder.version = 'v2';
  t.strictSame(await programs.reload(), { ok: false, problems: [problem] });
  folder.version = 'v3';
  t.match(await programs.reload(), { ok: false, problems: [{ message: 'Error: test runner fell over' }] });
  await settle();
  t.strictSame(seen, ['v1', 'v2', 'v3']);
  t.strictSame(open, ['v1']);
  t.strictSame(programs.status.versions, ['v1']);
});

t.test('rollback goes one version back, or to one of the last ten', async (t) => {
  const { programs, folder, open } = setup();
  t.match(await programs.rollback(), {
    ok: false,
    problems: [{ message: 'there is no version before this one' }],
  });
  for (let version = 1; version <= 12; version++) {
    folder.version = `v${version}`;
    await programs.reload();
  }
  t.equal(programs.status.versions.length, 10);
  t.strictSame(await programs.rollback(), { ok: true, version: 'v11', changed: true });
  t.strictSame(await programs.rollback(), { ok: true, version: 'v10', changed: true });
  t.strictSame(await programs.rollback('v3'), { ok: true, version: 'v3', changed: true });
  t.match(await programs.rollback(), {
    ok: false,
    problems: [{ message: 'there is no version before this one' }],
  });
  t.match(await programs.rollback('v1'), {
    ok: false,
    problems: [{ message: /no version "v1" to go back to/ }],
  });
  t.equal(programs.current?.version, 'v3');
  await settle();
  t.strictSame(open, ['v3']);
  t.match(await programs.reload(), { version: 'v12', changed: true }, 'a reload goes forward again');
});

t.test('changes run one after another and each sees what was written before it was asked for', async (t) => {
  const reads: string[] = [];
  const gate = Promise.withResolvers<void>();
  const folder = { version: 'v1' };
  const { programs } = setup({
    read: async (): Promise<FolderSnapshot> => {
      reads.push(folder.version);
      const read = snapshot({}, folder.version);
      if (reads.length === 1) await gate.promise;
      return read;
    },
  });
  const first = programs.reload();
  await settle();
  folder.version = 'v2';
  const second = programs.reload();
  await settle();
  t.strictSame(reads, ['v1']);
  gate.resolve();
  t.match(await first, { version: 'v1' });
  t.match(await second, { version: 'v2' });
});

t.test('close waits for the last request and then every program is closed', async (t) => {
  const { programs, folder, open } = setup();
  await programs.reload();
  const old = programs.acquire();
  folder.version = 'v2';
  await programs.reload();
  const now = programs.acquire();
  let done = false;
  const closing = programs.close().then(() => {
    done = true;
  });
  t.throws(() => programs.acquire());
  now.release();
  await settle();
  t.equal(done, false);
  t.strictSame(open, ['v1']);
  old.release();
  await closing;
  t.strictSame(open, []);
  await programs.close();
});

t.test('a step that fails to close does not keep the others open', async (t) => {
  const closed: string[] = [];
  const { programs } = setup({
    load: async () =>
      program('v1', [
        step('a', { close: () => void closed.push('a') }),
        step('b', {
          close: async () => {
            throw new Error('stuck');
          },
        }),
        step('c', { close: () => void closed.push('c') }),
      ]),
  });
  await programs.reload();
  await programs.close();
  t.strictSame(closed, ['c', 'a']);
});
