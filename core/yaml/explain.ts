import type { ErrorObject } from 'ajv';
import type { Json } from '../../sdk/json.ts';
import { isJsonObject } from '../../sdk/json.ts';
import { nearest } from '../text/nearest.ts';
import { unitFormats } from './ajv.ts';
import { type Path, pointerPath, showPath } from './place.ts';

/** One validation error in words. */
export interface Explanation {
  readonly path: Path;
  readonly part: 'key' | 'value';
  readonly message: string;
}

export interface ExplainOptions {
  readonly at?: Path;
  readonly alsoKnown?: readonly string[];
  readonly show?: (path: Path) => string | undefined;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'keys with values',
  array: 'a list',
  null: 'nothing',
};

/** Ajv's errors as what an author can act on: one for each mistake, saying what was expected and what came. */
export function explainErrors(errors: readonly ErrorObject[], options: ExplainOptions): Explanation[] {
  const seen = new Set<string>();
  return withoutLosingBranches(errors)
    .map((error) => explain(error, options))
    .filter(({ path, part, message }) => {
      const id = `${JSON.stringify(path)}${part}${message}`;
      if (seen.has(id)) return false;
      seen.add(id);
      return true;
    });
}

/**
 * Of an `anyOf` with several forms, ajv reports what is wrong with each of them. Only the form that was meant helps:
 * the one whose type fits. Where none fits, the forms are named.
 */
function withoutLosingBranches(errors: readonly ErrorObject[]): ErrorObject[] {
  let kept = [...errors];
  // Ajv lists a union after its branches, so inner unions come before outer ones.
  for (const union of errors.filter((error) => error.keyword === 'anyOf' || error.keyword === 'oneOf')) {
    if (!kept.includes(union) || union.params['passingSchemas']) continue;
    const prefix = `${union.schemaPath}/`;
    const inside = kept.filter(
      (error) => error.schemaPath.startsWith(prefix) && isWithin(error.instancePath, union.instancePath),
    );
    const branches = Map.groupBy(inside, (error) => error.schemaPath.slice(prefix.length).split('/')[0]!);
    const fitting = [...branches.values()].filter(
      (branch) =>
        !branch.some((error) => error.instancePath === union.instancePath && error.keyword === 'type'),
    );
    const best = fitting.sort((a, b) => a.length - b.length)[0];
    const dropped = new Set(inside.filter((error) => !best?.includes(error)));
    if (best) dropped.add(union);
    kept = kept.filter((error) => !dropped.has(error));
  }
  // What a value of the wrong type also fails to be adds nothing.
  const mistyped = new Set(
    kept.filter((error) => error.keyword === 'type').map((error) => error.instancePath),
  );
  return kept.filter(
    (error) => error.keyword !== 'if' && (error.keyword === 'type' || !mistyped.has(error.instancePath)),
  );
}

function isWithin(pointer: string, parent: string): boolean {
  return pointer === parent || pointer.startsWith(`${parent}/`);
}

