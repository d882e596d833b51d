import assert from 'node:assert/strict';
import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';

/** The value as an object; fails the test with `what` where it is none. */
export function object(value: Json | undefined, what: string): JsonObject {
  assert.ok(isJsonObject(value), `${what} is no object: ${short(value)}`);
  return value;
}

export function list(value: Json | undefined, what: string): readonly Json[] {
  assert.ok(Array.isArray(value), `${what} is no list: ${short(value)}`);
  return value as readonly Json[];
}

export function objects(value: Json | undefined, what: string): readonly JsonObject[] {
  return list(value, what).map((item, index) => object(item, `${what}[${index}]`));
}

export function string(value: Json | undefined, what: string): string {
  assert.equal(typeof value, 'string', `${what} is no string: ${short(value)}`);
  return value as string;
}

export function number(value: Json | undefined, what: string): number {
  assert.equal(typeof value, 'number', `${what} is no number: ${short(value)}`);
  return value as number;
}

/** JSON text parsed; fails the test where it is none. */
export function parse(text: string, what: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return assert.fail(`${what} is no JSON: ${text.slice(0, 200)}`);
  }
}

function short(value: Json | undefined): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, 200);
}
