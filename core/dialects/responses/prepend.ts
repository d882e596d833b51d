import type { RequestChanges } from '../../../sdk/change.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import type { JsonEdit } from '../../body/json-text.ts';

/** Edits that put messages in front of the client's own input, which may be a text, a list or absent. */
export function prependEdits(
  body: JsonObject,
  { prepend }: NonNullable<RequestChanges['messages']>,
  texts: RequestChanges['texts'],
): JsonEdit[] {
  const added = prepend.map(({ role, text }): Json => ({ role, content: text }));
  if (added.length === 0) return [];
  const { input } = body;
  if (Array.isArray(input) && input.length > 0) {
    return added.map((value) => ({ pointer: '/input/0', value, insert: true }));
  }
  // The same change may have replaced the text.
  const text = typeof input === 'string' ? (texts?.['/input'] ?? input) : '';
  return [{ pointer: '/input', value: text === '' ? added : [...added, { role: 'user', content: text }] }];
}
