import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';

/** Deeper schemas end in texts. */
const maxDepth = 32;
/** A few references can stand for any number of members: what comes after this many is cut short. */
const maxNodes = 2000;

/** Keywords that are taken over as they are, where their value is of this type. */
const kept: Readonly<Record<string, 'number' | 'string'>> = {
  title: 'string',
  description: 'string',
  minimum: 'number',
  maximum: 'number',
  minLength: 'number',
  maxLength: 'number',
  minItems: 'number',
  maxItems: 'number',
  pattern: 'string',
};
const formats: ReadonlySet<Json | undefined> = new Set([
  'enum',
  'date-time',
  'float',
  'double',
  'int32',
  'int64',
]);
const types: ReadonlySet<Json | undefined> = new Set([
  'string',
  'number',
  'integer',
  'boolean',
  'array',
  'object',
]);

/** What is known while a schema is reduced. */
interface Reduction {
  readonly root: JsonObject;
  /** References that are being resolved: one that comes again is a recursion. */
  readonly open: Set<string>;
  nodes: number;
}

/**
 * A JSON schema in the part of OpenAPI 3.0 that old Gemini models take (`Schema` of ai.google.dev/api/caching): types in
 * capitals, `nullable`, enums of texts; references written out, a recursive one once; unknown keywords left out. What
 * cannot be said is less strict, never an error: the model still reads names and descriptions.
 */
export function reduceSchema(schema: JsonObject): JsonObject {
  return reduce(schema, { root: schema, open: new Set(), nodes: 0 }, 0);
}

function reduce(value: Json | undefined, reduction: Reduction, depth: number): JsonObject {
  if (!isJsonObject(value)) return { type: 'STRING' };
  if (++reduction.nodes > maxNodes || depth > maxDepth) return leaf(value);
  const { $ref: reference } = value;
  if (typeof reference === 'string') return reduceReference(value, reference, reduction, depth);
  const node = withAllOf(value, reduction, depth);
  const choices = choicesOf(node);
  return choices === null
    ? reduceOne(node, reduction, depth)
    : reduceChoices(node, choices, reduction, depth);
}

/** Resolves `#/…`; what stands beside the reference adds to it. */
function reduceReference(
  value: JsonObject,
  reference: string,
  reduction: Reduction,
  depth: number,
): JsonObject {
  const { $ref: _reference, ...beside } = value;
  const found = reduction.open.has(reference) ? undefined : resolve(reduction.root, reference);
  if (!isJsonObject(found)) return leaf(beside);
  reduction.open.add(reference);
  const reduced = reduce({ ...found, ...beside }, reduction, depth + 1);
  reduction.open.delete(reference);
  return reduced;
}

function resolve(root: JsonObject, reference: string): Json | undefined {
  if (!reference.startsWith('#')) return undefined;
  let at: Json | undefined = root;
  for (const step of reference.slice(1).split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(at)) at = (at as readonly Json[])[Number(name)];
    else if (isJsonObject(at) && Object.hasOwn(at, name)) at = at[name];
    else return undefined;
  }
  return at;
}

/** The members of `allOf` become one schema with what stands beside it. */
function withAllOf(value: JsonObject, reduction: Reduction, depth: number): JsonObject {
  if (!Array.isArray(value['allOf'])) return value;
  const { allOf, ...node } = value;
  const merged: Record<string, Json | undefined> = {};
  const properties = new Map<string, Json>();
  const required: Json[] = [];
  for (const member of [...(allOf as readonly Json[]), node]) {
    if (reduction.nodes > maxNodes) break;
    const part = flat(member, reduction, depth + 1);
    for (const [name, property] of Object.entries(asObject(part['properties'])))
      properties.set(name, property);
    required.push(...asList(part['required']));
    Object.assign(merged, part);
  }
  if (properties.size > 0) merged['properties'] = Object.fromEntries(properties);
  if (required.length > 0) merged['required'] = required;
  return merged;
}

/** A member of `allOf` without its own `$ref` and `allOf`. */
function flat(member: Json | undefined, reduction: Reduction, depth: number): JsonObject {
  if (!isJsonObject(member) || depth > maxDepth || ++reduction.nodes > maxNodes) return {};
  const { $ref: reference } = member;
  if (typeof reference !== 'string') return withAllOf(member, reduction, depth);
  const { $ref: _reference, ...beside } = member;
  const found = resolve(reduction.root, reference);
  if (!isJsonObject(found) || reduction.open.has(reference)) return beside;
  reduction.open.add(reference);
  const result = { ...flat(found, reduction, depth + 1), ...beside };
  reduction.open.delete(reference);
  return result;
}

