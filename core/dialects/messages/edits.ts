import type { AttemptChanges, RequestChanges } from '../../../sdk/change.ts';
import { isJsonObject, type JsonObject } from '../../../sdk/json.ts';
import type { RequestView } from '../../../sdk/view.ts';
import type { JsonEdit, JsonText } from '../../body/json-text.ts';
import { commonEdits, limitEdits } from '../openai/edits.ts';
import { prefixMarkEdits } from './prefix-marks.ts';
import { prependEdits } from './prepend.ts';

/** The least that Anthropic takes as a thinking budget, in tokens. */
const minBudget = 1024;

/** Edits that carry out changes on the text of a messages body. */
export function messagesEdits(
  body: JsonText,
  view: RequestView,
  changes: RequestChanges | AttemptChanges,
): JsonEdit[] {
  if (Object.hasOwn(changes.params ?? {}, 'system')) {
    throw new Error('changes.params cannot set "system": use changes.system or changes.texts.');
  }
  const edits = commonEdits(body, view, changes);
  if (changes.system !== undefined) edits.push(...systemEdits(body.value, changes.system, changes.texts));
  if ('messages' in changes && changes.messages !== undefined) {
    edits.push(...prependEdits(body.value, changes.messages));
  }
  if ('cacheMarks' in changes) {
    edits.push(...prefixMarkEdits(body.value, changes.cacheMarks ?? [], changes.texts));
  }
  // Counting has no output limit, and Anthropic refuses one there.
  if (changes.maxOutputTokens !== undefined && view.api !== 'count_tokens') {
    edits.push(...limitEdits(body.value, changes.params, ['max_tokens'], changes.maxOutputTokens));
    edits.push(...budgetEdits(body.value, changes.params, changes.maxOutputTokens));
  }
  return edits;
}

/** Edits that put text before and after the system prompt; blocks stay as they are, with their cache marks. */
function systemEdits(
  body: JsonObject,
  system: NonNullable<RequestChanges['system']>,
  texts: RequestChanges['texts'],
): JsonEdit[] {
  const { prepend = '', append = '' } = system;
  if (prepend === '' && append === '') return [];
  const { system: content } = body;
  if (!Array.isArray(content) || content.length === 0) {
    // The same change may have replaced the prompt's text.
    const now = texts?.['/system'] ?? (typeof content === 'string' ? content : '');
    return [{ pointer: '/system', value: [prepend, now, append].filter((text) => text !== '').join('\n\n') }];
  }
  const edits: JsonEdit[] = [];
  if (prepend !== '')
    edits.push({ pointer: '/system/0', value: { type: 'text', text: prepend }, insert: true });
  if (append !== '') edits.push({ pointer: '/system/-', value: { type: 'text', text: append } });
  return edits;
}

/** A thinking budget must be smaller than the output limit: it gives way where the limit was lowered under it. */
function budgetEdits(body: JsonObject, params: RequestChanges['params'], limit: number): JsonEdit[] {
  const thinking =
    params !== undefined && Object.hasOwn(params, 'thinking') ? params['thinking'] : body['thinking'];
  const budget =
    isJsonObject(thinking) && thinking['type'] === 'enabled' ? thinking['budget_tokens'] : undefined;
  if (typeof budget !== 'number' || budget < limit) return [];
  if (limit <= minBudget) return [{ pointer: '/thinking', value: { type: 'disabled' } }];
  const lower = Math.max(minBudget, Math.floor(limit / 2));
  return [{ pointer: '/thinking/budget_tokens', value: lower }];
}
