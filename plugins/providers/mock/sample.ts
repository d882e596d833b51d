import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { type Hints, mentions } from './hints.ts';
import { sampleString } from './sample-string.ts';

/** Optional fields are left out and lists are as short as allowed from here on: schemas can contain themselves. */
const shallow = 3;
/** Nothing is deeper than this, be the schema met or not. */
const deepest = 40;

interface Place {
  readonly root: JsonObject;
  readonly hints: Hints;
  readonly depth: number;
  /** Position in a list: values of one list differ. */
  readonly index: number;
}

/**
 * A value that a JSON Schema allows, the same for the same schema and hints. Follows references within the schema,
 * enum, const, types, required and optional fields, bounds, lengths, formats, anyOf, oneOf and allOf; not `not`,
 * conditions and most patterns.
 */
export function sampleOf(schema: JsonObject, hints: Hints): Json {
  return sample(schema, { root: schema, hints, depth: 0, index: 0 });
}

function sample(schema: Json | undefined, at: Place): Json {
  if (!isJsonObject(schema) || at.depth > deepest) return null;
  const deeper = { ...at, depth: at.depth + 1 };
  if (typeof schema['$ref'] === 'string') return sample(resolve(at.root, schema['$ref']), deeper);
  if ('const' in schema) return schema['const'] ?? null;
  const { enum: values, anyOf, oneOf, allOf } = schema as Record<string, Json | undefined>;
  if (isList(values) && values.length > 0) return choose(values, at);
  const branches = isList(anyOf) ? anyOf : isList(oneOf) ? oneOf : null;
  if (branches !== null && branches.length > 0) {
    const { anyOf: _any, oneOf: _one, ...rest } = schema;
    const branch = at.depth > shallow ? (branches.find(isNullType) ?? branches[0]) : branches[0];
    return sample(isJsonObject(branch) ? merge(rest, branch) : rest, deeper);
  }
  if (isList(allOf)) {
    const { allOf: _all, ...rest } = schema;
    return sample(
      allOf.reduce<JsonObject>((all, part) => merge(all, follow(part, at)), rest),
      deeper,
    );
  }
  switch (typeOf(schema, at.depth)) {
    case 'object':
      return sampleObject(schema, deeper);
    case 'array':
      return sampleList(schema, deeper);
    case 'integer':
    case 'number':
      return sampleNumber(schema, at);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return sampleString(schema, at.hints.words[0] ?? 'mock', at.index);
  }
}

/** The value that the text names, else the first; the next ones for the next items of a list. */
function choose(values: readonly Json[], at: Place): Json {
  const named = values.find((value) => typeof value === 'string' && mentions(at.hints.text, value));
  if (named !== undefined && at.index === 0) return named;
  return values[at.index % values.length]!;
}

function sampleObject(schema: JsonObject, at: Place): Json {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const required = isList(schema['required'])
    ? schema['required'].filter((name) => typeof name === 'string')
    : [];
  const result: Record<string, Json> = {};
  for (const [name, property] of Object.entries(properties)) {
    const optional = !required.includes(name);
    if (
      optional &&
      (at.depth > shallow || (isJsonObject(property) && ('not' in property || 'pattern' in property)))
    )
      continue;
    define(result, name, sample(property, { ...at, index: 0 }));
  }
  for (const name of required) {
    if (!Object.hasOwn(result, name)) define(result, name, sample(additional(schema), { ...at, index: 0 }));
  }
  const { minProperties } = schema;
  for (
    let index = 1;
    typeof minProperties === 'number' && Object.keys(result).length < Math.min(minProperties, 100);
    index += 1
  ) {
    define(result, `key${index}`, sample(additional(schema), { ...at, index: 0 }));
  }
  return result;
}

/** Also for the name `__proto__`, which plain assignment would take for something else. */
function define(target: Record<string, Json>, name: string, value: Json): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

function additional(schema: JsonObject): JsonObject {
  return isJsonObject(schema['additionalProperties']) ? schema['additionalProperties'] : { type: 'string' };
}

