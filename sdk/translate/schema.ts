import { isJsonObject, type Json, type JsonObject } from '../json.ts';

/**
 * A tool's schema as every provider takes it: an object at the top, without `$schema` and `$id`; `$defs` stay. A schema
 * that is fine comes back as it is, so that a prompt's bytes, and with them the provider's cache, stay the same.
 */
export function toolSchema(schema: JsonObject): JsonObject {
  if (schema['type'] === 'object' && schema['$schema'] === undefined && schema['$id'] === undefined) {
    return schema['properties'] === undefined ? { ...schema, properties: {} } : schema;
  }
  const { $schema: _schema, $id: _id, type: _type, ...rest } = schema;
  return { type: 'object', properties: {}, ...rest };
}

/** Keywords that Anthropic's and Bedrock's native JSON output refuses (fields of strings, numbers and arrays). */
const refused = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
] as const;

/**
 * A schema for output that the provider enforces itself: every object closed with `additionalProperties: false`, and
 * limits that it cannot enforce written into the description, where the model still reads them.
 */
export function strictSchema(schema: JsonObject): JsonObject {
  return strict(schema, 0) as JsonObject;
}

function strict(value: Json, depth: number): Json {
  if (depth > 100) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => strict(item, depth + 1));
  if (!isJsonObject(value)) return value;
  const out: Record<string, Json> = {};
  const limits: string[] = [];
  for (const [key, member] of membersOf(value)) {
    if (key === '$schema' || key === '$id') continue;
    if ((refused as readonly string[]).includes(key) && typeof member !== 'object') {
      limits.push(`${key}: ${String(member)}`);
    } else if (key === 'properties' || key === '$defs' || key === 'definitions') {
      out[key] = isJsonObject(member) ? mapped(member, depth) : member;
    } else if (key === 'enum' || key === 'const' || key === 'default' || key === 'examples') {
      out[key] = member;
    } else {
      out[key] = strict(member, depth + 1);
    }
  }
  if (value['type'] === 'object') out['additionalProperties'] = false;
  if (limits.length > 0) {
    const said = typeof out['description'] === 'string' ? `${out['description']} ` : '';
    out['description'] = `${said}(${limits.join(', ')})`;
  }
  return out;
}

function mapped(members: JsonObject, depth: number): JsonObject {
  return Object.fromEntries(membersOf(members).map(([name, member]) => [name, strict(member, depth + 1)]));
}

function membersOf(value: JsonObject): [string, Json][] {
  return Object.entries(value).filter((member): member is [string, Json] => member[1] !== undefined);
}
