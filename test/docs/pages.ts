import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** The text of a page, by its path from the root of the checkout. */
export function page(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Paths of the Markdown files of a folder and the folders in it, from the root. */
export function pagesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** A fenced block of code. */
export interface Block {
  /** `README.md:12`. */
  readonly at: string;
  readonly language: string;
  readonly text: string;
  /** What a first line `// NAME` or `# NAME` calls the file, where there is one. */
  readonly file: string | null;
}

/** The fenced blocks of a page, in order; those of list items without their indentation. */
export function blocksOf(path: string): Block[] {
  const text = page(path);
  return [...text.matchAll(/^( *)```(\w+)\n([\s\S]*?)^\1```$/gm)].map((match) => {
    const own = match[3]!.replaceAll(new RegExp(`^${match[1]}`, 'gm'), '');
    return {
      at: `${path}:${text.slice(0, match.index).split('\n').length}`,
      language: match[2]!,
      text: own,
      file: /^(?:\/\/|#) ([\w./-]+\.(?:ts|yaml))\n/.exec(own)?.[1] ?? null,
    };
  });
}

/** The part of a page below a heading, up to the next one of the same depth or a higher one. */
export function section(text: string, heading: string): string {
  const depth = /^#+/.exec(heading)![0].length;
  const start = text.indexOf(`\n${heading}\n`);
  if (start < 0) throw new Error(`there is no heading "${heading}"`);
  const body = text.slice(start + heading.length + 2);
  const end = body.search(new RegExp(`^#{1,${depth}} `, 'm'));
  return end < 0 ? body : body.slice(0, end);
}

/** The rows of the tables of a text whose first column is headed by one of `heads`; cells without their margins. */
export function rowsOf(text: string, ...heads: readonly string[]): string[][] {
  const rows: string[][] = [];
  let wanted = false;
  let previous: string[] | null = null;
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) {
      previous = null;
      wanted = false;
      continue;
    }
    const cells = line
      .slice(1, line.lastIndexOf('|'))
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim());
    if (/^-+$/.test(cells[0]!)) wanted = previous !== null && heads.includes(previous[0]!);
    else if (wanted) rows.push(cells);
    previous = cells;
  }
  return rows;
}
