import type { JsonSchema } from '../../sdk/index.ts';
import { type Action, actions, type PiiType, type Place, piiTypes, places } from './types.ts';

/** One entry of `rules`: another action for a type, or a pattern with a name. */
export interface RuleOptions {
  readonly type?: PiiType;
  readonly name?: string;
  readonly pattern?: string;
  readonly action?: Action;
  readonly max_chars: number;
}

/** What the file and each tenant may say. */
export interface RedactionOptions {
  readonly action: Action;
  readonly types: readonly PiiType[];
  readonly rules: readonly RuleOptions[];
  readonly where: readonly Place[];
  readonly allow: readonly string[];
}

/** Options of the file that configures the plugin. The schema below has the defaults. */
export interface PiiOptions extends RedactionOptions {
  readonly tenants: Readonly<Record<string, Partial<RedactionOptions>>>;
  readonly reasoning: boolean;
  readonly media: 'pass' | 'refuse';
  readonly token_arrays: 'refuse' | 'pass';
}

const action = { enum: actions, description: 'What happens to what is found.' } satisfies JsonSchema;

const rule: JsonSchema = {
  type: 'object',
  properties: {
    type: {
      enum: piiTypes,
      description: 'The type that gets another action. It is on, whatever types says.',
    },
    name: {
      type: 'string',
      pattern: '^[a-z][a-z0-9_-]{0,39}$',
      description: 'Name of a pattern of your own, used in masks, pseudonyms and counts.',
    },
    pattern: {
      type: 'string',
      minLength: 1,
      maxLength: 2000,
      description: 'Regular expression in RE2’s syntax, which runs in linear time on any text.',
    },
    action,
    max_chars: {
      type: 'integer',
      minimum: 1,
      maximum: 1024,
      // What the types that are built in need at most.
      default: 64,
      description: 'Characters of the longest match, which a stream holds back.',
    },
  },
};

const common = {
  action,
  types: {
    type: 'array',
    items: { enum: piiTypes },
    uniqueItems: true,
    description: 'What is looked for.',
  },
  rules: {
    type: 'array',
    items: rule,
    maxItems: 50,
    description: 'Other actions for some types, and patterns of your own.',
  },
  where: {
    type: 'array',
    items: { enum: places },
    uniqueItems: true,
    minItems: 1,
    description:
      'Texts of requests; answers with reasoning and refusals; arguments and results of tool calls.',
  },
  allow: {
    type: 'array',
    items: { type: 'string', minLength: 2, maxLength: 320 },
    maxItems: 1000,
    description: 'Values that pass, in any case of letters; *@example.com is everything that ends so.',
  },
} satisfies Readonly<Record<string, JsonSchema>>;

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    action: { ...common.action, default: 'restore' },
    types: { ...common.types, default: piiTypes },
    rules: { ...common.rules, default: [] },
    where: { ...common.where, default: places },
    allow: { ...common.allow, default: [] },
    tenants: {
      type: 'object',
      additionalProperties: { type: 'object', properties: common },
      default: {},
      description: 'Options of single tenants, by id: action, types, rules, where, allow.',
    },
    reasoning: {
      type: 'boolean',
      default: true,
      description:
        'Treat visible reasoning like the answer. Anthropic’s signature of a thought that changes is lost.',
    },
    media: {
      enum: ['pass', 'refuse'],
      // Vision would not work at all.
      default: 'pass',
      description: 'Images, sound, documents and files, which nobody here can read.',
    },
    token_arrays: {
      enum: ['refuse', 'pass'],
      // They are text that nobody here can read.
      default: 'refuse',
      description: 'Prompts and inputs that are arrays of tokens.',
    },
  },
};
