import type { Json, JsonPointer } from '../../sdk/json.ts';

/** The reference tokens of an RFC 6901 pointer, unescaped. Throws where the pointer does not begin with `/`. */
export function pointerTokens(pointer: JsonPointer): string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) {
    throw new Error(`A JSON pointer begins with "/", such as "/messages/0/content"; got "${pointer}".`);
  }
  const tokens = pointer.slice(1).split('/');
  if (!pointer.includes('~')) return tokens;
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** One token, escaped for use in a pointer. */
export function pointerToken(name: string): string {
  return name.includes('~') || name.includes('/') ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name;
}

/** The value at a pointer; undefined where the pointer leads nowhere. */
export function valueAt(root: Json, pointer: JsonPointer): Json | undefined {
  let value: Json | undefined = root;
  for (const token of pointerTokens(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined;
    value = (value as { readonly [key: string]: Json | undefined })[token];
  }
  return value;
}
