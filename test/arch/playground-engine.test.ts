import t from 'tap';
import { nodeStandIns } from '../../playground/src/engine/stand-ins/aliases.ts';
import { type SourceFile, sourceFiles } from './source-files.ts';

const byPath = new Map(
  ['sdk', 'core', 'plugins', 'playground/src'].flatMap(sourceFiles).map((file) => [file.path, file]),
);

/** Everything that comes with a file, itself included. */
function reach(path: string, seen = new Map<string, SourceFile>()): Map<string, SourceFile> {
  const file = byPath.get(path);
  if (file === undefined || seen.has(path)) return seen;
  seen.set(path, file);
  for (const target of file.imports) reach(target, seen);
  return seen;
}

const engine = reach('playground/src/engine/engine.ts');

function nodeImports(files: Iterable<SourceFile>): string[] {
  return [...files].flatMap(({ path, packages }) =>
    packages.filter((name) => name.startsWith('node:')).map((name) => `${path} imports ${name}`),
  );
}

t.test("the page's engine reaches the gateway's own pipeline, language and sandbox", async (t) => {
  for (const path of [
    'core/server/ingress.ts',
    'core/pipeline/pipeline.ts',
    'core/policy/interpreter.ts',
    'core/policy-test/run-case.ts',
    'core/sandbox/instance.ts',
    'core/program/policy-files.ts',
  ]) {
    t.ok(engine.has(path), path);
  }
});

t.test('the language and the sandbox that it shares import nothing of Node', async (t) => {
  const shared = [...engine.values()].filter(({ path }) =>
    /^core\/(?:policy|sandbox|policy-test)\//.test(path),
  );
  t.ok(shared.length > 50);
  t.strictSame(nodeImports(shared), []);
});

t.test('the rest imports only what the page has a stand-in for', async (t) => {
  t.strictSame(
    nodeImports(engine.values()).filter(
      (text) => !Object.keys(nodeStandIns).some((name) => text.endsWith(` ${name}`)),
    ),
    [],
  );
});

t.test('no gateway starts in a page: no store, no network, no threads, no logger of its own', async (t) => {
  const forbidden =
    /^core\/(?:stores|upstream\/http|runtime|embedders|cli|sandbox\/(?:pool|crew|thread|worker))/;
  t.strictSame(
    [...engine.keys()].filter((path) => forbidden.test(path)),
    [],
  );
  t.notOk(
    [...engine.values()].some(({ packages }) => packages.includes('pino') || packages.includes('undici')),
  );
});

t.test('the page writes text, never markup', async (t) => {
  const markup =
    /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(|new Function/;
  const page = [...byPath.values()].filter(({ path }) => path.startsWith('playground/src/'));
  t.strictSame(
    page.filter(({ text }) => markup.test(text)).map(({ path }) => path),
    [],
  );
});

t.test('no file of the authoring screen is longer than 300 lines', async (t) => {
  const own = [...byPath.values()].filter(({ path }) =>
    /^playground\/src\/(?:engine|language|playground)\//.test(path),
  );
  t.ok(own.length > 20);
  t.strictSame(
    own.filter(({ lines }) => lines > 300).map(({ path }) => path),
    [],
  );
});
