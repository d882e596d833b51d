import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { stage } from '../../core/console/policies/journal.ts';
import { createGateway } from '../../core/gateway.ts';
import { silentLog } from '../../core/services/silent-log.ts';
import { type AnswerJson, consoleGateway, master } from './_console.ts';

/** A guard that refuses requests of one tenant. */
const guard = (code: string, tenant = 'default') => `import { deny, onRequest, policy, tenant } from 'sluice';
export const p = policy('p', { kind: 'guard' }, onRequest('closed', tenant('${tenant}'), deny(403, '${code}')));
`;
const cases = (code: string) => `- name: refuses
  given: { tenant: { id: default } }
  expect: { deny: { code: ${code} } }
`;
const files = { '10-p.policy.ts': guard('one'), '10-p.policy.test.yaml': cases('one') };
const draftOf = (more: Readonly<Record<string, string>>) =>
  Object.entries({ ...files, ...more }).map(([name, text]) => ({ name, text }));

t.test('an activated draft serves and is the folder’s content', async (t) => {
  const { get, post, chat, folder } = await consoleGateway(t, { files });
  await writeFile(join(folder, 'README.md'), 'mine');
  const base = (await get('/policies')).json.version;
  const draft = draftOf({
    '10-p.policy.ts': guard('two'),
    '10-p.policy.test.yaml': cases('two'),
    '20-q.policy.ts': guard('never', 'x').replaceAll("'p'", "'q'"),
  });
  const checked = (await post('/policies/check', { files: draft })).json.version;
  const done = await post('/policies/activate', { files: draft, base_version: base });
  t.strictSame([done.status, done.json.version], [200, checked]);
  t.equal((await chat()).json.error.code, 'two');
  t.strictSame((await readdir(folder)).sort(), [
    '10-p.policy.test.yaml',
    '10-p.policy.ts',
    '20-q.policy.ts',
    'README.md',
  ]);
  t.equal(await readFile(join(folder, '10-p.policy.ts'), 'utf8'), guard('two'));
  const after = (await get('/policies')).json;
  t.strictSame([after.version, after.folder_version], [checked, checked]);
  t.strictSame(
    after.versions.map(({ version, active }) => [version, active]),
    [
      [checked, true],
      [base, false],
    ],
  );

  const back = await post('/policies/rollback', { version: base });
  t.equal(back.json.version, base);
  t.equal((await chat()).json.error.code, 'one');
  t.strictSame((await get('/policies')).json.folder_version, checked, 'the files stay');
  t.equal((await post('/policies/rollback', { version: 'nothing' })).status, 404);
  const again = await post('/policies/activate', { files: draftOf({}), base_version: base });
  t.strictSame([again.status, again.json.version], [200, base]);
  t.equal(await readFile(join(folder, '10-p.policy.ts'), 'utf8'), guard('one'));
});

t.test('of two activations at once one wins, and the other is told', async (t) => {
  const { get, post, chat, folder } = await consoleGateway(t, { files });
  const base = (await get('/policies')).json.version;
  const activate = (code: string) =>
    post('/policies/activate', {
      files: draftOf({ '10-p.policy.ts': guard(code), '10-p.policy.test.yaml': cases(code) }),
      base_version: base,
    });
  const both = await Promise.all([activate('left'), activate('right')]);
  t.strictSame(both.map(({ status }) => status).sort(), [200, 409]);
  const winner = both[0]!.status === 200 ? 'left' : 'right';
  t.match(both.find(({ status }) => status === 409)?.json, {
    error: { code: 'version_conflict', param: 'base_version' },
  });
  t.equal((await chat()).json.error.code, winner);
  t.equal(await readFile(join(folder, '10-p.policy.ts'), 'utf8'), guard(winner));
});

t.test('a draft that is wrong or fails its tests changes nothing', async (t) => {
  const { get, post, chat, folder } = await consoleGateway(t, { files });
  const before = (await get('/policies')).json;
  const drafts: Readonly<Record<string, string>>[] = [
    { '10-p.policy.ts': guard('two') },
    { '10-p.policy.ts': 'x y' },
    { '20.yaml': 'plugin: nobody' },
  ];
  for (const more of drafts) {
    const answer = await post('/policies/activate', { files: draftOf(more), base_version: before.version });
    t.equal(answer.status, 422);
    t.match(answer.json, { error: { code: 'policy_invalid' }, problems: Array, tests: Object });
  }
  t.strictSame((await get('/policies')).json, before);
  t.strictSame((await readdir(folder)).sort(), Object.keys(files).sort());
  t.equal((await chat()).json.error.code, 'one');
});

