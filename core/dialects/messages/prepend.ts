import type { RequestChanges } from '../../../sdk/change.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import type { JsonEdit } from '../../body/json-text.ts';
import { messagesOf } from './texts.ts';

/** Edits that put messages in front of the client's own. */
export function prependEdits(
  body: JsonObject,
  { prepend }: NonNullable<RequestChanges['messages']>,
): JsonEdit[] {
  const added = prepend.map(({ role, text }): Json => ({ role, content: text }));
  if (added.length === 0) return [];
  if (messagesOf(body).length === 0) return [{ pointer: '/messages', value: added }];
  return added.map((value) => ({ pointer: '/messages/0', value, insert: true }));
}
