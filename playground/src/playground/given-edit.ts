import type { Given } from '../../../core/policy-test/case.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { givenRead, setGiven } from './state.ts';

/** What stands at a path of the request's facts. */
export function givenAt(path: readonly string[]): Json | undefined {
  let value: Json | undefined = (givenRead.value.given ?? {}) as Json;
  for (const name of path) value = isJsonObject(value) ? value[name] : undefined;
  return value;
}

/** The text at a path; '' where there is none. */
export function textAt(path: readonly string[]): string {
  const value = givenAt(path);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Writes a value at a path; undefined and '' take it away, with whatever is empty then. */
export function setAt(path: readonly string[], value: Json | undefined): void {
  const given = (givenRead.peek().given ?? {}) as JsonObject;
  setGiven(withValue(given, path, value === '' ? undefined : value) as Given);
}

function withValue(
  holder: JsonObject,
  [name, ...rest]: readonly string[],
  value: Json | undefined,
): JsonObject {
  const copy: Record<string, Json | undefined> = { ...holder };
  if (rest.length === 0) copy[name!] = value;
  else {
    const inner = holder[name!];
    const next = withValue(isJsonObject(inner) ? inner : {}, rest, value);
    copy[name!] = Object.keys(next).length === 0 ? undefined : next;
  }
  return Object.fromEntries(Object.entries(copy).filter(([, one]) => one !== undefined)) as JsonObject;
}
