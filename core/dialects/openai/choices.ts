import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';

/** A choice's own index, or its place where the provider gave none. */
export function indexOf(choice: JsonObject, position: number): number {
  const { index } = choice;
  return typeof index === 'number' && Number.isInteger(index) && index >= 0 ? index : position;
}

/** The choices of an event or answer with their places; what is no object is left out. */
export function choicesOf(json: JsonObject): { readonly choice: JsonObject; readonly position: number }[] {
  const { choices } = json;
  if (!Array.isArray(choices)) return [];
  return (choices as readonly Json[]).flatMap((choice, position) =>
    isJsonObject(choice) ? [{ choice, position }] : [],
  );
}
