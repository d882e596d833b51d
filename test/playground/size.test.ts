import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import t from 'tap';

const dist = fileURLToPath(new URL('../../playground/dist/', import.meta.url));
const manifestFile = `${dist}manifest.json`;
const mostBytes = 250_000;

interface Entry {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}

type Manifest = Readonly<Record<string, Entry>>;

/** Every file that is there before something can be seen: the shell's, the screen's, and what both import. */
function filesOf(manifest: Manifest, names: readonly string[]): Set<string> {
  const files = new Set<string>();
  const visit = (name: string) => {
    const { file, imports = [], css = [] } = manifest[name]!;
    if (files.has(file)) return;
    files.add(file);
    for (const sheet of css) files.add(sheet);
    imports.forEach(visit);
  };
  names.forEach(visit);
  return files;
}

t.test('the first load of every screen is below 250 kB, compressed', async (t) => {
  if (!existsSync(manifestFile)) {
    t.comment('not built: npm run build:playground');
    return;
  }
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as Manifest;
  const screens = Object.keys(manifest).filter((name) =>
    /^src\/(?:console\/\w+|playground)\/screen\.tsx$/.test(name),
  );
  t.equal(screens.length, 7, 'the manifest has every screen');
  for (const screen of screens) {
    const files = filesOf(manifest, ['index.html', screen]);
    const bytes = [...files].reduce(
      (sum, file) => sum + gzipSync(readFileSync(dist + file), { level: 9 }).length,
      0,
    );
    t.ok(bytes < mostBytes, `${screen}: ${(bytes / 1000).toFixed(1)} kB`);
  }
});

t.test('the page has no script and no style of its own, and asks no other host', async (t) => {
  if (!existsSync(`${dist}index.html`)) {
    t.comment('not built: npm run build:playground');
    return;
  }
  const html = readFileSync(`${dist}index.html`, 'utf8');
  t.notMatch(html, /<style|style=|<script(?![^>]*\bsrc=)|\bon[a-z]+=|https?:/);
});
