import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import { didYouMean } from '../text/nearest.ts';

/** A value of a plan that is not what the language allows. The message says what was expected and what came. */
export class PlanError extends Error {}

/** A short picture of a value for messages; hostile values stay short. */
export function show(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isJsonObject(value)) return 'an object';
  return String(value);
}

function expected(what: string, expectation: string, value: Json | undefined): PlanError {
  return new PlanError(`${what}: expected ${expectation}, got ${show(value)}`);
}

/** A text of 1 to `max` characters. */
export function readText(value: Json | undefined, what: string, max = 256): string {
  if (typeof value !== 'string' || value === '' || value.length > max) {
    throw expected(what, `a text of 1 to ${max} characters`, value);
  }
  return value;
}

/** A text in the form of an identifier, such as `cheap-default`. */
export function readId(value: Json | undefined, what: string): string {
  if (typeof value !== 'string' || !/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/.test(value)) {
    throw expected(what, 'a name of 1 to 64 letters, digits, dots, dashes and underscores', value);
  }
  return value;
}

export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
}

export function readNumber(value: Json | undefined, what: string, range: NumberRange = {}): number {
  const { min = -Number.MAX_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER, integer = false } = range;
  const fits =
    typeof value === 'number' && value >= min && value <= max && (!integer || Number.isInteger(value));
  if (!fits) {
    const kind = integer ? 'a whole number' : 'a number';
    const between = range.min === undefined && range.max === undefined ? '' : ` from ${min} to ${max}`;
    throw expected(what, `${kind}${between}`, value);
  }
  return value as number;
}

export function readBoolean(value: Json | undefined, what: string, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') throw expected(what, 'true or false', value);
  return value;
}

export function readOneOf<const T extends string>(
  value: Json | undefined,
  what: string,
  allowed: readonly T[],
): T {
  if (typeof value === 'string' && (allowed as readonly string[]).includes(value)) return value as T;
  const hint = typeof value === 'string' ? didYouMean(value, allowed) : '';
  throw new PlanError(`${what}: expected one of ${allowed.join(', ')}, got ${show(value)}.${hint}`);
}

/** A list of 1 (or `min`) to `max` members, each read by `member`. */
export function readList<T>(
  value: Json | undefined,
  what: string,
  member: (value: Json, what: string) => T,
  { min = 1, max = 64 }: { min?: number; max?: number } = {},
): T[] {
  if (!Array.isArray(value) || value.length < min || value.length > max) {
    throw expected(what, `a list of ${min} to ${max}`, value);
  }
  return value.map((one: Json, i) => member(one, `${what}[${i}]`));
}

/** An object with no other keys than those named. */
export function readObject(value: Json | undefined, what: string, keys: readonly string[]): JsonObject {
  if (!isJsonObject(value)) throw expected(what, `an object with ${keys.join(', ')}`, value);
  for (const key of Object.keys(value)) {
    if (!keys.includes(key)) {
      const known = keys.length === 0 ? 'none' : keys.join(', ');
      throw new PlanError(`${what}: unknown key ${show(key)}; known: ${known}.${didYouMean(key, keys)}`);
    }
  }
  return value;
}

const unsafeKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** An object whose keys are the author's own, such as tags. */
export function readMap<T>(
  value: Json | undefined,
  what: string,
  member: (value: Json, what: string) => T,
  { max = 64, maxKey = 128 }: { max?: number; maxKey?: number } = {},
): Record<string, T> {
  if (!isJsonObject(value)) throw expected(what, 'an object', value);
  const entries = Object.entries(value);
  if (entries.length === 0 || entries.length > max) {
    throw new PlanError(`${what}: expected 1 to ${max} keys, got ${entries.length}`);
  }
  return Object.fromEntries(
    entries.map(([key, one]) => {
      if (key === '' || key.length > maxKey || unsafeKeys.has(key)) {
        throw new PlanError(`${what}: ${show(key)} cannot be a key; expected 1 to ${maxKey} characters`);
      }
      return [key, member(one as Json, `${what}.${key}`)];
    }),
  );
}

/** Arguments of a call; `names` are for messages, and no more than those may come. */
export function readArgs(value: Json | undefined, what: string, max: number): readonly Json[] {
  if (!Array.isArray(value)) throw expected(what, 'a list of arguments', value);
  if (value.length > max)
    throw new PlanError(`${what}: expected at most ${max} arguments, got ${value.length}`);
  return value;
}
