import { fileURLToPath } from 'node:url';

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/**
 * For the bundler: what the gateway's code imports from Node, and what the page has in its place. Nothing else of Node is
 * there; a test holds the engine's imports to this list.
 */
export const nodeStandIns: Readonly<Record<string, string>> = {
  'node:buffer': here('buffer.ts'),
  'node:crypto': here('crypto.ts'),
  'node:util': here('util.ts'),
  'node:string_decoder': here('string-decoder.ts'),
};

/** The same as Vite's `resolve.alias`, with the schema checker that makes no code. */
export const engineAliases = [
  ...Object.entries(nodeStandIns).map(([name, replacement]) => ({
    find: new RegExp(`^${name}$`),
    replacement,
  })),
  { find: /^\.\/ajv\.ts$/, replacement: here('ajv.ts') },
];
