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
  if ('messages' in changes && (view.api === 'completions' || view.api === 'embeddings')) {
    throw new Error(`changes.messages: a ${view.api} request has no messages.`);
  }
  if ('model' in changes && changes.model !== undefined)
    edits.push({ pointer: '/model', value: changes.model });
  for (const [name, value] of Object.entries(changes.params ?? {})) {
    checkParamName(name, body.value);
    edits.push({ pointer: `/${pointerToken(name)}`, value });
  }
  if (changes.texts !== undefined) edits.push(...textEdits(body, view, changes.texts));
  return edits;
}

function textEdits(
  body: JsonText,
  view: RequestView,
  texts: NonNullable<RequestChanges['texts']>,
): JsonEdit[] {
  const pointers = Object.keys(texts);
  if (pointers.length === 0) return [];
  const known = new Set(view.texts.map(({ pointer }) => pointer));
  // The others are looked up only where a pointer is none of a text.
  if (pointers.some((pointer) => !known.has(pointer))) {
    for (const { pointer, kind } of view.others) if (kind !== 'name') known.add(pointer);
  }
  return pointers.map((pointer) => {
    const kind = known.has(pointer) ? typeof valueAt(body.value, pointer) : 'undefined';
    if (kind !== 'string' && kind !== 'number') {
      throw new Error(
        `changes.texts: there is no text at "${pointer}"; use the pointers of view.texts and view.others.`,
      );
    }
    return { pointer, value: texts[pointer] };
  });
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
