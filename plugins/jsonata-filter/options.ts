import type { JsonSchema } from '../../sdk/index.ts';

/** One entry of `filters`. */
export interface FilterOptions {
  readonly name: string;
  readonly expression: string;
  readonly when?: string;
  readonly on: 'answer' | 'sentence';
}

/** Options of the file that configures the plugin. The schema below has the defaults; times are milliseconds once it has read them. */
export interface JsonataOptions {
  readonly filters: readonly FilterOptions[];
  readonly time: number;
  readonly max_steps: number;
  /** Bytes. */
  readonly memory: number;
  readonly max_output_chars: number;
  readonly max_input_chars: number;
  readonly max_sentence_chars: number;
  readonly threads: number;
}

const expression = (description: string): JsonSchema => ({
  type: 'string',
  minLength: 1,
  maxLength: 20_000,
  description,
});

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    filters: {
      type: 'array',
      maxItems: 50,
      default: [],
      items: {
        type: 'object',
        required: ['name', 'expression'],
        properties: {
          name: {
            type: 'string',
            pattern: '^[a-z][a-z0-9_-]{0,39}$',
            description: 'Names the filter in traces and tags.',
          },
          expression: expression('What comes of the answer, in JSONata.'),
          when: expression(
            'JSONata over the facts of the request: where it is false the filter is left out.',
          ),
          on: {
            enum: ['answer', 'sentence'],
            default: 'answer',
            description: 'The finished answer, or its text sentence by sentence.',
          },
        },
      },
      description: 'In their order; each gets what the one before it made.',
    },
    time: {
      type: 'string',
      convert: 'ms',
      // A common expression takes a fifth of a millisecond.
      default: '50ms',
      description: 'What one evaluation may take.',
    },
    max_steps: {
      type: 'integer',
      minimum: 10_000,
      maximum: 1_000_000_000,
      default: 20_000_000,
      description: 'Instructions of the engine that one evaluation may take, counted in ten thousands.',
    },
    memory: {
      type: 'string',
      convert: 'bytes',
      default: '48mb',
      description: 'What an evaluation may have in memory, 24mb to 256mb.',
    },
    max_output_chars: {
      type: 'integer',
      minimum: 100,
      maximum: 4_194_304,
      default: 262_144,
      description: 'Characters of JSON that one evaluation may give.',
    },
    max_input_chars: {
      type: 'integer',
      minimum: 1000,
      maximum: 4_194_304,
      default: 1_048_576,
      description: 'Characters of an answer that a filter takes; a longer one is a failure.',
    },
    max_sentence_chars: {
      type: 'integer',
      minimum: 20,
      maximum: 100_000,
      default: 1000,
      description: 'A sentence that is longer is cut at a space; a stream holds back so much at most.',
    },
    threads: {
      type: 'integer',
      minimum: 1,
      maximum: 8,
      default: 1,
      description: 'Threads that evaluate.',
    },
  },
};
