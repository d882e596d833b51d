import type { Json, JsonObject, JsonPointer } from '../../sdk/json.ts';

/** One change to a JSON text: set the value at a pointer (making missing object members), or remove it. */
export interface JsonEdit {
  readonly pointer: JsonPointer;
  /** `undefined` removes the member. */
  readonly value: Json | undefined;
}

/** A JSON object together with the text it came from, so that changes can be written into that text. */
export interface JsonText {
  readonly text: string;
  readonly value: JsonObject;
  /** The text with the edits written into it; everything else stays as it came, byte by byte. */
  edit(edits: readonly JsonEdit[]): string;
}
