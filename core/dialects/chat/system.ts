import type { RequestChanges } from '../../../sdk/change.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import type { JsonEdit } from '../../body/json-text.ts';
import { roleOf } from './texts.ts';

/**
 * Edits that put text before and after the system prompt: into the first system or developer message, a blank
 * line apart (or as parts of their own, which keeps the prompt's cache marks), or into a new first message.
 */
export function systemEdits(
  body: JsonObject,
  system: NonNullable<RequestChanges['system']>,
  texts: RequestChanges['texts'],
): JsonEdit[] {
  const { prepend = '', append = '' } = system;
  if (prepend === '' && append === '') return [];
  const messages = body['messages'] as readonly JsonObject[];
  const index = messages.findIndex((message) => roleOf(message) === 'system');
  if (index === -1) {
    return [
      { pointer: '/messages/0', value: { role: 'system', content: joined(prepend, append) }, insert: true },
    ];
  }
  const pointer = `/messages/${index}/content`;
  const content = messages[index]?.['content'];
  if (Array.isArray(content)) {
    const edits: JsonEdit[] = [];
    if (prepend !== '')
      edits.push({ pointer: `${pointer}/0`, value: { type: 'text', text: prepend }, insert: true });
    if (append !== '') edits.push({ pointer: `${pointer}/-`, value: { type: 'text', text: append } });
    return edits;
  }
  // The same change may have replaced the prompt's text.
  const now = texts?.[pointer] ?? (typeof content === 'string' ? content : '');
  return [{ pointer, value: joined(prepend, now, append) }];
}

function joined(...texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n\n');
}
