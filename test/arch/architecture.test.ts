import t from 'tap';
import { type SourceFile, sourceFiles } from './source-files.ts';

const sdk = sourceFiles('sdk');
const core = sourceFiles('core');
const plugins = sourceFiles('plugins');
const all = [...sdk, ...core, ...plugins];

function offenders(
  files: readonly SourceFile[],
  allowed: (target: string, file: SourceFile) => boolean,
): string[] {
  return files.flatMap((file) =>
    [...file.imports, ...file.typeImports]
      .filter((target) => !allowed(target, file))
      .map((target) => `${file.path} imports ${target}`),
  );
}

t.test('the sdk imports nothing of ours', async (t) => {
  t.strictSame(
    offenders(sdk, (target) => target.startsWith('sdk/')),
    [],
  );
});

t.test('plugins import the sdk and their own folder only', async (t) => {
  t.strictSame(
    offenders(plugins, (target, file) => {
      const folder = file.path.split('/').slice(0, file.path.startsWith('plugins/providers/') ? 3 : 2);
      return target.startsWith('sdk/') || target.startsWith(`${folder.join('/')}/`);
    }),
    [],
  );
});

t.test('the core names plugins in the composition root only', async (t) => {
  t.strictSame(
    offenders(core, (target, file) => !target.startsWith('plugins/') || file.path === 'core/gateway.ts'),
    [],
  );
});

t.test('no file imports itself through others', async (t) => {
  const graph = new Map(all.map((file) => [file.path, file.imports]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      cycles.push([...trail.slice(start), path].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  t.strictSame(cycles, []);
});

t.test('no file is longer than 300 lines, and most are under 200', async (t) => {
  t.strictSame(
    all.filter((file) => file.lines > 300).map((file) => `${file.path}: ${file.lines}`),
    [],
  );
  t.ok(all.filter((file) => file.lines > 200).length < all.length / 5);
});

t.test('time, randomness and the environment come as services', async (t) => {
  const ambient = /\bDate\.now\(|\bMath\.random\(|\bprocess\.env\b/;
  const free = ['core/services/', 'core/config/', 'core/cli/', 'core/sandbox/guest/'];
  t.strictSame(
    all
      .filter((file) => !free.some((folder) => file.path.startsWith(folder)))
      .filter((file) =>
        file.text.split('\n').some((line) => ambient.test(line) && !/^\s*(\/?\*|\/\/)/.test(line)),
      )
      .map((file) => file.path),
    [],
  );
});

t.test('what the playground will share has no node: import', async (t) => {
  const byPath = new Map(all.map((file) => [file.path, file]));
  const shared = ['core/policy/interpreter.ts', 'core/policy/explain.ts', 'core/sandbox/instance.ts'];
  const seen = new Set<string>();
  const reach = (path: string) => {
    const file = byPath.get(path);
    if (file === undefined || seen.has(path)) return;
    seen.add(path);
    for (const target of file.imports) reach(target);
  };
  for (const path of shared) {
    t.ok(byPath.has(path), `${path} is there`);
    reach(path);
  }
  t.strictSame(
    [...seen].flatMap((path) =>
      byPath
        .get(path)!
        .packages.filter((name) => name.startsWith('node:'))
        .map((name) => `${path} imports ${name}`),
    ),
    [],
  );
});
