import { dirname, resolve } from 'node:path';
import type { Json } from '../../sdk/json.ts';
import type { Problem } from '../problem.ts';
import { type Environment, envSource } from '../secrets/env-source.ts';
import { fileSource, type ReadText } from '../secrets/file-source.ts';
import { SecretError, type SecretScheme } from '../secrets/source.ts';
import type { YamlDocument } from '../yaml/document.ts';
import { type Path, pathKey, showPath } from '../yaml/place.ts';

export { type ReadText, whyUnreadable } from '../secrets/file-source.ts';
export type { Environment };

export interface ReferenceOptions {
  readonly document: Pick<YamlDocument, 'file' | 'position'>;
  readonly env: Environment;
  readonly readFile: ReadText;
  /** Folder that `${file:PATH}` starts from: the configuration's own. */
  readonly folder: string;
  /** Reads them where their changes are watched. Without it variables and files are read once, and no Vault. */
  readonly secrets?: { read(scheme: SecretScheme, name: string): Promise<string> };
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
// biome-ignore lint/suspicious/noTemplateCurlyInString: references look like this
const forms = '${NAME}, ${file:PATH} or ${vault:PATH#FIELD}';

/**
 * Replaces `${NAME}` by the environment's variable, `${file:PATH}` by a file's text (without the line ends that
 * editors add) and `${vault:PATH#FIELD}` by a field of a Vault's secret, anywhere in texts, several in one if need be. `$${` stands for `${` itself. What is missing or
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

  const secrets = options.secrets ?? plainReader(env, readFile);

  async function resolveOne(match: RegExpExecArray, path: Path): Promise<string | undefined> {
    const [whole, name = '', end] = match;
    if (whole.startsWith('$${')) return whole.slice(1);
    const meant = end === '' ? null : meaning(name, folder);
    if (meant === null) {
      complain(
        path,
        `"${whole}" ${end === '' ? 'has no closing brace' : 'is not understood'}; expected ${forms}`,
      );
      return undefined;
    }
    try {
      return await secrets.read(meant.scheme, meant.name);
    } catch (error) {
      if (!(error instanceof SecretError)) throw error;
      complain(path, meant.scheme === 'file' ? `file ${meant.shown} ${error.message}` : error.message);
      return undefined;
    }
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

function meaning(
  name: string,
  folder: string,
): { readonly scheme: SecretScheme; readonly name: string; readonly shown: string } | null {
  if (/^[A-Za-z_]\w*$/.test(name)) return { scheme: 'env', name, shown: name };
  const [, scheme, rest = ''] = /^(file|vault):(.*)$/.exec(name) ?? [];
  const shown = rest.trim();
  if (scheme === undefined || shown === '') return null;
  return scheme === 'file'
    ? { scheme, name: resolve(folder, shown), shown }
    : { scheme: 'vault', name: shown, shown };
}

function plainReader(env: Environment, readFile: ReadText): Required<ReferenceOptions>['secrets'] {
  const sources = { env: envSource(env), file: fileSource(readFile) };
  return {
    async read(scheme, name) {
      if (scheme !== 'vault') return await sources[scheme].read(name);
      // biome-ignore lint/suspicious/noTemplateCurlyInString: references look like this
      throw new SecretError('no Vault can be asked here; expected ${NAME} or ${file:PATH}');
    },
  };
}

/** Folder of a configuration file, which relative paths in it start from. */
export function folderOf(file: string | null): string {
  return file === null ? resolve('.') : dirname(resolve(file));
}
