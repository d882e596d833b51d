/**
 * What `npm ci` runs: builds the web app where its tools and its sources are there. An installation of only what serves
 * (`--omit=dev`) has no Vite; nothing is built then, and the gateway serves a page that says how to.
 * JavaScript, since such an installation may run on a Node that does not read TypeScript.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const vite = `${root}node_modules/vite/bin/vite.js`;
const readsTypeScript = Number(process.versions.node.split('.')[0]) >= 24;

if (readsTypeScript && existsSync(vite) && existsSync(`${root}playground/index.html`)) {
  for (const args of [
    [vite, 'build', 'playground', '--logLevel', 'warn'],
    ['playground/scripts/compress.ts'],
  ]) {
    const flags = ['--disable-warning=ExperimentalWarning'];
    const { status } = spawnSync(process.execPath, [...flags, ...args], { cwd: root, stdio: 'inherit' });
    if (status !== 0) process.exit(status ?? 1);
  }
}
