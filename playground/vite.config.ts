import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { engineAliases } from './src/engine/stand-ins/aliases.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** React's own names lead to Preact: radix-ui is written for them. */
const react = [
  { find: /^react\/jsx-(dev-)?runtime$/, replacement: 'preact/jsx-runtime' },
  { find: /^react-dom\/client$/, replacement: 'preact/compat/client' },
  { find: /^react(-dom)?$/, replacement: 'preact/compat' },
  // The original writes a <style> element, which the Content-Security-Policy of the app forbids.
  { find: /^react-remove-scroll$/, replacement: here('src/stand-ins/remove-scroll.tsx') },
];

/** Where `npm run dev:playground` finds a gateway. */
const gateway = process.env['SLUICE_URL'] ?? 'http://127.0.0.1:4000';
const proxied = ['/playground/api', '/v1', '/key', '/cost', '/spend', '/cache', '/policies', '/health'];

export default defineConfig({
  root: here('.'),
  base: '/playground/',
  resolve: { alias: [...react, ...engineAliases], dedupe: ['preact'] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: here('dist'),
    emptyOutDir: true,
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // A data: address in CSS or HTML is one more thing for the Content-Security-Policy to allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // What each screen needs, for the test of their sizes.
    manifest: 'manifest.json',
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      output: {
        // Every screen's file is called screen.tsx; its folder says which.
        chunkFileNames: ({ name, facadeModuleId }) =>
          `assets/${name === 'screen' ? basename(dirname(facadeModuleId ?? name)) : '[name]'}-[hash].js`,
      },
      onLog(level, log, handle) {
        // Every file of radix-ui begins with "use client", which means nothing here.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
      },
    },
  },
  worker: { format: 'es' },
  server: {
    proxy: Object.fromEntries(proxied.map((path) => [`^${path}(/|$|\\?)`, { target: gateway }])),
  },
});
