import type { RequestChanges } from '../../../sdk/change.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import type { JsonEdit } from '../../body/json-text.ts';
import { systemEdits } from './system.ts';
import { roleOf } from './texts.ts';

/** Edits that put a system prompt's text and messages in front of the client's own. */
export function leadingEdits(
  body: JsonObject,
  { system, messages: added, texts }: Pick<RequestChanges, 'system' | 'messages' | 'texts'>,
): JsonEdit[] {
  const prepend = (added?.prepend ?? []).map(({ role, text }): Json => ({ role, content: text }));
  const messages = Array.isArray(body['messages']) ? (body['messages'] as readonly JsonObject[]) : [];
  if (messages.length === 0) {
    const content = [system?.prepend ?? '', system?.append ?? ''].filter((text) => text !== '').join('\n\n');
    const value: Json[] = content === '' ? prepend : [{ role: 'system', content }, ...prepend];
    return value.length === 0 ? [] : [{ pointer: '/messages', value }];
  }
  const edits = system === undefined ? [] : systemEdits(body, system, texts);
  const first = messages.findIndex((message) => roleOf(message) !== 'system');
  const pointer = `/messages/${first === -1 ? '-' : first}`;
  return [...edits, ...prepend.map((value): JsonEdit => ({ pointer, value, insert: true }))];
}
