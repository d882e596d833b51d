import t from 'tap';
import { compilePolicy } from '../../../core/policy/compile.ts';
import { imports, problemsOf } from './_policy.ts';
import { inProcessSandbox } from './_sandbox.ts';

t.test('a syntax error is reported with its line and column', async (t) => {
  t.match(
    await problemsOf('const a = 1;\nconst b: = 2;\n'),
    /^test\.policy\.ts:2:10: error: the file is not valid TypeScript .*Unexpected token/,
  );
});

t.test('syntax that types cannot simply be removed from is refused', async (t) => {
  t.match(
    await problemsOf('\n  enum X { A }\n'),
    /^test\.policy\.ts:2:3: error: .*TypeScript enum is not supported/,
  );
});

t.test('an error while the file is evaluated has its line', async (t) => {
  t.match(
    await problemsOf(`${imports}\nconst x: { y: number } = null as never;\nx.y;`),
    /^test\.policy\.ts:4:\d+: error: Cannot read properties of null/,
  );
});

t.test('types are removed without moving anything', async (t) => {
  t.match(
    await problemsOf(
      `${imports}interface A {\n  b: string;\n}\nconst c = (d: A): string => d.b;\npolicy(c({ b: 'p' }), { kind: 'shape' },\n  onRequest('r', true, deny(1, 'x')));`,
    ),
    /^test\.policy\.ts:7:3: error: rule "r": deny\(\) status/,
  );
});

t.test('JavaScript is taken as it is', async (t) => {
  const text =
    "import { policy, onRequest, tag } from 'sluice';\npolicy('p', { kind: 'shape' }, onRequest('r', true, tag({ a: 'b' })));";
  t.ok(
    (await compilePolicy({ file: 'a.policy.js', text, typescript: false }, { sandbox: inProcessSandbox() }))
      .ok,
  );
});

t.test('the key changes with the text and with the file', async (t) => {
  const text =
    "import { policy, onRequest, tag } from 'sluice';\npolicy('p', { kind: 'shape' }, onRequest('r', true, tag({ a: 'b' })));";
  const keyOf = async (file: string, source: string) => {
    const result = await compilePolicy(
      { file, text: source, typescript: true },
      { sandbox: inProcessSandbox() },
    );
    return result.ok ? result.key : '';
  };
  t.equal(await keyOf('a.policy.ts', text), await keyOf('a.policy.ts', text));
  t.not(await keyOf('a.policy.ts', text), await keyOf('b.policy.ts', text));
  t.not(await keyOf('a.policy.ts', text), await keyOf('a.policy.ts', `${text}\n`));
});

t.test('limits that a policy asks for are those it runs under', async (t) => {
  const sandbox = inProcessSandbox();
  const loads: unknown[] = [];
  const spy = {
    ...sandbox,
    load(module: Parameters<typeof sandbox.load>[0]) {
      loads.push(module.limits);
      return sandbox.load(module);
    },
  };
  const text = `${imports}policy('p', { kind: 'shape', limits: { ms: 20, heapMb: 32 } }, onRequest('r', fn('f', () => true), tag({ a: 'b' })));`;
  const result = await compilePolicy({ file: 'a.policy.ts', text, typescript: true }, { sandbox: spy });
  t.same(loads, [undefined, { ms: 20, heapMb: 32 }]);
  t.equal(sandbox.released.length, 1);
  t.match(result, { ok: true, key: /\+limits$/ });
});

t.test('a file with problems leaves nothing in the sandbox', async (t) => {
  const sandbox = inProcessSandbox();
  const text = `${imports}policy('p', { kind: 'shape' }, onRequest('r', true, deny(1, 'x')));`;
  t.notOk((await compilePolicy({ file: 'a.policy.ts', text, typescript: true }, { sandbox })).ok);
  t.equal(sandbox.released.length, 1);
});

t.test('what a file logs while it loads is kept', async (t) => {
  const text = `${imports}log('hello', { a: 1 });\npolicy('p', { kind: 'shape' }, onRequest('r', true, tag({ a: 'b' })));`;
  const result = await compilePolicy(
    { file: 'a.policy.ts', text, typescript: true },
    { sandbox: inProcessSandbox() },
  );
  t.match(result, { logs: [{ level: 'info', text: 'hello {"a":1}' }] });
});
