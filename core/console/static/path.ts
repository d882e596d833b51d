/** Below the app's folder; what is under `api/` is never a file. */
export const appPath = '/playground/';
const maxPathChars = 1024;

/** What a path of the app asks for. */
export type AppTarget =
  | { readonly type: 'file'; readonly name: string }
  /** A route of the app itself, which is its start page. */
  | { readonly type: 'index' }
  | { readonly type: 'nothing' };

const nothing: AppTarget = { type: 'nothing' };
/** Only what names no file: the ending of a file that is not there must not be answered with a page. */
const clientRoute = /^[\w/-]*$/;

/**
 * What `/playground/…` asks for, as the request line has it. A file is one of `names` and nothing else: no path is put
 * together, so there is nothing that `..`, `%2e`, `%2f`, a backslash or a link could lead out of.
 *
 * @param url path and query, as they came.
 * @param names of all files, with slashes, such as `assets/app-1a2b3c4d.js`.
 */
export function targetOf(url: string, names: { has(name: string): boolean }): AppTarget {
  const raw = url.split('?', 1)[0]!;
  if (raw.length > maxPathChars || !raw.startsWith(appPath)) return nothing;
  const name = decoded(raw.slice(appPath.length));
  if (name === null) return nothing;
  if (name === '' || name === 'index.html') return { type: 'index' };
  if (name === 'api' || name.startsWith('api/')) return nothing;
  if (names.has(name)) return { type: 'file', name };
  return clientRoute.test(name) ? { type: 'index' } : nothing;
}

/** Decoded once; null for what cannot be, or what would read as another path when decoded. */
function decoded(text: string): string | null {
  if (/%(?:2f|5c|00)/i.test(text)) return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
