import type { ErrorObject } from 'ajv';
import { parseDurationMs, parseNanoUsd, parseSizeBytes } from '../../../../core/config/units.ts';
import type { Json, JsonObject } from '../../../../sdk/json.ts';

// Stands in for `core/yaml/ajv.ts` in the page: ajv makes code of schemas, which the page's Content-Security-Policy
// forbids. This one walks them. It knows the keywords that cases and the portable plugins use; a test holds the two
// together on them.

export const unitFormats = {
  duration: parseDurationMs,
  size: parseSizeBytes,
  money: parseNanoUsd,
} as const satisfies Record<string, (text: unknown) => number>;

type Place = { readonly instancePath: string; readonly schemaPath: string };
type Validate = ((value: Json) => boolean) & { errors: ErrorObject[] | null };

/** The part of ajv that `compileValidator` needs. */
export function sharedAjv(): { compile(schema: JsonObject): Validate } {
  return {
    compile(schema) {
      const validate: Validate = Object.assign(
        (value: Json) => {
          const errors: ErrorObject[] = [];
          check(schema, value, { instancePath: '', schemaPath: '#' }, errors);
          validate.errors = errors.length === 0 ? null : errors;
          return errors.length === 0;
        },
        { errors: null },
      );
      return validate;
    },
  };
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function isOf(value: Json, type: string): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeOf(value) === type;
}

function check(schema: JsonObject, value: Json, place: Place, errors: ErrorObject[]): void {
  const fail = (keyword: string, params: Record<string, unknown>, message = keyword) => {
    const { instancePath, schemaPath } = place;
    errors.push({
      instancePath,
      schemaPath: `${schemaPath}/${keyword}`,
      keyword,
      params,
      message,
      schema: schema[keyword],
      parentSchema: schema,
      data: value,
    });
  };
  const type = schema['type'];
  const types = (Array.isArray(type) ? type : type === undefined ? [] : [type]) as readonly string[];
  if (types.length > 0 && !types.some((one) => isOf(value, one))) {
    fail('type', { type: Array.isArray(type) ? types : types[0] });
    return;
  }
  const allowed = schema['enum'] as readonly Json[] | undefined;
  if (allowed !== undefined && !allowed.some((one) => same(one, value)))
    fail('enum', { allowedValues: allowed });
  if ('const' in schema && !same(schema['const'] ?? null, value))
    fail('const', { allowedValue: schema['const'] });
  if (typeof value === 'string') checkText(schema, value, fail);
  else if (typeof value === 'number') checkNumber(schema, value, fail);
  else if (Array.isArray(value)) checkList(schema, value, place, errors, fail);
  else if (typeof value === 'object' && value !== null)
    checkObject(schema, value as JsonObject, place, errors, fail);
  for (const keyword of ['anyOf', 'oneOf'] as const) checkUnion(schema, keyword, value, place, errors, fail);
}

type Fail = (keyword: string, params: Record<string, unknown>, message?: string) => void;

function checkText(schema: JsonObject, value: string, fail: Fail): void {
  const length = [...value].length;
  const { minLength, maxLength, pattern, format } = schema;
  if (typeof minLength === 'number' && length < minLength) fail('minLength', { limit: minLength });
  if (typeof maxLength === 'number' && length > maxLength) fail('maxLength', { limit: maxLength });
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value)) fail('pattern', { pattern });
  if (typeof format === 'string' && !fits(format, value)) fail('format', { format });
}

function fits(format: string, value: string): boolean {
  if (format === 'uri') return URL.canParse(value);
  if (!Object.hasOwn(unitFormats, format)) return true;
  try {
    unitFormats[format as keyof typeof unitFormats](value);
    return true;
  } catch {
    return false;
  }
}

function checkNumber(schema: JsonObject, value: number, fail: Fail): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  if (typeof minimum === 'number' && value < minimum) fail('minimum', { limit: minimum });
  if (typeof maximum === 'number' && value > maximum) fail('maximum', { limit: maximum });
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum)
    fail('exclusiveMinimum', { limit: exclusiveMinimum });
  if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum)
    fail('exclusiveMaximum', { limit: exclusiveMaximum });
}

function checkList(
  schema: JsonObject,
  value: readonly Json[],
  place: Place,
  errors: ErrorObject[],
  fail: Fail,
): void {
  const { minItems, maxItems, items, uniqueItems } = schema;
  if (typeof minItems === 'number' && value.length < minItems) fail('minItems', { limit: minItems });
  if (typeof maxItems === 'number' && value.length > maxItems) fail('maxItems', { limit: maxItems });
  if (uniqueItems === true) {
    for (let i = value.length - 1; i > 0; i--) {
      const j = value.findIndex((one) => same(one, value[i]!));
      if (j < i) {
        fail('uniqueItems', { i, j });
        break;
      }
    }
  }
  if (items === undefined) return;
  for (const [i, one] of value.entries()) {
    const at = {
      instancePath: `${place.instancePath}/${i}`,
      schemaPath: `${place.schemaPath}/items`,
    };
    check(items as JsonObject, one, at, errors);
  }
}

function checkObject(
  schema: JsonObject,
  value: JsonObject,
  place: Place,
  errors: ErrorObject[],
  fail: Fail,
): void {
  const { minProperties, maxProperties, required = [], additionalProperties } = schema;
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonObject>>;
  const holder = value as Record<string, Json>;
  for (const [key, { default: standard }] of Object.entries(properties)) {
    if (standard !== undefined && holder[key] === undefined) holder[key] = structuredClone(standard) as Json;
  }
  const keys = Object.keys(value);
  if (typeof minProperties === 'number' && keys.length < minProperties)
    fail('minProperties', { limit: minProperties });
  if (typeof maxProperties === 'number' && keys.length > maxProperties)
    fail('maxProperties', { limit: maxProperties });
  for (const key of required as readonly string[]) {
    if (value[key] === undefined) fail('required', { missingProperty: key });
  }
  for (const key of keys) {
    const instancePath = `${place.instancePath}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (Object.hasOwn(properties, key)) {
      const schemaPath = `${place.schemaPath}/properties/${key}`;
      check(properties[key]!, value[key]!, { instancePath, schemaPath }, errors);
    } else if (additionalProperties === false) {
      fail('additionalProperties', { additionalProperty: key });
    } else if (typeof additionalProperties === 'object') {
      const schemaPath = `${place.schemaPath}/additionalProperties`;
      check(additionalProperties as JsonObject, value[key]!, { instancePath, schemaPath }, errors);
    }
  }
}

function checkUnion(
  schema: JsonObject,
  keyword: 'anyOf' | 'oneOf',
  value: Json,
  { instancePath, schemaPath }: Place,
  errors: ErrorObject[],
  fail: Fail,
): void {
  const forms = schema[keyword] as readonly JsonObject[] | undefined;
  if (forms === undefined) return;
  const failed: ErrorObject[] = [];
  const passing: number[] = [];
  for (const [i, form] of forms.entries()) {
    const own: ErrorObject[] = [];
    check(form, value, { instancePath, schemaPath: `${schemaPath}/${keyword}/${i}` }, own);
    if (own.length === 0) passing.push(i);
    failed.push(...own);
  }
  if (passing.length === 0) {
    errors.push(...failed);
    fail(keyword, keyword === 'oneOf' ? { passingSchemas: null } : {});
  } else if (keyword === 'oneOf' && passing.length > 1) fail(keyword, { passingSchemas: passing });
}

function same(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
