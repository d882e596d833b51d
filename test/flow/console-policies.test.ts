import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { consoleGateway } from './_console.ts';

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

t.test('the program in use is shown with its files, its cases and what cannot be changed here', async (t) => {
  const { get, folder } = await consoleGateway(t, { files: { ...files, 'README.md': 'x' } });
  await mkdir(join(folder, 'prompts'));
  await writeFile(join(folder, 'prompts/hello.md'), 'Hello');
  const { json } = await get('/policies');
  t.match(json, {
    version: /^[0-9a-f]{12}$/,
    read_only: false,
    problems: [],
    files: [{ name: '10-p.policy.ts', text: guard('one') }],
    case_files: [{ name: '10-p.policy.test.yaml' }],
    table: [{ order: 1, file: '10-p.policy.ts', hooks: ['onRequest'] }],
    versions: [{ active: true, files: 2 }],
  });
  t.not(json.folder_version, json.version, 'the folder was changed, and nobody watches it here');
});

t.test('a check says what sluice check and sluice test say, and changes nothing', async (t) => {
  const { get, post, chat } = await consoleGateway(t, { files });
  const before = (await get('/policies')).json;
  const good = (
    await post('/policies/check', {
      files: draftOf({ '10-p.policy.ts': guard('two'), '10-p.policy.test.yaml': cases('two') }),
    })
  ).json;
  t.match(good, {
    ok: true,
    version: /^[0-9a-f]{12}$/,
    problems: [],
    table: [{ file: '10-p.policy.ts' }],
    tests: {
      passed: 1,
      failed: 0,
      skipped: 0,
      results: [{ file: '10-p.policy.test.yaml', name: 'refuses', ok: true, diff: [] }],
    },
    changes: [
      { file: '10-p.policy.test.yaml', kind: 'changed' },
      { file: '10-p.policy.ts', kind: 'changed' },
    ],
  });
  t.not(good.version, before.version);
  t.match((await post('/policies/check', { files: draftOf({ '10-p.policy.ts': guard('two') }) })).json, {
    ok: false,
    tests: { passed: 0, failed: 1, results: [{ ok: false, diff: [/one/] }] },
  });
  t.match((await post('/policies/check', { files: draftOf({ '10-p.policy.ts': 'export const =' }) })).json, {
    ok: false,
    table: [],
    problems: [{ file: '10-p.policy.ts', line: 1, severity: 'error' }],
  });
  t.match((await post('/policies/check', { files: draftOf({ '20.yaml': 'plugin: nobody\n' }) })).json, {
    ok: false,
    problems: [{ file: '20.yaml' }],
  });
  t.match((await post('/policies/check', { files: [] })).json, {
    ok: true,
    changes: [{ kind: 'removed' }, { kind: 'removed' }],
  });
  t.strictSame((await get('/policies')).json, before);
  t.equal((await chat()).json.error.code, 'one');
});

t.test('code of a draft that never ends is stopped', async (t) => {
  const { post, chat } = await consoleGateway(t, { files });
  const answer = await post('/policies/check', { files: draftOf({ '20-loop.policy.ts': 'for (;;) {}\n' }) });
  t.match(answer.json, { ok: false, problems: [{ file: '20-loop.policy.ts' }] });
  t.equal((await chat()).status, 403, 'requests go on');
});

t.test('bodies are held to what they must be', async (t) => {
  const { post } = await consoleGateway(t, { files });
  for (const path of ['/policies/check', '/policies/activate', '/policies/impact', '/run']) {
    t.equal((await post(path, '[]')).status, 400, path);
    t.equal((await post(path, '{')).status, 400, path);
    t.equal((await post(path, {})).status, 400, path);
    t.equal(
      (
        await post(path, {
          files: [{ name: '../x.yaml', text: '' }],
          base_version: 'x',
          api: '/v1/chat/completions',
          body: {},
        })
      ).status,
      400,
      path,
    );
  }
});
