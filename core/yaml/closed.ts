import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import type { JsonSchema } from '../../sdk/plugin.ts';

/** Keywords whose values are data, not schemas. */
const data: ReadonlySet<string> = new Set(['default', 'const', 'enum', 'examples', 'required', 'type']);
/** Keywords that hold schemas by name. */
const named: ReadonlySet<string> = new Set(['properties', 'patternProperties', '$defs', 'definitions']);
/** Schemas that add to the one they stand in: their lists of properties are never the whole list. */
const additions: ReadonlySet<string> = new Set(['allOf', 'if', 'then', 'else', 'not']);
const unions: ReadonlySet<string> = new Set(['anyOf', 'oneOf']);

/**
 * The schema with every object closed that lists its `properties` and does not say otherwise: a key that nobody reads
 * is a typing mistake, and must not be ignored in silence. Left open is what other parts of the schema may add
 * properties to.
 */
export function closeObjects(schema: JsonSchema): JsonSchema {
  return closed(schema, true) as JsonObject;
}

function closed(schema: Json, closing: boolean): Json {
  if (Array.isArray(schema)) return schema.map((item) => closed(item, closing));
  if (!isJsonObject(schema)) return schema;
  const hasProperties = isJsonObject(schema['properties']);
  const copy: Record<string, Json | undefined> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (value === undefined || data.has(key)) copy[key] = value;
    else if (named.has(key) && isJsonObject(value)) copy[key] = closedEach(value);
    // A union beside properties narrows them; a union on its own is a choice between whole objects.
    else if (unions.has(key)) copy[key] = closed(value, closing && !hasProperties);
    else copy[key] = closed(value, !additions.has(key));
  }
  const says = 'additionalProperties' in schema || 'unevaluatedProperties' in schema || '$ref' in schema;
  if (closing && hasProperties && !says && !partsHaveProperties(schema)) copy['additionalProperties'] = false;
  return copy;
}

function closedEach(schemas: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schemas).map(([key, value]) => [key, closed(value!, true)]));
}

/** True where an `anyOf`, `if` … beside the properties names properties that are not among them. */
function partsHaveProperties(schema: JsonObject): boolean {
  const own = Object.keys(schema['properties'] as JsonObject);
  return [...unions, ...additions].some((key) => {
    const parts = Array.isArray(schema[key]) ? (schema[key] as readonly Json[]) : [schema[key]];
    return parts.some((part) => {
      if (!isJsonObject(part)) return false;
      const properties = isJsonObject(part['properties']) ? Object.keys(part['properties']) : [];
      return '$ref' in part || properties.some((name) => !own.includes(name));
    });
  });
}
