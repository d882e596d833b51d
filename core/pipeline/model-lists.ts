import type { Identity } from '../../sdk/identity.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { JsonEdit } from '../body/json-edit-tree.ts';

/** Fields by which a client lets the provider choose among models: OpenRouter's, and the older spelling of them. */
const fields = ['models', 'fallbacks', 'route'] as const;

/**
 * Takes lists of models out of a body whose key or tenant may not use every model: the provider would choose among them
 * without asking us. The `fallback` plugin turns such lists into targets of our own before it comes to this.
 *
 * @returns the edits, and the names of what was taken out.
 */
export function withoutModelLists(
  body: JsonObject,
  { key, tenant }: Identity,
): { readonly edits: JsonEdit[]; readonly dropped: string[] } {
  if (key.scopes.length === 0 && (tenant.models ?? []).length === 0) return nothing;
  const dropped = fields.filter((field) => body[field] !== undefined);
  return { edits: dropped.map((field) => ({ pointer: `/${field}`, value: undefined })), dropped };
}

const nothing = { edits: [], dropped: [] };
