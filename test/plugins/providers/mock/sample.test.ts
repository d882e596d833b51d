import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import t from 'tap';
import { hintsOf } from '../../../../plugins/providers/mock/hints.ts';
import { sampleOf } from '../../../../plugins/providers/mock/sample.ts';
import type { JsonObject } from '../../../../sdk/json.ts';
import { ask, json, mock, saying } from './ask.ts';

const ajv = new Ajv2020({ strict: false, validateFormats: false });

const schemas: readonly (readonly [string, JsonObject])[] = [
  [
    'an object with required fields',
    {
      type: 'object',
      required: ['a', 'b'],
      properties: { a: { type: 'string' }, b: { type: 'integer' } },
      additionalProperties: false,
    },
  ],
  [
    'enum and const',
    { type: 'object', required: ['a', 'b'], properties: { a: { enum: ['x', 'y'] }, b: { const: 7 } } },
  ],
  [
    'bounds',
    {
      type: 'object',
      required: ['a', 'b', 'c', 'd'],
      properties: {
        a: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.1 },
        b: { type: 'integer', minimum: 10, multipleOf: 7 },
        c: { type: 'number', maximum: -3 },
        d: { type: 'integer', exclusiveMinimum: 3, maximum: 4 },
      },
    },
  ],
  [
    'lengths',
    {
      type: 'object',
      required: ['a', 'b'],
      properties: { a: { type: 'string', minLength: 20 }, b: { type: 'string', maxLength: 2 } },
    },
  ],
  ['lists', { type: 'array', minItems: 3, maxItems: 4, uniqueItems: true, items: { type: 'string' } }],
  [
    'tuples',
    {
      type: 'array',
      prefixItems: [{ type: 'string' }, { type: 'integer' }],
      items: { type: 'boolean' },
      minItems: 3,
    },
  ],
  [
    'references',
    {
      type: 'object',
      required: ['a'],
      properties: { a: { $ref: '#/$defs/thing' } },
      $defs: { thing: { type: 'object', required: ['n'], properties: { n: { type: 'number' } } } },
    },
  ],
  [
    'a tree',
    {
      $ref: '#/$defs/node',
      $defs: {
        node: {
          type: 'object',
          required: ['name', 'children'],
          properties: {
            name: { type: 'string' },
            children: { type: 'array', items: { $ref: '#/$defs/node' } },
          },
        },
      },
    },
  ],
  [
    'a linked list',
    {
      type: 'object',
      required: ['next'],
      properties: { next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
    },
  ],
  [
    'nullable by a list of types',
    { type: 'object', required: ['a'], properties: { a: { type: ['string', 'null'] } } },
  ],
  [
    'anyOf beside properties',
    {
      type: 'object',
      properties: { k: { type: 'string' } },
      anyOf: [{ required: ['k'] }, { required: ['z'] }],
    },
  ],
  [
    'allOf',
    {
      allOf: [
        { type: 'object', required: ['a'], properties: { a: { type: 'integer' } } },
        { required: ['b'], properties: { b: { type: 'boolean' } } },
      ],
    },
  ],
  ['a map', { type: 'object', additionalProperties: { type: 'integer' }, minProperties: 2 }],
  [
    'simple patterns',
    {
      type: 'object',
      required: ['a', 'b'],
      properties: { a: { type: 'string', pattern: '^[A-Z]+$' }, b: { type: 'string', pattern: '^\\d{3}$' } },
    },
  ],
  ['no type', { properties: { a: { minimum: 2 } }, required: ['a'] }],
  [
    'a field named __proto__',
    JSON.parse(
      '{"type":"object","required":["__proto__"],"properties":{"__proto__":{"type":"integer"}}}',
    ) as JsonObject,
  ],
];
for (const [name, schema] of schemas) {
  t.test(`a made-up value fits: ${name}`, async (t) => {
    const value = sampleOf(schema, hintsOf('Book 3 rooms for Ada in "Rome".'));
    t.ok(
      ajv.validate(schema, JSON.parse(JSON.stringify(value))),
      `${JSON.stringify(value)} ${ajv.errorsText()}`,
    );
  });
}

// The validator compares objects by their own toString and valueOf where they have such members.
const plainJson = fc
  .jsonValue({ maxDepth: 1 })
  .filter((value) => !/"(?:toString|valueOf)"/.test(JSON.stringify(value)));
const leaf = fc.oneof(
  fc.constant({ type: 'string' }),
  fc.record({ type: fc.constant('string'), minLength: fc.nat(30) }),
  fc
    .tuple(fc.integer({ min: -50, max: 50 }), fc.nat(50))
    .map(([low, room]) => ({ type: 'integer', minimum: low, maximum: low + room })),
  fc.record({ type: fc.constant('number'), minimum: fc.integer({ min: -9, max: 9 }) }),
  fc.record({
    enum: fc.uniqueArray(plainJson, {
      minLength: 1,
      maxLength: 3,
      selector: (value) => JSON.stringify(value),
    }),
  }),
  fc.constant({ type: 'boolean' }),
  fc.constant({ type: ['null', 'integer'] }),
);
const { schema: anySchema } = fc.letrec<{ schema: unknown }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc
      .record({
        properties: fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), tie('schema'), { maxKeys: 4 }),
        all: fc.boolean(),
      })
      .map(({ properties, all }) => ({
        type: 'object',
        properties,
        required: all ? Object.keys(properties) : [],
        additionalProperties: false,
      })),
    fc.record({ type: fc.constant('array'), items: tie('schema'), minItems: fc.nat(3) }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
  ),
}));

t.test('a made-up value fits every schema of these forms, the same each time', async () => {
  fc.assert(
    fc.property(anySchema, fc.string(), (schema, text) => {
      const value = JSON.stringify(sampleOf(schema as JsonObject, hintsOf(text)));
      if (!new Ajv2020({ strict: false }).validate(schema as object, JSON.parse(value))) return false;
      return value === JSON.stringify(sampleOf(schema as JsonObject, hintsOf(text)));
    }),
    { numRuns: 100 },
  );
});

t.test('a schema that only leads to itself ends', async (t) => {
  t.equal(sampleOf({ $ref: '#' }, hintsOf('')), null);
  const endless = { type: 'object', required: ['a'], properties: { a: { $ref: '#' } } };
  t.type(JSON.stringify(sampleOf(endless, hintsOf(''))), 'string');
});

t.test('response_format gets JSON: any object, or one that fits the schema', async (t) => {
  const { provider } = mock();
  const said = async (format: JsonObject, model = 'gpt') => {
    const answer = json(await ask(provider, saying('Who is Ada?', { model, response_format: format })));
    return answer.choices[0]?.message.content ?? '';
  };
  t.same(JSON.parse(await said({ type: 'json_object' })), { answer: 'Mock answer to: Who is Ada?' });
  const schema = {
    type: 'object',
    required: ['name'],
    properties: { name: { type: 'string' } },
    additionalProperties: false,
  };
  const format = { type: 'json_schema', json_schema: { name: 'person', schema, strict: true } };
  t.same(JSON.parse(await said(format)), { name: 'Ada' });
  t.equal(
    await said(format, 'gpt+say-no-json-here'),
    'no json here',
    'what is scripted is said, JSON or not',
  );
});
