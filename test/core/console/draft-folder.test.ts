import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { changesOf, draftFolder, isEditable } from '../../../core/console/policies/draft-folder.ts';
import { PolicyFolder } from '../../../core/console/policies/policy-folder.ts';
import { readPosted } from '../../../core/console/policies/posted-files.ts';
import { readFolder } from '../../../core/program/folder.ts';
import { memoryFolder } from '../../../core/program/memory-folder.ts';

async function write(folder: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

t.test('a draft has the version that the folder has once it is written', async () => {
  const own = fc.constantFrom(
    '10-a.yaml',
    '10-a.policy.ts',
    'prompts-x.yaml',
    'Z.yaml',
    '20.policy.test.yaml',
  );
  const other = fc.constantFrom('prompts/a.md', 'prompts/sub/b.txt', 'prompts-2/x', 'a.policy.test.ts');
  const text = fc.constantFrom('', 'x', 'é', 'line\nline\n');
  const files = (name: fc.Arbitrary<string>) => fc.dictionary(name, text, { noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(files(own), files(own), files(other), async (before, after, rest) => {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-draft-test-'));
      const written = await mkdtemp(join(tmpdir(), 'sluice-draft-test-'));
      const bytes = { 'prompts/bytes.bin': Buffer.from([0xff, 0xfe, 0]) };
      try {
        await write(folder, { ...before, ...rest, ...bytes, 'README.md': 'x' });
        await write(written, { ...after, ...rest, ...bytes });
        const base = await readFolder(folder);
        const posted = readPosted(Object.entries(after).map(([name, text]) => ({ name, text })));
        const draft = await draftFolder(base, posted);
        const read = await readFolder(written);
        assert.deepEqual(draft.files, read.files);
        assert.equal(draft.version, read.version);
        assert.deepEqual(draft.problems, read.problems);
      } finally {
        await rm(folder, { recursive: true });
        await rm(written, { recursive: true });
      }
    }),
    { numRuns: 15 },
  );
});

t.test('what a draft changes is named file by file', async (t) => {
  const base = memoryFolder({ 'a.yaml': '1', 'b.yaml': '2', 'p/x.md': '3', 'c.policy.test.ts': '4' });
  t.strictSame(
    base.files.map((file) => [file.name, isEditable(file)]),
    [
      ['a.yaml', true],
      ['b.yaml', true],
      ['c.policy.test.ts', false],
      ['p/x.md', false],
    ],
  );
  const draft = await draftFolder(base, [
    { name: 'b.yaml', text: '22' },
    { name: 'd.yaml', text: '5' },
  ]);
  t.strictSame(changesOf(base, draft), [
    { file: 'a.yaml', kind: 'removed' },
    { file: 'b.yaml', kind: 'changed' },
    { file: 'd.yaml', kind: 'added' },
  ]);
  t.strictSame(changesOf(base, base), []);
});

t.test('only names of files that the loader takes, directly in the folder, are taken', async (t) => {
  const refused = (files: unknown, pattern: RegExp, status = 400) => {
    try {
      readPosted(files as never);
      t.fail(`taken: ${JSON.stringify(files).slice(0, 80)}`);
    } catch (error) {
      t.match(error, { status, message: pattern }, pattern.source);
    }
  };
  t.strictSame(readPosted([]), []);
  const one = (name: unknown, text: unknown = '') => [{ name, text }];
  refused(undefined, /a list/);
  refused({}, /a list/);
  refused(['x'], /name, text/);
  refused(one(1), /expected a text/);
  refused(one('a.yaml', 1), /in Unicode/);
  refused(one('a.yaml', '\ud800'), /in Unicode/);
  for (const name of [
    '../a.yaml',
    'a/b.yaml',
    'a\\b.yaml',
    '/a.yaml',
    '.a.yaml',
    '.sluice-activation',
    'a\0.yaml',
  ]) {
    refused(one(name), /directly in the folder/);
  }
  refused(one('a\n.yaml'), /directly in the folder/);
  refused(one('’.yaml'), /directly in the folder/);
  refused(one(`${'a'.repeat(200)}.yaml`), /directly in the folder/);
  refused(one('README.md'), /not part of a program/);
  refused(one('gateway.yaml'), /not part of a program/);
  refused(one('x.exe'), /not understood/);
  refused(one('x.policy.test.ts'), /program of its own/);
  refused([...one('a.yaml'), ...one('A.yaml')], /twice/);
  refused(one('a.yaml', 'é'.repeat(600_000)), /bytes/, 413);
  refused(
    Array.from({ length: 501 }, (_, index) => ({ name: `${index}.yaml`, text: '' })),
    /at most 500/,
  );
});

t.test('a folder is read-only without the right to write, as links, or where it is none', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-folder-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await write(folder, { 'a.yaml': '1', '..data/b.yaml': '2' });
  const own = new PolicyFolder(folder);
  t.equal(await own.isReadOnly(await own.read()), false);
  await symlink(join(folder, '..data/b.yaml'), join(folder, 'b.yaml'));
  t.equal(await own.isReadOnly(await own.read()), true, 'a link is somebody else’s');
  t.equal(await new PolicyFolder({}).isReadOnly(), true, 'no folder');
  t.equal(await new PolicyFolder(join(folder, 'gone')).isReadOnly(), true);
});
