import type { JsonSchema } from '../../sdk/index.ts';

/** Options of the file that configures the plugin. The schema below has the defaults; times are milliseconds once it has read them. */
export interface StructuredOptions {
  readonly repair: number;
  readonly stream: 'hold' | 'pass';
  readonly tools: boolean;
  readonly json_object: boolean;
  readonly unwrap: boolean;
  readonly repair_model?: string;
  readonly repair_timeout: number;
  readonly repair_max_output_tokens: number;
  readonly time: number;
  readonly max_schema_chars: number;
  readonly max_schema_depth: number;
  readonly max_schemas: number;
  readonly max_answer_chars: number;
}

const integer = (minimum: number, maximum: number, value: number, description: string): JsonSchema => ({
  type: 'integer',
  minimum,
  maximum,
  default: value,
  description,
});

const time = (value: string, description: string): JsonSchema => ({
  type: 'string',
  convert: 'ms',
  default: value,
  description,
});

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    repair: integer(
      0,
      3,
      1,
      'How often the model is asked to correct an answer that does not meet its schema.',
    ),
    stream: {
      enum: ['hold', 'pass'],
      // Who asked for a schema parses the whole answer; half of a wrong one helps nobody.
      default: 'hold',
      description:
        'Streams with a schema: held until they are checked and repaired, or passed on and ended with an error.',
    },
    tools: {
      type: 'boolean',
      default: false,
      description: 'Check arguments of tool calls against the schemas of the tools, too.',
    },
    json_object: {
      type: 'boolean',
      default: true,
      description: 'Check that answers to json_object, which has no schema, are a JSON object.',
    },
    unwrap: {
      type: 'boolean',
      default: true,
      description: 'Take JSON out of a Markdown fence where the model wrote one around it.',
    },
    repair_model: {
      type: 'string',
      minLength: 1,
      description: 'Alias or provider/model that repairs; by default the target that answered.',
    },
    repair_timeout: time('30s', 'How long a repair is waited for.'),
    repair_max_output_tokens: integer(16, 200_000, 16_384, 'Output limit of a repair.'),
    time: time('1s', 'How long one check may take, in a thread of its own.'),
    max_schema_chars: integer(1000, 1_000_000, 100_000, 'Characters of JSON that a schema may have.'),
    max_schema_depth: integer(4, 200, 40, 'How deep a schema may be nested.'),
    max_schemas: integer(1, 10_000, 500, 'Compiled schemas that are kept.'),
    max_answer_chars: integer(
      1000,
      16_777_216,
      1_048_576,
      'Characters of an answer that is checked; a longer one does not meet its schema.',
    ),
  },
};