function explain(error: ErrorObject, options: ExplainOptions): Explanation {
  const path = pointerPath(error.instancePath);
  const full = [...(options.at ?? []), ...path];
  const params = error.params as Record<string, Json | undefined>;
  const came = options.show?.(full) ?? show(error.data as Json);
  const name = full.length > 0 ? `${showPath(full)}: ` : '';
  const say = (text: string): Explanation => ({ path, part: 'value', message: `${name}${text}` });
  const expected = (what: string) => say(`expected ${what}; came ${came}`);

  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const key = String(params['additionalProperty'] ?? params['unevaluatedProperty']);
      return { path: [...path, key], part: 'key', message: unknownKey(key, error, path, options, name) };
    }
    case 'required':
      return say(`missing key "${String(params['missingProperty'])}"`);
    case 'dependentRequired':
    case 'dependencies':
      return say(`"${params['property']}" also needs "${params['missingProperty']}"`);
    case 'type':
      return expected(typeNamesOf(params['type']));
    case 'anyOf':
    case 'oneOf':
      if (params['passingSchemas']) return say('matches more than one of its forms; keep one of them');
      return expected(formsOf(error.schema as Json));
    case 'enum':
      return say(choices(params['allowedValues'] as readonly Json[], error.data as Json, came));
    case 'const':
      return expected(show(params['allowedValue'] ?? null));
    case 'minimum':
      return expected(`at least ${params['limit']}`);
    case 'maximum':
      return expected(`at most ${params['limit']}`);
    case 'exclusiveMinimum':
      return expected(`more than ${params['limit']}`);
    case 'exclusiveMaximum':
      return expected(`less than ${params['limit']}`);
    case 'multipleOf':
      return expected(`a multiple of ${params['multipleOf']}`);
    case 'minLength':
      return params['limit'] === 1
        ? expected('text that is not empty')
        : expected(`at least ${params['limit']} characters`);
    case 'maxLength':
      return say(`expected at most ${params['limit']} characters; came ${String(error.data).length}`);
    case 'minItems':
      return say(`expected at least ${params['limit']} in the list; came ${(error.data as Json[]).length}`);
    case 'maxItems':
      return say(`expected at most ${params['limit']} in the list; came ${(error.data as Json[]).length}`);
    case 'uniqueItems':
      return say(`the same value is twice in the list (items ${params['j']} and ${params['i']})`);
    case 'minProperties':
      return say(`expected at least ${params['limit']} keys`);
    case 'pattern':
      return expected(`text of the form ${params['pattern']}`);
    case 'format':
      return expected(formatName(String(params['format'])));
    case 'convert':
      return say(options.show?.(full) ? `expected a quantity with its unit; came ${came}` : error.message!);
    case 'propertyNames':
      return say(`the key "${params['propertyName']}" is not allowed`);
    default:
      return say(`${error.message ?? error.keyword}; came ${came}`);
  }
}

function unknownKey(
  key: string,
  error: ErrorObject,
  path: Path,
  options: ExplainOptions,
  name: string,
): string {
  const properties = (error.parentSchema as { properties?: object } | undefined)?.properties ?? {};
  const known = [...Object.keys(properties), ...(path.length === 0 ? (options.alsoKnown ?? []) : [])];
  const near = nearest(key, known);
  const advice = near
    ? `did you mean "${near}"?`
    : known.length > 0
      ? `known are: ${known.join(', ')}`
      : 'remove it';
  return `${name}unknown key "${key}"; ${advice}`;
}

function typeNamesOf(types: Json | undefined): string {
  const list = Array.isArray(types) ? types : [types];
  return list.map((type) => typeNames[String(type)] ?? String(type)).join(' or ');
}

function formsOf(schema: Json): string {
  if (!Array.isArray(schema)) return 'one of its forms';
  const types = schema.map((form) => (isJsonObject(form) ? form['type'] : undefined));
  return types.every((type) => type !== undefined) ? types.map(typeNamesOf).join(' or ') : 'one of its forms';
}

function choices(allowed: readonly Json[], value: Json, came: string): string {
  const names = allowed.map(String);
  const near = typeof value === 'string' ? nearest(value, names) : undefined;
  const list = names.length > 1 ? `one of ${names.join(', ')}` : names.join('');
  return `expected ${list}; came ${came}${near ? `; did you mean "${near}"?` : ''}`;
}

function formatName(format: string): string {
  const parse = Object.hasOwn(unitFormats, format)
    ? unitFormats[format as keyof typeof unitFormats]
    : undefined;
  if (!parse) return format === 'uri' ? 'an address such as https://example.com' : format;
  try {
    parse('');
    return format;
  } catch (error) {
    return (error as Error).message.replace(/^expected /, '').replace(/; came .*$/, '');
  }
}

/** A value as people write it, short. Passwords inside addresses are not shown. */
export function show(value: Json | undefined): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'keys with values';
  if (typeof value !== 'string') return String(value);
  const safe = value.replace(/:\/\/[^/@\s]*@/, '://[secret]@');
  return JSON.stringify(safe.length > 80 ? `${safe.slice(0, 77)}...` : safe);
}
