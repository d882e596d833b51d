import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { stampFolder, watchFolder } from '../../../core/program/watch.ts';
import { systemClock } from '../../../core/services/clock.ts';
import { folderWith, HandClock, settle } from './fixtures.ts';

function setup(changed: () => Promise<unknown> = async () => undefined) {
  const clock = new HandClock();
  const folder = { stamp: 'one', notify: () => {}, ended: false };
  let calls = 0;
  const stop = watchFolder({
    folder: 'policies',
    clock,
    changed: () => {
      calls += 1;
      return changed();
    },
    notify: (_folder, notify) => {
      folder.notify = notify;
      return () => {
        folder.ended = true;
      };
    },
    stamp: async () => {
      if (folder.stamp === 'gone') throw new Error('gone');
      return folder.stamp;
    },
  });
  return { clock, folder, stop, calls: () => calls };
}

t.test('several notices in a row are one change, told when it is quiet', async (t) => {
  const { clock, folder, calls } = setup();
  await settle();
  folder.notify();
  await clock.advance(40);
  folder.notify();
  await clock.advance(40);
  t.equal(calls(), 0);
  await clock.advance(10);
  t.equal(calls(), 1);
  await clock.advance(5000);
  t.equal(calls(), 1);
});

t.test('a change that the system does not report is found by looking', async (t) => {
  const { clock, folder, calls } = setup();
  await settle();
  await clock.advance(500);
  t.equal(calls(), 0);
  folder.stamp = 'two';
  await clock.advance(500);
  await clock.advance(50);
  t.equal(calls(), 1);
  await clock.advance(500);
  await clock.advance(50);
  t.equal(calls(), 1);
});

t.test('a change during a reload is told after it', async (t) => {
  const gate = Promise.withResolvers<void>();
  const { clock, folder, calls } = setup(() => gate.promise);
  await settle();
  folder.notify();
  await clock.advance(50);
  folder.notify();
  await clock.advance(50);
  folder.stamp = 'two';
  await clock.advance(500);
  await clock.advance(50);
  t.equal(calls(), 1);
  gate.resolve();
  await settle();
  await clock.advance(50);
  t.equal(calls(), 2);
});

t.test('a folder that vanishes is told once, and again when it is back', async (t) => {
  const { clock, folder, calls } = setup();
  await settle();
  folder.stamp = 'gone';
  for (let turn = 0; turn < 4; turn++) {
    await clock.advance(500);
    await clock.advance(50);
  }
  t.equal(calls(), 1);
  folder.stamp = 'one';
  await clock.advance(500);
  await clock.advance(50);
  t.equal(calls(), 2);
});

t.test('a reload that fails does not end the watch', async (t) => {
  const { clock, folder, calls } = setup(async () => {
    throw new Error('no');
  });
  await settle();
  for (const expected of [1, 2]) {
    folder.notify();
    await clock.advance(50);
    t.equal(calls(), expected);
  }
});

t.test('after its end nothing is told and no timer is left', async (t) => {
  const { clock, folder, stop, calls } = setup();
  await settle();
  folder.notify();
  stop();
  await clock.advance(1000);
  folder.notify();
  await clock.advance(1000);
  t.equal(calls(), 0);
  t.equal(folder.ended, true);
  t.equal(clock.waiting, 0);
});

t.test('a file written to a real folder is told', async (t) => {
  const folder = await folderWith(t, { 'a.yaml': 'plugin: x' });
  const told = Promise.withResolvers<void>();
  const changed = async () => told.resolve();
  const stop = watchFolder({ folder, clock: systemClock, changed });
  t.teardown(stop);
  // The clock does not keep the process alive; this does until the change is told.
  const alive = setInterval(() => undefined, 1000);
  t.teardown(() => clearInterval(alive));
  await stampFolder(folder);
  await writeFile(join(folder, 'b.yaml'), 'plugin: y');
  await told.promise;
  t.pass('told');
});

t.test('the stamp differs for new, changed and removed files, in folders too', async (t) => {
  const folder = await folderWith(t, { 'a.yaml': '1', 'p/b.txt': '2' });
  const stamps = [await stampFolder(folder)];
  t.equal(await stampFolder(folder), stamps[0]);
  await writeFile(join(folder, 'p', 'b.txt'), '22');
  stamps.push(await stampFolder(folder));
  await writeFile(join(folder, 'c.yaml'), '');
  stamps.push(await stampFolder(folder));
  await rm(join(folder, 'p', 'b.txt'));
  stamps.push(await stampFolder(folder));
  t.equal(new Set(stamps).size, stamps.length);
});