t.test('what others wrote to the folder and is not in use is not written over', async (t) => {
  const { gateway, get, post, folder } = await consoleGateway(t, { files });
  const base = (await get('/policies')).json.version;
  await writeFile(join(folder, '10-p.policy.ts'), 'a broken draft of somebody else');
  await gateway.reload();
  const answer = await post('/policies/activate', { files: draftOf({}), base_version: base });
  t.match([answer.status, answer.json.error.code], [409, 'version_conflict']);
  t.match((await get('/policies')).json, {
    problems: [{ file: '10-p.policy.ts' }],
    files: [{ text: guard('one') }],
  });
});

t.test('a folder that is none, or made of links, is read-only', async (t) => {
  const memory = await consoleGateway(t, { files, inMemory: true });
  const base = (await memory.get('/policies')).json;
  t.match(base, { read_only: true });
  const refused = await memory.post('/policies/activate', { files: draftOf({}), base_version: base.version });
  t.match([refused.status, refused.json.error.code], [409, 'read_only']);
  t.match((await memory.post('/policies/check', { files: draftOf({}) })).json, { ok: true });

  const mounted = await consoleGateway(t);
  await mkdir(join(mounted.folder, '..data'));
  await writeFile(join(mounted.folder, '..data/10-p.policy.ts'), guard('one'));
  await symlink('..data/10-p.policy.ts', join(mounted.folder, '10-p.policy.ts'));
  await mounted.gateway.reload();
  t.match((await mounted.get('/policies')).json, { read_only: true, files: [{ name: '10-p.policy.ts' }] });
});

t.test('tests in TypeScript and subfolders stay as they are and are never run', async (t) => {
  const script = 'throw new Error("this test was run");\n';
  const { gateway, get, post, folder } = await consoleGateway(t, {
    files: { ...files, 'x.policy.test.ts': script },
  });
  await mkdir(join(folder, 'prompts'));
  await writeFile(join(folder, 'prompts/hello.md'), 'Hello');
  const draft = draftOf({ '10-p.policy.ts': guard('two'), '10-p.policy.test.yaml': cases('two') });
  const { version } = gateway.program;
  const early = await post('/policies/activate', { files: draft, base_version: version });
  t.match(
    [early.status, early.json.error.code],
    [409, 'version_conflict'],
    'what was saved meanwhile comes first',
  );
  t.not(gateway.program.version, version);
  const { json } = await get('/policies');
  const { other_files: others } = json as never as { other_files: string[] };
  t.strictSame(others, ['x.policy.test.ts', 'prompts/hello.md']);
  t.match((await post('/policies/check', { files: draft })).json, { ok: true });
  t.equal((await post('/policies/activate', { files: draft, base_version: json.version })).status, 200);
  t.equal(await readFile(join(folder, 'x.policy.test.ts'), 'utf8'), script);
  t.equal(await readFile(join(folder, 'prompts/hello.md'), 'utf8'), 'Hello');
});

t.test('a gateway that starts after a crash finishes what was begun before it loads', async (t) => {
  const { folder } = await consoleGateway(t, { files });
  const writes = [
    { name: '10-p.policy.ts', text: guard('two') },
    { name: '10-p.policy.test.yaml', text: cases('two') },
  ];
  await stage(folder, { writes, removes: [] }, Date.now());
  const place = join(folder, '.sluice-activation');
  await rename(join(place, 'journal.tmp'), join(place, 'journal.json'));
  // Killed after the first of two files: together the folder does not pass its own tests.
  await rename(join(place, '10-p.policy.ts'), join(folder, '10-p.policy.ts'));
  const next = await createGateway({
    config: { name: 'gateway.yaml', text: `auth: { master_key: ${master} }\n` },
    policies: folder,
    env: {},
    services: { log: silentLog },
  });
  t.teardown(() => next.close());
  t.equal(await readFile(join(folder, '10-p.policy.test.yaml'), 'utf8'), cases('two'));
  t.notOk((await readdir(folder)).includes('.sluice-activation'));
  const answer = await next.request(
    new Request('http://x/playground/api/policies', { headers: { authorization: `Bearer ${master}` } }),
  );
  t.match((await answer.json()) as AnswerJson, { problems: [], files: [{ text: guard('two') }] });
});
