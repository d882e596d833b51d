import { parseTimeSpan } from '../../sdk/budget/time-span.ts';
import { isJsonObject, type Json } from '../../sdk/json.ts';
import { parseNanoUsd, UnitError } from '../config/units.ts';

/** A value that is not what it should be. `message` says what was expected and what came. */
export class FieldProblem extends Error {
  constructor(expected: string, came: string) {
    super(`expected ${expected}; came ${came}`);
    this.name = 'FieldProblem';
  }
}

/** Reads one value of a request. @throws FieldProblem */
export type FieldReader<T> = (value: Json) => T;

const maxMetadataBytes = 8192;
const maxMetadataDepth = 16;
const maxModels = 256;
const maxModelsBytes = 16_384;

/** A value, short. */
function shown(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
}

export function orNull<T>(read: FieldReader<T>): FieldReader<T | null> {
  return (value) => (value === null ? null : read(value));
}

/** Null means what a key has without the field. */
export function orDefault<T>(fallback: T, read: FieldReader<T>): FieldReader<T> {
  return (value) => (value === null ? fallback : read(value));
}

export const flag: FieldReader<boolean> = (value) => {
  if (typeof value === 'boolean') return value;
  throw new FieldProblem('true or false', shown(value));
};

export const wholeNumber: FieldReader<number> = (value) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new FieldProblem('a whole number, 0 or more', shown(value));
};

/** Dollars as a number, as LiteLLM has them, or as text such as `$20`; in nano-dollars. */
export const money: FieldReader<number> = (value) => {
  if (typeof value === 'number' || typeof value === 'string') {
    try {
      // A program that calculated its dollars has digits behind the ninth: they are rounded, not refused.
      return parseNanoUsd(typeof value === 'number' ? value.toFixed(9) : value);
    } catch (error) {
      if (!(error instanceof UnitError)) throw error;
    }
  }
  throw new FieldProblem('US dollars, 0 to 9007199, such as 20 or 0.25', shown(value));
};

/** A duration, as it was written. */
export const duration: FieldReader<string> = (value) => {
  if (typeof value === 'string' && parseTimeSpan(value) !== null) return value;
  throw new FieldProblem('a duration such as 24h, 30d or 1mo, at most a hundred years', shown(value));
};

/** A duration that may be none: `0s`. */
export const durationOrNone: FieldReader<string | null> = (value) =>
  value === null || (typeof value === 'string' && /^0(mo|[smhdw])$/.test(value)) ? null : duration(value);

/** A name for people: no control characters, for it is printed in terminals and logs. */
export function label(maxChars: number): FieldReader<string> {
  return (value) => {
    if (typeof value === 'string' && value.trim() !== '' && value.length <= maxChars && !/\p{C}/u.test(value))
      return value;
    throw new FieldProblem(`1 to ${maxChars} printable characters`, shown(value));
  };
}

/** An alias can stand for its key, so it must not look like a key or a token. */
export const alias: FieldReader<string> = (value) => {
  const text = label(200)(value);
  if (!/^sk-/i.test(text) && !/^[0-9a-f]{64}$/i.test(text)) return text;
  throw new FieldProblem('a name that is neither a key (sk-…) nor a token', 'something that looks like one');
};

export const tenantId: FieldReader<string> = (value) => {
  if (typeof value === 'string' && /^[\w.:@/-]{1,128}$/.test(value)) return value;
  throw new FieldProblem('1 to 128 characters of letters, digits and _ . : @ / -', shown(value));
};

export const models: FieldReader<readonly string[]> = (value) => {
  const expected = 'a list of aliases or provider/model names, * for any characters';
  if (!Array.isArray(value)) throw new FieldProblem(expected, shown(value));
  for (const model of value) {
    if (typeof model !== 'string' || !/^[^\s\p{C}]{1,200}$/u.test(model)) {
      throw new FieldProblem(`${expected}, each of 1 to 200 characters without spaces`, shown(model));
    }
  }
  if (value.length > maxModels || Buffer.byteLength(JSON.stringify(value)) > maxModelsBytes) {
    throw new FieldProblem(
      `at most ${maxModels} models and ${maxModelsBytes} bytes; use globs`,
      shown(value),
    );
  }
  return [...new Set(value as readonly string[])];
};

function isDeeper(value: Json | undefined, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner as Json, levels - 1));
}

export const metadata: FieldReader<Readonly<Record<string, Json>>> = (value) => {
  if (!isJsonObject(value)) throw new FieldProblem('an object', shown(value));
  if (isDeeper(value, maxMetadataDepth) || Buffer.byteLength(JSON.stringify(value)) > maxMetadataBytes) {
    throw new FieldProblem(
      `an object of at most ${maxMetadataBytes} bytes of JSON and ${maxMetadataDepth} levels`,
      'a larger one',
    );
  }
  return value as Readonly<Record<string, Json>>;
};
