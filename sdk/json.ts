/** Any value that JSON text can hold. Read-only: what crosses a seam of the gateway is never mutated. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** An RFC 6901 pointer into a JSON document, such as `/messages/0/content`. */
export type JsonPointer = string;

/** True for a plain JSON object: not null, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
