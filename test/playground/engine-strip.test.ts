import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { stripTypes as nodeStrip } from '../../core/policy/strip.ts';
import { stripTypes } from '../../playground/src/engine/strip.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

function policyFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(folder, name));
}

/** Without comments and spaces at line ends: where a whole declaration goes, the two leave different ones. */
function trimmed(source: string): string[] {
  return source.split('\n').map((line) => (/^\s*(?:\/\*\*|\*|\/\/)/.test(line) ? '' : line.trimEnd()));
}

t.test(
  'every policy and all of the guest code is stripped as the gateway does, column by column',
  async (t) => {
    const files = [...policyFiles('policies'), ...policyFiles('core/policy/guest')];
    t.ok(files.length > 8);
    for (const file of files) {
      const text = readFileSync(join(root, file), 'utf8');
      const mine = stripTypes(file, text);
      const nodes = nodeStrip(file, text);
      if (!mine.ok || !nodes.ok) {
        t.fail(`${file} is stripped by both`);
        continue;
      }
      t.strictSame(trimmed(mine.source), trimmed(nodes.source), file);
    }
  },
);

t.test('types of all kinds leave their columns behind', async (t) => {
  for (const text of [
    "const a: string = 'a b';\n",
    "const f = (c: { x: number }, d?: string): boolean => c.x > 1 && d! === 'x: y';\n",
    "import { type Ctx, deny } from 'sluice';\nexport const x = deny as unknown as (n: number) => void;\n",
    'interface Lane {\n  readonly name: string;\n}\nconst lanes: readonly Lane[] = [];\n',
    "type T = 'a' | 'b';\nfunction g<K extends T>(k: K, list: [x: K, y: K]): K { return list[0] ?? k; }\n",
    'const re = /a: b/g; const t: number = 1;\n',
    'export const y = { a: 1, b: [1, 2] } satisfies Record<string, unknown>;\n',
  ]) {
    const mine = stripTypes('a.ts', text);
    const nodes = nodeStrip('a.ts', text);
    t.strictSame(mine.ok && trimmed(mine.source), nodes.ok && trimmed(nodes.source), text);
  }
});

t.test('what is not valid says where', async (t) => {
  t.match(stripTypes('a.ts', 'const a = ;\n'), {
    ok: false,
    problem: { file: 'a.ts', line: 1, severity: 'error', message: /not valid TypeScript/ },
  });
  for (const text of [
    'enum A { a }\n',
    'export const enum A { a }\n',
    '\nnamespace N { export const a = 1 }\n',
  ]) {
    const mine = stripTypes('a.ts', text);
    const nodes = nodeStrip('a.ts', text);
    t.notOk(mine.ok || nodes.ok, text);
    t.equal(!mine.ok && mine.problem.line, !nodes.ok && nodes.problem.line, text);
  }
});
