import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { abandon, commit, FolderBusy, finish, stage } from '../../../core/console/policies/journal.ts';
import { PolicyFolder } from '../../../core/console/policies/policy-folder.ts';
import { ProblemsError } from '../../../core/problem.ts';

const stageName = '.sluice-activation';
type Files = Readonly<Record<string, string>>;

async function folderOf(files: Files): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-journal-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

async function contents(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of (await readdir(folder)).sort()) {
    if (name !== stageName) found[name] = await readFile(join(folder, name), 'utf8');
  }
  return found;
}

function writesOf(before: Files, after: Files) {
  return {
    writes: Object.entries(after)
      .filter(([name, text]) => before[name] !== text)
      .map(([name, text]) => ({ name, text })),
    removes: Object.keys(before).filter((name) => !(name in after)),
  };
}

const before = { '10-a.yaml': 'plugin: a\n', '20-b.yaml': 'plugin: b\n', '30-c.policy.ts': 'c' };
const after = { '10-a.yaml': 'plugin: a\n', '20-b.yaml': 'plugin: b2\n', '40-d.policy.ts': 'd' };

t.test('what is staged is beside the folder; committed, it is the folder', async (t) => {
  const folder = await folderOf(before);
  t.teardown(() => rm(folder, { recursive: true }));
  await stage(folder, writesOf(before, after), Date.now());
  t.strictSame(await contents(folder), before);
  await commit(folder);
  t.strictSame(await contents(folder), after);
  t.strictSame((await readdir(folder)).includes(stageName), false, 'nothing is left over');
});

t.test('what was abandoned leaves no trace, and what was committed is not abandoned', async (t) => {
  const folder = await folderOf(before);
  t.teardown(() => rm(folder, { recursive: true }));
  await stage(folder, writesOf(before, after), Date.now());
  await abandon(folder);
  t.strictSame(await contents(folder), before);
  t.notOk((await readdir(folder)).includes(stageName));
  await stage(folder, writesOf(before, after), Date.now());
  await rename(join(folder, stageName, 'journal.tmp'), join(folder, stageName, 'journal.json'));
  await abandon(folder);
  await finish(folder);
  t.strictSame(await contents(folder), after);
});

t.test('killed between any two steps, the next reader finds the old folder or the new one', async () => {
  const name = fc.constantFrom('10-a.yaml', '20-b.yaml', '30-c.policy.ts', '40-d.policy.test.yaml');
  const files = fc.dictionary(name, fc.constantFrom('x', 'y', 'z'), { noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(files, files, fc.nat(10), async (old, next, steps) => {
      const folder = await folderOf(old);
      try {
        const writes = writesOf(old, next);
        await stage(folder, writes, Date.now());
        const place = join(folder, stageName);
        // The steps of a commit, cut off after some of them.
        const all = [
          () => rename(join(place, 'journal.tmp'), join(place, 'journal.json')),
          ...writes.writes.map((file) => () => rename(join(place, file.name), join(folder, file.name))),
          ...writes.removes.map((file) => () => unlink(join(folder, file))),
          () => unlink(join(place, 'journal.json')),
        ];
        for (const step of all.slice(0, steps)) await step();
        const snapshot = await new PolicyFolder(folder).read();
        const expected = steps === 0 ? old : next;
        assert.deepEqual(Object.fromEntries(snapshot.files.map((one) => [one.name, one.text])), expected);
        assert.deepEqual(await contents(folder), expected);
      } finally {
        await rm(folder, { recursive: true });
      }
    }),
    { numRuns: 20 },
  );
});

t.test('two processes may finish the same commit at once', async (t) => {
  const folder = await folderOf(before);
  t.teardown(() => rm(folder, { recursive: true }));
  await stage(folder, writesOf(before, after), Date.now());
  await rename(join(folder, stageName, 'journal.tmp'), join(folder, stageName, 'journal.json'));
  await Promise.all([finish(folder), finish(folder), finish(folder)]);
  t.strictSame(await contents(folder), after);
});

t.test('a stage of somebody else is left alone for a minute, and then is nobody’s', async (t) => {
  const folder = await folderOf(before);
  t.teardown(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, stageName));
  await t.rejects(stage(folder, writesOf(before, after), Date.now()), FolderBusy);
  const old = new Date(Date.now() - 120_000);
  await utimes(join(folder, stageName), old, old);
  await stage(folder, writesOf(before, after), Date.now());
  await commit(folder);
  t.strictSame(await contents(folder), after);
});

t.test('a journal that leads out of the folder is refused, and the folder is not loaded', async (t) => {
  const folder = await folderOf(before);
  t.teardown(() => rm(folder, { recursive: true }));
  for (const name of ['../evil.yaml', '..\\evil.yaml', '/etc/passwd', 'sub/x.yaml', 'evil.exe']) {
    await mkdir(join(folder, stageName), { recursive: true });
    await writeFile(join(folder, stageName, 'journal.json'), JSON.stringify({ writes: [], removes: [name] }));
    await t.rejects(finish(folder), /no file of a program/, name);
    await t.rejects(new PolicyFolder(folder).read(), ProblemsError);
  }
});
