import type { KeyInfo } from '../../api/types.ts';

/** What is being done, and to which key. */
export type KeyTask =
  | { readonly what: 'create' }
  | { readonly what: 'edit' | 'rotate' | 'delete'; readonly key: KeyInfo };
