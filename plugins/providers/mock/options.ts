import type { JsonSchema } from '../../../sdk/plugin.ts';
import { directives } from './directives.ts';
import type { Scenario } from './model-name.ts';

/** A canned reply: given when the last user message (or the prompt) holds `when`. */
export interface MockReply {
  /** A substring, whatever its case, or `/pattern/` in RE2 syntax, with `/i` for any case. */
  readonly when: string;
  readonly text: string;
}

/** Options of the kind `mock`, as `gateway.yaml` has them. */
export interface MockOptions {
  /** The first that fits is given. */
  readonly replies?: readonly MockReply[];
  /** By name; each is usable as a model. Durations are in milliseconds here: the schema has converted them. */
  readonly scenarios?: Readonly<Record<string, Scenario>>;
}

const scenarioKeys: Readonly<Record<string, JsonSchema>> = Object.fromEntries(
  directives.map(({ name, schema }) => [name.replaceAll('-', '_'), schema]),
);

export const mockSchema = {
  type: 'object',
  properties: {
    replies: {
      type: 'array',
      default: [],
      description: 'Canned replies; the first whose "when" is in the last user message is given.',
      items: {
        type: 'object',
        required: ['when', 'text'],
        properties: { when: { type: 'string', minLength: 1 }, text: { type: 'string' } },
      },
    },
    scenarios: {
      type: 'object',
      default: {},
      description: 'Scripted behaviour under names of your own, usable as models.',
      propertyNames: { pattern: '^[^+]+$' },
      additionalProperties: { type: 'object', properties: scenarioKeys },
    },
  },
} as const satisfies JsonSchema;
