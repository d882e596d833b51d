import type { JsonSchema, Secret } from '../../sdk/index.ts';
import { type Period, periods, type Quantity, type Subject, subjects } from './quantity.ts';

/** One entry of `limits`: one limit for each quantity that it names. `usd` is nano-dollars once the schema has read it. */
export interface LimitOptions extends Readonly<Partial<Record<Quantity, number>>> {
  readonly by: Subject;
  readonly per?: Period;
}

/** Options of the file that configures the plugin. The schema below has the defaults. */
export interface TokenLimiterOptions {
  readonly limits: readonly LimitOptions[];
  readonly warn_at: number;
  readonly warn_webhook?: Secret;
  readonly when_budget_is_short: 'clamp' | 'refuse';
  readonly default_max_output_tokens: number;
  readonly min_output_tokens: number;
  /** Absent: what the configuration says. */
  readonly budget_status?: number;
  readonly unpriced: 'refuse' | 'allow';
  readonly allow_unseen_input: boolean;
  readonly input_bound: 'bytes' | 'estimate';
  readonly image_tokens: number;
  /** Milliseconds, once the schema has read it. */
  readonly max_duration: number;
  /** Milliseconds, once the schema has read it. */
  readonly hold_ttl: number;
}

// The most that every counter takes: sums of it stay exact.
const count = (description: string): JsonSchema => ({
  type: 'integer',
  minimum: 0,
  maximum: 1_000_000_000_000,
  description,
});

const limitSchema: JsonSchema = {
  type: 'object',
  required: ['by'],
  properties: {
    by: { enum: subjects, description: 'Each one of these has its own count; global is all together.' },
    per: { enum: periods, description: 'Needed for everything but concurrent.' },
    requests: count('Requests.'),
    tokens: count('Tokens, in and out.'),
    input_tokens: count('Tokens of the input, cached ones included.'),
    output_tokens: count('Tokens of the answer, reasoning included.'),
    concurrent: count('Requests under way at the same time.'),
    usd: { type: ['string', 'number'], convert: 'nano_usd', description: 'Money, such as $20.' },
  },
};

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    limits: {
      type: 'array',
      items: limitSchema,
      maxItems: 40,
      default: [],
      description: 'Limits besides those of keys and tenants, which always apply. All must hold.',
    },
    warn_at: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 1,
      // Early enough to do something about it.
      default: 0.8,
      description: 'Share of a budget that is spent when answers begin to carry a warning.',
    },
    warn_webhook: {
      type: 'string',
      description:
        'URL that is told of warnings, such as an incoming webhook of Slack: a secret, best written as a reference.',
    },
    when_budget_is_short: {
      enum: ['clamp', 'refuse'],
      default: 'clamp',
      description: 'Lower the output limit to what is left, or refuse.',
    },
    default_max_output_tokens: {
      type: 'integer',
      minimum: 1,
      maximum: 1_000_000,
      // The most that every current model takes.
      default: 4096,
      description:
        'Output limit of requests under a budget that set none: without one there is no bound to hold.',
    },
    min_output_tokens: {
      type: 'integer',
      minimum: 1,
      maximum: 1_000_000,
      // A sentence. The least that OpenAI takes for a response.
      default: 16,
      description: 'A request is refused rather than clamped below this.',
    },
    budget_status: {
      enum: [402, 429, 400],
      description: 'HTTP status where a money budget is used up; auth.budget_status by default.',
    },
    unpriced: {
      enum: ['refuse', 'allow'],
      // A budget that a new model walks around is none.
      default: 'refuse',
      description: 'What happens under a money budget to a model whose price nobody knows.',
    },
    allow_unseen_input: {
      type: 'boolean',
      default: false,
      description:
        'Let requests through whose input is partly at the provider, such as previous_response_id.',
    },
    input_bound: {
      enum: ['bytes', 'estimate'],
      // No tokenizer makes more tokens than there are bytes.
      default: 'bytes',
      description:
        'What is held for the input of a budget: its bytes, a wall, or an estimate, nearer and softer.',
    },
    image_tokens: {
      type: 'integer',
      minimum: 0,
      maximum: 1_000_000,
      // Above what Claude (4,784), GPT-4.1 mini (3,779) and Gemini 3 (2,240) count for the largest image.
      default: 5000,
      description: 'Tokens held for one image.',
    },
    max_duration: {
      type: 'string',
      convert: 'ms',
      // The default of server.request_timeout.
      default: '600s',
      description:
        'The longest that a request takes, at least server.request_timeout: holds are kept so long.',
    },
    hold_ttl: {
      type: 'string',
      convert: 'ms',
      // Extended three times in it: one failure does no harm.
      default: '120s',
      description: 'How long a hold outlives a process that died: 1 s to 1 h.',
    },
  },
};
