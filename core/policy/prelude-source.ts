import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';

/** JavaScript of the guest module `sluice`, for the sandbox's module loader. Read once, at start-up. */
export function preludeSource(): string {
  // From a checkout this file is TypeScript and so is its neighbour; in dist/ both are JavaScript.
  const isTypeScript = import.meta.url.endsWith('.ts');
  const file = new URL(`./guest/prelude.${isTypeScript ? 'ts' : 'js'}`, import.meta.url);
  const text = readFileSync(file, 'utf8');
  return isTypeScript ? stripTypeScriptTypes(text) : text;
}
