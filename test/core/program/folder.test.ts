import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { formatProblem, ProblemsError } from '../../../core/problem.ts';
import { classify } from '../../../core/program/file-kind.ts';
import { readFolder } from '../../../core/program/folder.ts';
import { folderWith } from './fixtures.ts';

t.test('files are read in byte order, by kind, and what is no program is left out', async (t) => {
  const folder = await folderWith(t, {
    'b.yaml': 'plugin: x',
    'B.yml': 'plugin: y',
    '10-a.policy.ts': 'a',
    '9-z.policy.js': 'z',
    '10-a.policy.test.yaml': 't',
    'é.yaml': 'e',
    'README.md': 'read me',
    README: 'read me',
    '.hidden': 'no',
    'types.d.ts': 'no',
    'gateway.yaml': 'no',
    'examples/e.policy.ts': 'no',
    'prompts/b/two.txt': '2',
    'prompts/one.md': '1',
  });
  const { files, problems } = await readFolder(folder);
  t.strictSame(problems, []);
  t.strictSame(
    files.map(({ name, kind, text }) => [name, kind, text]),
    [
      ['10-a.policy.test.yaml', 'test', 't'],
      ['10-a.policy.ts', 'policy', 'a'],
      ['9-z.policy.js', 'policy', 'z'],
      ['B.yml', 'plugin', 'plugin: y'],
      ['b.yaml', 'plugin', 'plugin: x'],
      ['é.yaml', 'plugin', 'e'],
      ['prompts/b/two.txt', 'asset', '2'],
      ['prompts/one.md', 'asset', '1'],
    ],
  );
});

t.test('the version changes with every name and content that matters and with nothing else', async (t) => {
  const folder = await folderWith(t, { 'a.yaml': 'plugin: x', 'prompts/p.txt': 'one', 'README.md': 'r' });
  const version = async () => (await readFolder(folder)).version;
  const seen = [await version()];
  t.match(seen[0], /^[0-9a-f]{12}$/);
  await writeFile(join(folder, 'README.md'), 'changed');
  await mkdir(join(folder, 'examples'));
  await writeFile(join(folder, 'examples', 'x.yaml'), 'new');
  await writeFile(join(folder, '.swp'), 'new');
  t.equal(await version(), seen[0]);
  await writeFile(join(folder, 'prompts', 'p.txt'), 'two');
  seen.push(await version());
  await writeFile(join(folder, 'a.yaml'), 'plugin: y');
  seen.push(await version());
  await rename(join(folder, 'a.yaml'), join(folder, 'b.yaml'));
  seen.push(await version());
  await writeFile(join(folder, 'b.policy.test.yaml'), '');
  seen.push(await version());
  t.equal(new Set(seen).size, seen.length);
});

t.test('bytes cannot move between names and contents without changing the version', async (t) => {
  const one = await readFolder(await folderWith(t, { 'a.yaml': 'xb.yaml', 'c.yaml': '' }));
  const two = await readFolder(await folderWith(t, { 'a.yaml': 'x', 'b.yaml': '', 'c.yaml': '' }));
  t.not(one.version, two.version);
});

t.test('a file that is not understood is a problem that names the nearest known form', async (t) => {
  const folder = await folderWith(t, {
    'a.policy.ts': '',
    'b.ts': '',
    'c.ymal': '',
    'd.policy.yaml': '',
    'e.test.yaml': '',
    'notes.txt': '',
    'f.spec.ts': '',
  });
  const { problems } = await readFolder(folder);
  t.strictSame(problems.map(formatProblem), [
    'b.ts: error: "b.ts" is not understood here; did you mean "b.policy.ts"?',
    'c.ymal: error: "c.ymal" is not understood here; did you mean "c.yaml"?',
    'd.policy.yaml: error: "d.policy.yaml" is not understood here; policies are scripts (NAME.policy.ts), settings of a plugin are NAME.yaml',
    'e.test.yaml: error: "e.test.yaml" is not understood here; did you mean "e.policy.test.yaml"?',
    'f.spec.ts: error: "f.spec.ts" is not understood here; did you mean "f.policy.test.ts"?',
    'notes.txt: error: "notes.txt" is not understood here; expected NAME.policy.ts, NAME.policy.test.yaml or NAME.yaml (a folder may hold other files)',
  ]);
});

t.test('too large, too many and unreadable files are problems', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 502 }, (_, index) => [`p/${index}.txt`, 'x']));
  const folder = await folderWith(t, {
    ...many,
    'big.yaml': 'x'.repeat(1_048_577),
    'latin.yaml': Buffer.from([0x70, 0xe9]),
  });
  await symlink(join(folder, 'nowhere'), join(folder, 'dangling.yaml'));
  await symlink(folder, join(folder, 'loop'));
  const problems = (await readFolder(folder)).problems.map(formatProblem);
  t.match(problems[0], /^big.yaml: error: expected at most 1048576 bytes; came 1048577$/);
  t.match(problems[1], /^dangling.yaml: error: the file does not exist$/);
  t.match(problems[2], /^latin.yaml: error: expected text in UTF-8; came other bytes$/);
  t.ok(problems.some((problem) => problem.includes('expected at most 500 files')));
});

t.test('links are followed, since mounted volumes are made of them', async (t) => {
  const folder = await folderWith(t, { '..data/a.yaml': 'plugin: x' });
  await symlink(join('..data', 'a.yaml'), join(folder, 'a.yaml'));
  const { files } = await readFolder(folder);
  t.strictSame(files, [{ name: 'a.yaml', kind: 'plugin', text: 'plugin: x' }]);
});

t.test('a folder that is not there is an error that says what to do', async (t) => {
  const folder = join(await folderWith(t, {}), 'nope');
  await t.rejects(
    readFolder(folder),
    new ProblemsError([
      {
        file: folder,
        line: 0,
        column: 0,
        severity: 'error',
        message: 'the policies folder does not exist; make it, or name another with --policies',
      },
    ]),
  );
});

t.test('a bare ending is no name', (t) => {
  t.match(classify('policy.ts'), { problem: /did you mean/ });
  t.match(classify('.policy.ts'), { kind: 'ignored' });
  t.end();
});
