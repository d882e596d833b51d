import type { JsonSchema } from '../../sdk/plugin.ts';
import { scriptedFailures } from './case.ts';

const text = { type: 'string' } as const;
const names = { type: 'array', items: text } as const;
const anyObject = { type: 'object' } as const;
const texts = { type: 'object', additionalProperties: text } as const;
const count = { type: 'integer', minimum: 0 } as const;
const status = { type: 'integer', minimum: 100, maximum: 599 } as const;

const textForms = [
  text,
  {
    type: 'object',
    minProperties: 1,
    properties: { contains: text, not_contains: text, matches: text },
  },
] as const;

const request = {
  type: 'object',
  properties: {
    api: { enum: ['chat', 'completions', 'embeddings', 'messages', 'responses'] },
    model: text,
    messages: { type: 'array', items: { type: ['string', 'object'] } },
    system: text,
    lastUser: text,
    tools: { type: 'array', items: { type: ['string', 'object'] } },
    stream: { type: 'boolean' },
    params: anyObject,
    headers: texts,
    tokensIn: count,
    images: count,
    json: { type: 'boolean' },
    body: anyObject,
  },
} as const;

const reply = {
  type: 'object',
  minProperties: 1,
  properties: {
    text,
    chunks: { type: 'array', items: text, minItems: 1 },
    tool: {
      type: 'object',
      required: ['name'],
      properties: { name: text, arguments: { type: ['object', 'string'], default: {} } },
    },
    fail: { enum: [...scriptedFailures] },
    status,
    json: {},
    finish: { enum: ['stop', 'length', 'tool_calls', 'content_filter'] },
    tokensOut: count,
    usd: { type: 'number', minimum: 0 },
  },
} as const;

/** Schema of `given`. */
export const givenSchema = {
  type: 'object',
  properties: {
    tenant: { type: 'object', properties: { id: text, plan: text, region: text, labels: texts } },
    key: { type: 'object', properties: { id: text, name: text, scopes: names } },
    user: text,
    feature: text,
    ip: text,
    now: text,
    seed: { type: ['string', 'number'] },
    request,
    tags: texts,
    budget: anyObject,
    upstream: { type: 'array', items: reply },
  },
} as const satisfies JsonSchema;

const deny = {
  anyOf: [
    { type: 'boolean' },
    { type: 'object', properties: { status, code: text, message: { anyOf: [...textForms] } } },
  ],
} as const;

const expectSchema = {
  type: 'object',
  minProperties: 1,
  properties: {
    deny,
    rules: names,
    not_rules: names,
    target: text,
    model: text,
    attempts: count,
    tags: { type: 'object', additionalProperties: { type: ['string', 'null'] } },
    lost: names,
    verbs: { type: 'array', items: { type: 'object', minProperties: 1, maxProperties: 1 } },
    upstream_text: { anyOf: [...textForms] },
    upstream: {},
    response_text: { anyOf: [...textForms] },
    status,
    headers: { type: 'object', additionalProperties: { anyOf: [...textForms, { type: 'null' }] } },
    reason: text,
  },
} as const;

/** One case. Its `given` is checked together with what all cases of the file share. */
export const caseSchema = {
  type: 'object',
  required: ['name', 'expect'],
  properties: {
    name: { type: 'string', minLength: 1 },
    given: givenSchema,
    expect: expectSchema,
    skip: { type: ['boolean', 'string'] },
  },
} as const satisfies JsonSchema;

/** A table of cases under facts that they share. */
export const tableSchema = {
  type: 'object',
  required: ['cases'],
  properties: { given: givenSchema, cases: { type: 'array', items: caseSchema, minItems: 1 } },
} as const satisfies JsonSchema;

/** A list of cases. */
export const listSchema = { type: 'array', items: caseSchema } as const satisfies JsonSchema;
