import type { Json } from '../json.ts';

/** Words for the tier that everybody gets who asks for none. */
const usual: ReadonlySet<string> = new Set(['', 'auto', 'default', 'standard', 'on_demand']);

/** The part of a usage chunk that names the tier, from the answer's `service_tier`; nothing for the usual one. */
export function serviceTier(word: Json | undefined): { readonly serviceTier: string } | undefined {
  return typeof word === 'string' && !usual.has(word) ? { serviceTier: word.slice(0, 64) } : undefined;
}
