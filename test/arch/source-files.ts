import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** One TypeScript file of the product and what it imports. */
export interface SourceFile {
  /** From the root of the checkout, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  /** Imports of our own files, from the root; type-only ones apart. */
  readonly imports: readonly string[];
  readonly typeImports: readonly string[];
  /** Imports by bare name. */
  readonly packages: readonly string[];
}

const importPattern = /^(import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const dynamicPattern = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

/** All product files of a folder, such as `core`. */
export function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => read(relative(root, join(entry.parentPath, entry.name))));
}

function read(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  const imports: string[] = [];
  const typeImports: string[] = [];
  const packages: string[] = [];
  const note = (specifier: string, typeOnly: boolean) => {
    if (!specifier.startsWith('.')) packages.push(specifier);
    else (typeOnly ? typeImports : imports).push(normalize(join(dirname(path), specifier)));
  };
  for (const match of text.matchAll(importPattern)) note(match[3]!, match[2] !== undefined);
  for (const match of text.matchAll(dynamicPattern)) note(match[1]!, false);
  return { path, text, lines: text.split('\n').length - 1, imports, typeImports, packages };
}
