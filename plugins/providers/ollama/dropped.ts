import { isJsonObject, type Json } from '../../../sdk/json.ts';

/** Names of what a request could not carry, each once, in the order they were found. */
export class Dropped {
  readonly #names = new Set<string>();

  /** @param when notes the name only where this holds. */
  add(name: string, when = true): void {
    if (when) this.#names.add(name);
  }

  get names(): readonly string[] {
    return [...this.#names];
  }
}

/** True for a parameter's value that says something: its loss is worth a word. */
export function isSet(value: Json | undefined): value is Exclude<Json, null> {
  return value !== undefined && value !== null && !(isJsonObject(value) && Object.keys(value).length === 0);
}