/** The alternatives of a schema, `null` among them; null where it has none. A list of types is one alternative each. */
function choicesOf(node: JsonObject): readonly Json[] | null {
  for (const keyword of ['anyOf', 'oneOf']) {
    const list = node[keyword];
    if (Array.isArray(list) && list.length > 0) return list;
  }
  const { type } = node;
  return Array.isArray(type) ? (type as readonly Json[]).map((one) => ({ ...node, type: one })) : null;
}

function reduceChoices(
  node: JsonObject,
  choices: readonly Json[],
  reduction: Reduction,
  depth: number,
): JsonObject {
  const real = choices.filter((choice) => !isNull(choice));
  const nullable = real.length < choices.length ? { nullable: true } : {};
  const { anyOf: _any, oneOf: _one, type: _type, ...shared } = node;
  if (real.length === 0) return { type: 'STRING', ...nullable, ...described(node) };
  if (real.length === 1) {
    const only = isJsonObject(real[0]) ? real[0] : {};
    return { ...reduce({ ...shared, ...only }, reduction, depth + 1), ...nullable };
  }
  // Beside alternatives no other keyword is taken.
  const anyOf = real.map((choice) => reduce(choice, reduction, depth + 1));
  return { anyOf, ...nullable, ...described(node) };
}

function reduceOne(node: JsonObject, reduction: Reduction, depth: number): JsonObject {
  const type = typeOf(node);
  const out: Record<string, Json> = { type: type.toUpperCase() };
  if (node['type'] === 'null' || node['nullable'] === true) out['nullable'] = true;
  for (const keyword in kept) {
    const value = node[keyword];
    if (value !== undefined && typeof value === kept[keyword]) out[keyword] = value as Json;
  }
  if (formats.has(node['format'])) out['format'] = node['format']!;
  addEnum(node, type, out);
  if (type === 'array') out['items'] = reduce(itemsOf(node), reduction, depth + 1);
  if (type === 'object') {
    const members = Object.entries(asObject(node['properties']));
    // Not an assignment: a property may be called `__proto__`.
    const properties = Object.fromEntries(
      members.map(([name, member]) => [name, reduce(member, reduction, depth + 1)]),
    );
    out['properties'] = properties;
    const required = [...new Set(asList(node['required']))].filter(
      (name) => typeof name === 'string' && Object.hasOwn(properties, name),
    );
    if (required.length > 0) out['required'] = required;
  }
  return out;
}

/** Only texts can be listed, and none may be empty; other values are named in the description. */
function addEnum(node: JsonObject, type: string, out: Record<string, Json>): void {
  const values = Array.isArray(node['enum']) ? (node['enum'] as readonly Json[]) : asList(undefined);
  const all = node['const'] === undefined ? values : [node['const']];
  if (all.includes(null)) out['nullable'] = true;
  const real = all.filter((value) => value !== null && value !== '');
  if (real.length === 0) return;
  if (type === 'string' && real.every((value) => typeof value === 'string')) {
    out['enum'] = real;
    return;
  }
  const said = typeof out['description'] === 'string' ? `${out['description']} ` : '';
  out['description'] = `${said}(one of ${real
    .slice(0, 100)
    .map((value) => JSON.stringify(value))
    .join(', ')})`;
}

/** The type of a schema that may not name it. Where nothing tells, a text: it can hold anything. */
function typeOf(node: JsonObject): string {
  const { type } = node;
  if (types.has(type)) return type as string;
  if (isJsonObject(node['properties'])) return 'object';
  if (node['items'] !== undefined || node['prefixItems'] !== undefined) return 'array';
  const sample = node['const'] ?? asList(node['enum'])[0];
  return typeof sample === 'number' || typeof sample === 'boolean' ? typeof sample : 'string';
}

/** Members of a list; those of a tuple are alternatives. */
function itemsOf(node: JsonObject): Json | undefined {
  const tuple = Array.isArray(node['prefixItems']) ? node['prefixItems'] : node['items'];
  return Array.isArray(tuple) ? { anyOf: tuple as readonly Json[] } : (tuple as Json | undefined);
}

/** A schema without its members. */
function leaf(node: JsonObject): JsonObject {
  const type = types.has(node['type']) ? (node['type'] as string) : 'object';
  const items = type === 'array' ? { items: { type: 'STRING' } } : {};
  return { type: type.toUpperCase(), ...items, ...described(node) };
}

function described({ description }: JsonObject): JsonObject {
  return typeof description === 'string' ? { description } : {};
}

function isNull(choice: Json): boolean {
  return isJsonObject(choice) && (choice['type'] === 'null' || choice['const'] === null);
}

function asObject(value: Json | undefined): Readonly<Record<string, Json>> {
  return isJsonObject(value) ? (value as Readonly<Record<string, Json>>) : {};
}

function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
