import fc from 'fast-check';
import t from 'tap';
import { reduceSchema } from '../../../../plugins/providers/gemini/schema.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../../sdk/json.ts';

const cases: readonly (readonly [string, JsonObject, JsonObject])[] = [
  [
    'types in capitals, unknown keywords gone',
    {
      $schema: 's',
      type: 'object',
      properties: { a: { type: 'integer', minimum: 1, exclusiveMaximum: 9, default: 2 } },
      required: ['a', 'b'],
      additionalProperties: false,
    },
    { type: 'OBJECT', properties: { a: { type: 'INTEGER', minimum: 1 } }, required: ['a'] },
  ],
  [
    'a list of types',
    { type: ['string', 'null'], description: 'x' },
    { type: 'STRING', nullable: true, description: 'x' },
  ],
  ['several types', { type: ['string', 'integer'] }, { anyOf: [{ type: 'STRING' }, { type: 'INTEGER' }] }],
  [
    'null among alternatives',
    { anyOf: [{ type: 'integer' }, { type: 'null' }], description: 'x', title: 'y' },
    { type: 'INTEGER', nullable: true, description: 'x', title: 'y' },
  ],
  [
    'nothing else stands beside alternatives',
    { oneOf: [{ type: 'string' }, { type: 'array' }], title: 'y', description: 'x' },
    { anyOf: [{ type: 'STRING' }, { type: 'ARRAY', items: { type: 'STRING' } }], description: 'x' },
  ],
  ['nothing but null', { type: 'null' }, { type: 'STRING', nullable: true }],
  ['an enum of texts', { enum: ['a', '', 'b', null] }, { type: 'STRING', nullable: true, enum: ['a', 'b'] }],
  ['an enum of nothing', { type: 'string', enum: [''] }, { type: 'STRING' }],
  [
    'an enum of numbers',
    { enum: [1, 2], description: 'How many.' },
    { type: 'NUMBER', description: 'How many. (one of 1, 2)' },
  ],
  ['a constant', { const: 'a' }, { type: 'STRING', enum: ['a'] }],
  [
    'formats that are known',
    { type: 'string', format: 'date-time' },
    { type: 'STRING', format: 'date-time' },
  ],
  ['formats that are not', { type: 'string', format: 'email' }, { type: 'STRING' }],
  ['anything', {}, { type: 'STRING' }],
  ['a tuple', { prefixItems: [{ type: 'string' }] }, { type: 'ARRAY', items: { type: 'STRING' } }],
  [
    'an empty object within',
    { type: 'object', properties: { a: { type: 'object' } } },
    { type: 'OBJECT', properties: { a: { type: 'OBJECT', properties: {} } } },
  ],
  [
    'a reference, with what stands beside it',
    {
      type: 'object',
      properties: { a: { $ref: '#/$defs/a~1b', description: 'own' } },
      $defs: { 'a/b': { type: 'number', description: 'theirs' } },
    },
    { type: 'OBJECT', properties: { a: { type: 'NUMBER', description: 'own' } } },
  ],
  ['a reference to nowhere', { $ref: '#/$defs/x' }, { type: 'OBJECT' }],
  ['a reference to elsewhere', { $ref: 'https://host.example/x' }, { type: 'OBJECT' }],
  [
    'all of several',
    {
      allOf: [
        { $ref: '#/$defs/a' },
        { type: 'object', properties: { c: { type: 'string' } }, required: ['c'] },
      ],
      properties: { d: { type: 'string' } },
      $defs: { a: { type: 'object', properties: { b: { type: 'string' } }, required: ['b'] } },
    },
    {
      type: 'OBJECT',
      properties: { b: { type: 'STRING' }, c: { type: 'STRING' }, d: { type: 'STRING' } },
      required: ['b', 'c'],
    },
  ],
  [
    'a recursion is written out once',
    {
      $ref: '#/$defs/tree',
      $defs: { tree: { type: 'object', properties: { left: { $ref: '#/$defs/tree' } } } },
    },
    { type: 'OBJECT', properties: { left: { type: 'OBJECT' } } },
  ],
];
for (const [name, schema, expected] of cases) {
  t.test(name, async (t) => t.same(reduceSchema(schema), expected));
}

/** Keywords that `Schema` has. */
const allowed = new Set([
  'type',
  'title',
  'description',
  'nullable',
  'enum',
  'format',
  'items',
  'properties',
  'required',
  'anyOf',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'pattern',
]);

