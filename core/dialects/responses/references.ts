import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { type JsonEdit, type JsonText, jsonTextFrom } from '../../body/json-text.ts';

/**
 * Puts items in the place of references to them, so that policies see them and any provider can be asked. References to
 * items that are not known here stay: the provider that issued them knows them.
 *
 * @param find gives an item's JSON by its id.
 */
export function resolveReferences(body: JsonText, find: (id: string) => string | undefined): JsonText {
  const { input } = body.value;
  if (!Array.isArray(input)) return body;
  const edits: JsonEdit[] = [];
  for (let index = 0; index < input.length; index++) {
    const id = referredId(input[index] as Json);
    const text = id === null ? undefined : find(id);
    if (text !== undefined) edits.push({ pointer: `/input/${index}`, value: JSON.parse(text) as Json });
  }
  return edits.length === 0 ? body : jsonTextFrom(body.edit(edits));
}

/** Items of an answer that clients refer to: by default they send back only the ids. */
export function storedItems(items: readonly JsonObject[]): [id: string, text: string][] {
  return items.flatMap((item): [string, string][] => {
    const { id, type } = item;
    const isStored = type === 'message' || type === 'reasoning' || type === 'function_call';
    return isStored && typeof id === 'string' && id !== '' ? [[id, JSON.stringify(item)]] : [];
  });
}

/** The id that an item refers to; null for an item that stands for itself. */
function referredId(item: Json): string | null {
  if (!isJsonObject(item) || typeof item['id'] !== 'string') return null;
  const { type, role } = item;
  return type === 'item_reference' || (type === undefined && role === undefined) ? item['id'] : null;
}
