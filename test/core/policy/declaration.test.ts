import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { policyDeclaration } from '../../../core/policy/declaration.ts';
import { leafKinds } from '../../../core/policy/leaves/table.ts';
import { preludeSource } from '../../../core/policy/prelude-source.ts';

const root = new URL('../../../', import.meta.url);

t.test('policies/sluice.d.ts is what the declaration says', async (t) => {
  t.equal(await readFile(new URL('policies/sluice.d.ts', root), 'utf8'), policyDeclaration());
});

t.test('the declaration has every name that the guest module exports, and no other', async (t) => {
  const exported = [...preludeSource().matchAll(/^export (?:function|const) (\w+)/gm)].map(
    ([, name]) => name!,
  );
  const declared = [...policyDeclaration().matchAll(/^ {2}export (?:function|const) (\w+)/gm)].map(
    ([, name]) => name!,
  );
  t.same(declared.toSorted(), exported.toSorted());
});

t.test('every predicate that the host knows is a word of the declaration', async (t) => {
  const text = policyDeclaration();
  for (const name of leafKinds.keys()) {
    for (const part of name.split('.')) t.match(text, new RegExp(`\\b${part}\\b`), name);
  }
});

t.test('with the configured names a mistyped target does not compile', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-types-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'sluice.d.ts'), policyDeclaration({ targets: ['mini', 'it\'s/a "name"'] }));
  await writeFile(
    join(folder, 'a.policy.ts'),
    "import { policy, route, use } from 'sluice';\npolicy('p', { kind: 'shape' },\n  route('a', true, use('mini')),\n  route('b', true, use('minni')));\n",
  );
  // The compiler's own binary: its JavaScript wrapper does not start below tap's loaders.
  const wrapper = new URL('node_modules/typescript/lib/getExePath.js', root).href;
  const { default: compilerPath } = (await import(wrapper)) as { default: () => string };
  const args = [
    '--noEmit',
    '--strict',
    '--types',
    '',
    '--module',
    'nodenext',
    '--target',
    'esnext',
    'sluice.d.ts',
    'a.policy.ts',
  ];
  const { stdout } = await promisify(execFile)(compilerPath(), args, { cwd: folder }).then(
    () => ({ stdout: 'no error' }),
    (error: unknown) => error as { stdout: string },
  );
  t.match(stdout, /^a\.policy\.ts\(4,24\): error TS2345: .*"minni"/);
  t.equal(
    stdout
      .trim()
      .split('\n')
      .filter((line) => line.includes('error')).length,
    1,
  );
});