/** Says what is wrong with a reduced schema; null where nothing is. */
function problem(schema: Json | undefined): string | null {
  if (!isJsonObject(schema)) return 'no object';
  for (const keyword of Object.keys(schema)) if (!allowed.has(keyword)) return keyword;
  const { type, anyOf, items, properties, required } = schema;
  const shape = anyOf !== undefined ? type === undefined && Array.isArray(anyOf) : typeof type === 'string';
  if (!shape || (typeof type === 'string' && !/^[A-Z]+$/.test(type))) return `type ${JSON.stringify(type)}`;
  if (
    Array.isArray(schema['enum']) &&
    !schema['enum'].every((value) => typeof value === 'string' && value !== '')
  )
    return 'enum';
  const members = isJsonObject(properties) ? properties : {};
  if (Array.isArray(required) && !required.every((name) => Object.hasOwn(members, String(name))))
    return 'required';
  for (const inner of [...Object.values(members), ...((anyOf ?? []) as readonly Json[])]) {
    const found = problem(inner);
    if (found !== null) return found;
  }
  return items === undefined ? null : problem(items);
}

const names = fc.constantFrom('a', 'b', '$ref', '__proto__', 'c/d');
const references = fc.constantFrom(
  '#',
  '#/$defs/a',
  '#/$defs/b',
  '#/properties/a',
  '#/$defs/c~1d',
  '#/x',
  'y',
  '',
);
const { schema: hostile } = fc.letrec<{ schema: Json }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom<Json>({}, true, null, 7),
    references.map((reference) => ({ $ref: reference })),
    fc.record(
      {
        type: fc.oneof(
          fc.constantFrom('string', 'object', 'array', 'null', 'integer', 'x'),
          fc.array(fc.constantFrom('string', 'object', 'null', 'array')),
          fc.constant(1),
        ),
        $ref: references,
        properties: fc.dictionary(names, tie('schema'), { maxKeys: 3 }),
        $defs: fc.dictionary(names, tie('schema'), { maxKeys: 3 }),
        required: fc.oneof(fc.array(names), fc.constant('a')),
        items: fc.oneof(tie('schema'), fc.array(tie('schema'), { maxLength: 2 })),
        anyOf: fc.array(tie('schema'), { maxLength: 3 }),
        oneOf: fc.array(tie('schema'), { maxLength: 3 }),
        allOf: fc.array(tie('schema'), { maxLength: 3 }),
        enum: fc.oneof(fc.array(fc.constantFrom<Json>('a', '', 1, null, {})), fc.constant('a')),
        const: fc.constantFrom<Json>('a', null, 1),
        description: fc.constantFrom<Json>('x', 3),
        minimum: fc.constantFrom<Json>(1, 'x'),
        format: fc.constantFrom('date-time', 'email'),
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<Json>,
  ),
}));

t.test('whatever the schema, what is left is one that Gemini takes', async () => {
  fc.assert(
    fc.property(hostile, (schema) => {
      if (!isJsonObject(schema)) return true;
      const before = JSON.stringify(schema);
      return problem(reduceSchema(schema)) === null && JSON.stringify(schema) === before;
    }),
    { numRuns: 1000 },
  );
});

t.test('any JSON object is reduced without an error', async () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (schema) => {
      return problem(reduceSchema(schema as JsonObject)) === null;
    }),
  );
});

t.test('a schema made to be large or deep comes to a bounded size', async (t) => {
  const doubling: Record<string, Json> = {};
  for (let level = 0; level < 40; level++) {
    const next = { $ref: `#/$defs/l${level + 1}` };
    doubling[`l${level}`] = { type: 'object', properties: { a: next, b: next } };
  }
  t.ok(JSON.stringify(reduceSchema({ $ref: '#/$defs/l0', $defs: doubling })).length < 1_000_000);

  let deep: Json = { type: 'string' };
  for (let level = 0; level < 2000; level++) deep = { type: 'array', items: deep };
  t.ok(JSON.stringify(reduceSchema(deep as JsonObject)).length < 10_000);

  const again = { allOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }] };
  const loops = { a: { ...again, properties: { a: again, b: again } } };
  t.equal(problem(reduceSchema({ ...again, $defs: loops })), null);
});
