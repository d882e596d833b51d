import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { joinPrelude, preludeParts } from './prelude-join.ts';

/** JavaScript of the guest module `sluice`, for the sandbox's module loader. Read once, at start-up. */
export function preludeSource(): string {
  // From a checkout this file is TypeScript and so are its neighbours; in dist/ all of them are JavaScript.
  const isTypeScript = import.meta.url.endsWith('.ts');
  return joinPrelude(
    preludeParts.map((part) => {
      const file = new URL(`./guest/${part}.${isTypeScript ? 'ts' : 'js'}`, import.meta.url);
      const text = readFileSync(file, 'utf8');
      return isTypeScript ? stripTypeScriptTypes(text) : text;
    }),
  );
}