function sampleList(schema: JsonObject, at: Place): Json {
  const { minItems, maxItems, prefixItems, items } = schema as Record<string, Json | undefined>;
  // Draft 7 wrote tuples as a list of items.
  const first = isList(prefixItems) ? prefixItems : isList(items) ? items : [];
  const least = typeof minItems === 'number' ? Math.min(minItems, 1000) : 0;
  const wanted = Math.max(least, first.length, at.depth > shallow ? 0 : 1);
  const count = typeof maxItems === 'number' ? Math.min(wanted, maxItems) : wanted;
  return Array.from({ length: count }, (_, index) => sample(first[index] ?? items ?? {}, { ...at, index }));
}

function sampleNumber(schema: JsonObject, at: Place): number {
  const number = (key: string) => (typeof schema[key] === 'number' ? (schema[key] as number) : undefined);
  const whole = typeOf(schema, at.depth) === 'integer';
  const multiple = number('multipleOf') ?? (whole ? 1 : undefined);
  const step = multiple ?? 0.5;
  const above = number('exclusiveMinimum');
  const below = number('exclusiveMaximum');
  const low = Math.max(
    number('minimum') ?? -Infinity,
    above === undefined ? -Infinity : above + Math.min(step, gap(above, below)),
  );
  const high = Math.min(
    number('maximum') ?? Infinity,
    below === undefined ? Infinity : below - Math.min(step, gap(above, below)),
  );
  const hint = at.hints.numbers[0] ?? 1;
  const start = Math.min(high, Math.max(low, hint)) + at.index * step;
  const value = Math.min(start, high);
  if (multiple === undefined) return value;
  const up = Math.ceil(value / multiple) * multiple;
  return up <= high ? up : Math.floor(high / multiple) * multiple;
}

/** Half the room between two bounds, so that a step beyond one does not pass the other. */
function gap(above: number | undefined, below: number | undefined): number {
  return above === undefined || below === undefined ? Infinity : (below - above) / 2;
}

function typeOf(schema: JsonObject, depth: number): string {
  const { type } = schema as Record<string, Json | undefined>;
  if (typeof type === 'string') return type;
  if (isList(type)) {
    if (depth > shallow && type.includes('null')) return 'null';
    return String(type.find((name) => name !== 'null') ?? 'null');
  }
  if ('properties' in schema || 'required' in schema) return 'object';
  if ('items' in schema || 'prefixItems' in schema) return 'array';
  return 'minimum' in schema || 'maximum' in schema ? 'number' : 'string';
}

function isNullType(schema: Json): boolean {
  return isJsonObject(schema) && schema['type'] === 'null';
}

function follow(schema: Json, at: Place): JsonObject {
  let found: Json | undefined = schema;
  for (
    let steps = 0;
    isJsonObject(found) && typeof found['$ref'] === 'string' && steps < deepest;
    steps += 1
  ) {
    found = resolve(at.root, found['$ref']);
  }
  return isJsonObject(found) ? found : {};
}

/** Both at once, as `allOf` means it, as far as adding their fields up goes. */
function merge(one: JsonObject, two: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...one, ...two };
  if (isJsonObject(one['properties']) && isJsonObject(two['properties'])) {
    merged['properties'] = { ...one['properties'], ...two['properties'] };
  }
  if (isList(one['required']) && isList(two['required']))
    merged['required'] = [...one['required'], ...two['required']];
  return merged;
}

/** `#`, `#/$defs/name`: references within the schema. Others lead nowhere. */
function resolve(root: JsonObject, ref: string): Json | undefined {
  if (ref === '#') return root;
  if (!ref.startsWith('#/')) return undefined;
  let found: Json | undefined = root;
  for (const part of ref.slice(2).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (isList(found)) found = found[Number(name)];
    else if (isJsonObject(found) && Object.hasOwn(found, name)) found = found[name];
    else return undefined;
  }
  return found;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
