import type { AttemptChanges, RequestChanges } from '../../../sdk/change.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';
import type { RequestView } from '../../../sdk/view.ts';
import { pointerToken, valueAt } from '../../body/json-pointer.ts';
import type { JsonEdit, JsonText } from '../../body/json-text.ts';
import { checkParamName } from './params.ts';

/** Edits for the changes that all OpenAI APIs carry out alike: model, parameters, texts. */
export function commonEdits(
  body: JsonText,
  view: RequestView,
  changes: RequestChanges | AttemptChanges,
): JsonEdit[] {
  const edits: JsonEdit[] = [];
  if ('model' in changes && changes.model !== undefined)
    edits.push({ pointer: '/model', value: changes.model });
  for (const [name, value] of Object.entries(changes.params ?? {})) {
    checkParamName(name);
    edits.push({ pointer: `/${pointerToken(name)}`, value });
  }
  for (const [pointer, text] of Object.entries(changes.texts ?? {})) {
    if (
      !view.texts.some((known) => known.pointer === pointer) ||
      typeof valueAt(body.value, pointer) !== 'string'
    ) {
      throw new Error(`changes.texts: there is no text at "${pointer}"; use the pointers of view.texts.`);
    }
    edits.push({ pointer, value: text });
  }
  return edits;
}

/**
 * Edits that lower the output limit to `maxTokens`, in every field that sets one; the first field is made where
 * none does. A limit that is lower already stays.
 */
export function limitEdits(
  body: JsonObject,
  params: Readonly<Record<string, Json | undefined>> | undefined,
  fields: readonly [string, ...string[]],
  maxTokens: number,
): JsonEdit[] {
  if (!Number.isInteger(maxTokens) || maxTokens < 1) {
    throw new Error(`changes.maxOutputTokens: expected a positive integer, got ${maxTokens}.`);
  }
  const edits: JsonEdit[] = [];
  let found = false;
  for (const field of fields) {
    const now = params !== undefined && Object.hasOwn(params, field) ? params[field] : body[field];
    if (typeof now !== 'number') continue;
    found = true;
    if (now > maxTokens) edits.push({ pointer: `/${field}`, value: maxTokens });
  }
  if (!found) edits.push({ pointer: `/${fields[0]}`, value: maxTokens });
  return edits;
}
