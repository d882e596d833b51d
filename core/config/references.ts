import { dirname, resolve } from 'node:path';
import type { Json } from '../../sdk/json.ts';
import type { Problem } from '../problem.ts';
import { nearest } from '../text/nearest.ts';
import type { YamlDocument } from '../yaml/document.ts';
import { type Path, pathKey, showPath } from '../yaml/place.ts';

/** The environment, as `process.env` is. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a text file; rejects with the usual `code` (`ENOENT`, …) where it cannot. */
export type ReadText = (path: string) => Promise<string>;

export interface ReferenceOptions {
  readonly document: Pick<YamlDocument, 'file' | 'position'>;
  readonly env: Environment;
  readonly readFile: ReadText;
  /** Folder that `${file:PATH}` starts from: the configuration's own. */
  readonly folder: string;
}

/** The values with every reference replaced. */
export interface Resolved {
  readonly value: Json;
  readonly problems: readonly Problem[];
  /** True where a text was made from references. */
  isReference(path: Path): boolean;
  /** The text as it was written, for messages: what a reference stands for is not to be seen. */
  written(path: Path): string | undefined;
}

const reference = /\$?\$\{([^{}\r\n]*)(\}?)/g;
const maxSecretChars = 65_536;

/**
 * Replaces `${NAME}` by the environment's variable and `${file:PATH}` by a file's text (without the line ends that
 * editors add), anywhere in texts, several in one if need be. `$${` stands for `${` itself. What is missing or
 * empty is a problem that names it; the value then keeps its reference.
 */
export async function resolveReferences(value: Json, options: ReferenceOptions): Promise<Resolved> {
  const { document, env, readFile, folder } = options;
  const problems: Problem[] = [];
  const made = new Map<string, string>();

  function complain(path: Path, message: string): void {
    problems.push({
      file: document.file,
      ...document.position(path),
      severity: 'error',
      message: `${showPath(path)}: ${message}`,
    });
  }

  function variable(name: string, path: Path): string | undefined {
    const found = Object.hasOwn(env, name) ? env[name] : undefined;
    if (found) return found;
    const near = found === undefined ? nearest(name, Object.keys(env)) : undefined;
    const what = found === undefined ? 'is not set' : 'is empty';
    complain(path, `environment variable ${name} ${what}; ${near ? `did you mean ${near}?` : 'set it'}`);
    return undefined;
  }

  async function secretFile(name: string, path: Path): Promise<string | undefined> {
    try {
      const text = (await readFile(resolve(folder, name))).replace(/[\r\n]+$/, '');
      if (text !== '' && text.length <= maxSecretChars) return text;
      complain(path, `file ${name} is ${text === '' ? 'empty' : `longer than ${maxSecretChars} characters`}`);
    } catch (error) {
      complain(path, `file ${name} ${whyUnreadable(error)}`);
    }
    return undefined;
  }

  async function resolveOne(match: RegExpExecArray, path: Path): Promise<string | undefined> {
    const [whole, name = '', end] = match;
    if (whole.startsWith('$${')) return whole.slice(1);
    if (end === '') complain(path, `"${whole}" has no closing brace; expected \${NAME} or \${file:PATH}`);
    else if (/^[A-Za-z_]\w*$/.test(name)) return variable(name, path);
    else if (name.startsWith('file:') && name.length > 5) return await secretFile(name.slice(5).trim(), path);
    else complain(path, `"${whole}" is not understood; expected \${NAME} or \${file:PATH}`);
    return undefined;
  }

  async function text(written: string, path: Path): Promise<string> {
    let result = '';
    let end = 0;
    let referred = false;
    for (const match of written.matchAll(reference)) {
      const replacement = await resolveOne(match, path);
      result += written.slice(end, match.index) + (replacement ?? match[0]);
      end = match.index + match[0].length;
      referred ||= !match[0].startsWith('$${');
    }
    if (referred) made.set(pathKey(path), written);
    return result + written.slice(end);
  }

  async function walk(node: Json, path: Path): Promise<Json> {
    if (typeof node === 'string') return node.includes('${') ? await text(node, path) : node;
    if (Array.isArray(node)) {
      const list: Json[] = [];
      for (const [index, item] of node.entries()) list.push(await walk(item, [...path, index]));
      return list;
    }
    if (typeof node !== 'object' || node === null) return node;
    const object: Record<string, Json> = {};
    for (const [key, item] of Object.entries(node)) object[key] = await walk(item as Json, [...path, key]);
    return object;
  }

  return {
    value: await walk(value, []),
    problems,
    isReference: (path) => made.has(pathKey(path)),
    written: (path) => made.get(pathKey(path)),
  };
}

/** Why a file could not be read, in words. */
export function whyUnreadable(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EACCES') return 'may not be read; check its permissions';
  if (code === 'EISDIR') return 'is a folder; expected a file';
  return `cannot be read (${typeof code === 'string' ? code : String(error)})`;
}

/** Folder of a configuration file, which relative paths in it start from. */
export function folderOf(file: string | null): string {
  return file === null ? resolve('.') : dirname(resolve(file));
}
