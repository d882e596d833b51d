import { isJsonObject, type Json, type JsonObject } from '../json.ts';

/**
 * Tool arguments as an object, for providers that want one. Models write what they like: '' is `{}`, and what is no
 * JSON object is wrapped rather than lost (`{"__raw__": "…"}`), so that a conversation with it can go on.
 */
export function argumentsObject(text: string): JsonObject {
  if (text.trim() === '') return {};
  try {
    const value = JSON.parse(text) as Json;
    if (isJsonObject(value)) return value;
  } catch {}
  return { __raw__: text };
}
