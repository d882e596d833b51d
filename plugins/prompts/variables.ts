import { isJsonObject, type Json } from '../../sdk/index.ts';

export const variableTypes = ['string', 'number', 'boolean', 'enum', 'json'] as const;
export type VariableType = (typeof variableTypes)[number];

/** What a prompt says of one variable. */
export interface Variable {
  readonly type: VariableType;
  readonly required: boolean;
  /** Undefined: none. */
  readonly fallback: Json | undefined;
  /** Of an `enum`. */
  readonly values: readonly string[];
  /** Of strings, and of JSON as text. */
  readonly maxChars: number;
}

export type Variables = Readonly<Record<string, Variable>>;
export type Values = Readonly<Record<string, Json | undefined>>;

export const defaultMaxChars = 100_000;

const maxNamed = 10;
const maxNameChars = 64;

/**
 * The values of a request with the prompt's defaults.
 *
 * @returns what is wrong with them, all of it, in words that hold no value.
 */
export function readValues(variables: Variables, given: Values): { values: Values } | { problem: string } {
  const values: Record<string, Json | undefined> = Object.create(null);
  const problems: string[] = [];
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(variables, name));
  const missing: string[] = [];
  for (const [name, variable] of Object.entries(variables)) {
    const raw = Object.hasOwn(given, name) ? given[name] : undefined;
    const value = variable.type === 'json' ? raw : (raw ?? undefined);
    if (value === undefined) {
      if (variable.required) missing.push(name);
      else if (variable.fallback !== undefined) values[name] = variable.fallback;
      continue;
    }
    const read = fitting(variable, value);
    if (read === undefined) problems.push(`${name}: expected ${expected(variable)}; came ${kindOf(value)}`);
    else values[name] = read;
  }
  if (unknown.length > 0)
    problems.unshift(`unknown: ${named(unknown)} (known are: ${named(Object.keys(variables))})`);
  if (missing.length > 0) problems.unshift(`missing: ${named(missing)}`);
  return problems.length === 0 ? { values } : { problem: problems.slice(0, maxNamed).join('; ') };
}

/** The value as it is written, undefined where it does not fit. */
export function fitting({ type, values, maxChars }: Variable, value: Json): Json | undefined {
  switch (type) {
    case 'string': {
      // OpenAI's SDKs also write a text as a part of a message.
      const isPart = isJsonObject(value) && value['type'] === 'input_text';
      const text = isPart ? value['text'] : value;
      return typeof text === 'string' && text.length <= maxChars ? text : undefined;
    }
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'enum':
      return typeof value === 'string' && values.includes(value) ? value : undefined;
    case 'json':
      return JSON.stringify(value).length <= maxChars ? value : undefined;
  }
}

function expected({ type, values, maxChars }: Variable): string {
  switch (type) {
    case 'string':
      return `a string of at most ${maxChars} characters`;
    case 'enum':
      return `one of ${values.join(', ')}`;
    case 'json':
      return `JSON of at most ${maxChars} characters`;
    default:
      return `a ${type}`;
  }
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return `a string of ${value.length} characters`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function named(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, maxNamed).map((name) => name.slice(0, maxNameChars));
  return shown.join(', ') + (names.length > maxNamed ? ', …' : '');
}
