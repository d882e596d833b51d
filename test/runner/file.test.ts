import { relative, resolve } from 'node:path';
import t, { type Test } from 'tap';
import { batchesOf, batchOf } from './batches.ts';
import { type FileResult, runBatch } from './file.ts';
import { failureText } from './report.ts';

const root = resolve(import.meta.dirname, '../..');
const head = "import t from 'tap';\n";
const passes = `${head}t.test('holds', async (t) => t.ok(true));\n`;

/** Runs these files in one process. */
async function run(t: Test, files: Readonly<Record<string, string>>, timeoutMs = 120_000) {
  const folder = t.testdir({ ...files });
  const names = new Map(Object.keys(files).map((name) => [relative(root, resolve(folder, name)), name]));
  const results: FileResult[] = [];
  const report = (result: FileResult) => void results.push(result);
  const limits = { timeoutMs, tapTimeoutS: 120 };
  const left = await runBatch(root, batchOf(root, [...names.keys()]), report, limits);
  return {
    left: left.map((file) => names.get(file)),
    results: results.map((one) => ({ ...one, file: names.get(one.file) ?? one.file })),
    text: results.map(failureText).join(''),
  };
}

t.test('of files in one process each has its own result, and a failure its whole story', async (t) => {
  const { results, text, left } = await run(t, {
    'a.test.ts': `${passes}t.test('is left out', { skip: 'no reason' }, async () => {});\n`,
    'b.test.ts': `${head}t.test('outer', async (t) => {
  console.log('said by b');
  await t.test('inner', async (t) => t.equal(1, 2, 'one is two'));
});
t.test('other', async (t) => t.ok(true));\n`,
    'c.test.ts': passes,
    'd.test.ts': '',
  });
  t.match(results, [
    { file: 'a.test.ts', ok: true, passed: 1, failed: 0, skipped: ['is left out: no reason'] },
    { file: 'b.test.ts', ok: false, passed: 1, failed: 1, batch: { files: { length: 1 } } },
    { file: 'c.test.ts', ok: true, passed: 1, failed: 0 },
    { file: 'd.test.ts', ok: false, end: 'no test ran' },
  ]);
  t.match(results[1]!.failures, [
    { name: 'outer > inner > one is two', details: { diff: /-1\n\+2|-2\n\+1/ } },
  ]);
  t.match(text, /FAIL \S+b\.test\.ts\n {2}not ok: outer > inner > one is two[\s\S]*said by b/);
  t.same(left, []);
});

t.test('files in one process find it as each would alone', async (t) => {
  const own = `import { existsSync, writeFileSync } from 'node:fs';
${head}const state = globalThis as unknown as { undone?: string[] };
`;
  const { results, text } = await run(t, {
    'a.test.ts': `${own}t.teardown(() => (state.undone = ['last']));
t.teardown(async () => writeFileSync(t.testdirName + '.done', ''));
t.test('has a folder', async (t) => writeFileSync(t.testdir() + '/file', ''));\n`,
    'b.test.ts': `${own}t.test('has a folder', async (t) => {
  t.strictSame(state.undone, ['last'], 'what a left was cleared away before');
  t.notOk(existsSync(t.testdir() + '/file'));
  t.match(t.testdirName, /b\\.test\\.ts-has-a-folder$/);
});\n`,
  });
  t.match(results, [{ ok: true }, { ok: true }], text);
});

t.test('a crash is named with its file, and what stands behind it is left over', async (t) => {
  for (const [crash, end] of [
    ["t.test('ends', async () => process.exit(7));", /^exit code \d/],
    ["t.test('ends', async () => process.kill(process.pid, 'SIGKILL'));", /^ended by SIGKILL/],
    ["throw new Error('at the top of b');", /exit code/],
  ] as const) {
    const files = { 'a.test.ts': passes, 'b.test.ts': `${head}${crash}\n`, 'c.test.ts': passes };
    const { results, left } = await run(t, files);
    t.match(results, [
      { file: 'a.test.ts', ok: true },
      { file: 'b.test.ts', ok: false, end },
    ]);
    t.equal(results.length, 2);
    t.same(left, ['c.test.ts']);
  }
});

t.test('a process that hangs is ended and named, in a test or behind the last one', async (t) => {
  const hangs = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);\n';
  const within = await run(t, { 'a.test.ts': hangs, 'b.test.ts': passes }, 300);
  t.match(within.results, [{ file: 'a.test.ts', ok: false, end: 'ended by SIGKILL (limit: 0.3 s)' }]);
  t.same(within.left, ['b.test.ts']);

  const dies = `${passes}process.once('exit', () => { process.exitCode = 9; });\n`;
  const behind = await run(t, { 'a.test.ts': dies, 'b.test.ts': passes });
  t.match(behind.results, [
    { ok: true },
    { ok: true },
    { ok: false, end: /exit code 9, after the tests of/ },
  ]);
  t.equal(behind.results[2]!.batch.files.length, 2, 'both are tried again');
});

t.test('files that start processes or have hooks for all tests are not put with others', async (t) => {
  const files = ['test/arch/lockfile.test.ts', 'test/arch/errors-doc.test.ts', 'test/clients/openai.test.ts'];
  const alone = ['test/flow/workers.test.ts', 'test/deploy/demo.test.ts'];
  const names = batchesOf(root, [...files, ...alone]).map((batch) => batch.files);
  t.ok(names.some((batch) => batch.length === 2));
  for (const file of [...alone, 'test/clients/openai.test.ts'])
    t.ok(names.some((batch) => batch.join() === file));
});
