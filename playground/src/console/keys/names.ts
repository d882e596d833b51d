import type { KeyInfo } from '../../api/types.ts';

/** What a person calls a key. */
export function nameOf({
  key_alias: alias,
  key_name: name,
}: Pick<KeyInfo, 'key_alias' | 'key_name'>): string {
  return alias ?? name;
}
