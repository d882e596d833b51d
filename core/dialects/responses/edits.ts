import type { AttemptChanges, RequestChanges } from '../../../sdk/change.ts';
import type { RequestView } from '../../../sdk/view.ts';
import type { JsonEdit, JsonText } from '../../body/json-text.ts';
import { commonEdits, limitEdits } from '../openai/edits.ts';
import { prefixMarkEdits } from './prefix-marks.ts';
import { prependEdits } from './prepend.ts';

/** Edits that carry out changes on a responses body. The system prompt is its `instructions`. */
export function responsesEdits(
  body: JsonText,
  view: RequestView,
  changes: RequestChanges | AttemptChanges,
): JsonEdit[] {
  if (changes.params !== undefined && Object.hasOwn(changes.params, 'instructions')) {
    throw new Error('changes.params cannot set "instructions": use changes.system or changes.texts.');
  }
  const edits = commonEdits(body, view, changes);
  const { prepend = '', append = '' } = changes.system ?? {};
  if (prepend !== '' || append !== '') {
    const { instructions } = body.value;
    // The same change may have replaced the prompt's text.
    const now = changes.texts?.['/instructions'] ?? (typeof instructions === 'string' ? instructions : '');
    const value = [prepend, now, append].filter((text) => text !== '').join('\n\n');
    edits.push({ pointer: '/instructions', value });
  }
  if ('messages' in changes && changes.messages !== undefined) {
    edits.push(...prependEdits(body.value, changes.messages, changes.texts));
  }
  if ('cacheMarks' in changes) edits.push(...prefixMarkEdits(body.value, changes.cacheMarks ?? []));
  if (changes.maxOutputTokens !== undefined) {
    edits.push(...limitEdits(body.value, changes.params, ['max_output_tokens'], changes.maxOutputTokens));
  }
  return edits;
}
