import type { JsonSchema } from '../../sdk/index.ts';

/** What the vectors of a request are compared by. */
export type Guard = 'off' | 'rules' | 'strict';

/** How a shadow check tells whether the answer of the cache was right. */
export type JudgeKind = 'string' | 'embedding' | 'model';

/** What decides from which similarity an entry answers: the floor of all, or also what is known of the entry itself. */
export type Thresholds = 'floor' | 'per-entry';

export interface ShadowOptions {
  readonly share: number;
  readonly judge: JudgeKind;
  readonly model?: string;
  readonly agreement: number;
  readonly target: number;
}

/**
 * Options of the file that configures the plugin. The schema below has the defaults. Times are milliseconds and sizes bytes
 * once it has read them.
 */
export interface CacheOptions {
  readonly exact: boolean;
  readonly semantic: boolean;
  readonly guard: Guard;
  readonly floor?: number;
  readonly thresholds: Thresholds;
  readonly top_k: number;
  readonly ttl: number;
  readonly volatile_ttl: number;
  readonly stale_if_error: number;
  readonly max_bytes: number;
  readonly max_request: number;
  readonly max_answer: number;
  readonly max_prompt: number;
  readonly max_temperature: number;
  readonly vary: readonly string[];
  readonly ignore: readonly string[];
  readonly single_flight: number;
  readonly embed_timeout: number;
  readonly shadow: ShadowOptions;
}

const time = (value: string, description: string): JsonSchema => ({
  type: 'string',
  convert: 'ms',
  default: value,
  description,
});
const size = (value: string, description: string): JsonSchema => ({
  type: 'string',
  convert: 'bytes',
  default: value,
  description,
});

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    exact: { type: 'boolean', default: true, description: 'Answer requests that came before.' },
    semantic: {
      type: 'boolean',
      default: true,
      description: 'Answer requests whose last user text means the same as one that came before.',
    },
    guard: {
      enum: ['off', 'rules', 'strict'],
      default: 'strict',
      description: 'How facts of both prompts are compared before an answer is served.',
    },
    floor: {
      type: 'number',
      minimum: 0,
      maximum: 1,
      description: "Similarity from which a stored prompt is a candidate; the embedder's own by default.",
    },
    thresholds: {
      enum: ['floor', 'per-entry'],
      default: 'floor',
      description:
        'per-entry: an entry that was checked often enough serves only where its own checks keep the target.',
    },
    top_k: {
      type: 'integer',
      minimum: 1,
      maximum: 16,
      // A near-miss in front hides a good entry behind it.
      default: 3,
      description: 'Candidates that the guard looks at.',
    },
    ttl: time('24h', 'How long an answer is kept.'),
    volatile_ttl: time(
      '0s',
      'The same for prompts about today, prices, the weather and such; 0s: not at all.',
    ),
    stale_if_error: time('0s', 'How much longer an answer is kept for when no provider answers.'),
    max_bytes: size(
      '256mb',
      'Memory of exact answers, where this process keeps them, and as much again of the index of prompts.',
    ),
    max_request: size('1mb', 'Longer requests are not looked for, in characters.'),
    max_answer: size('1mb', 'Longer answers are not kept, in characters.'),
    max_prompt: size('64kb', 'Longer last user texts are only compared exactly, in characters.'),
    max_temperature: {
      type: 'number',
      minimum: 0,
      maximum: 2,
      // The default of most providers: who asks for more wants another answer each time.
      default: 1,
      description: 'Requests with a higher temperature are not cached.',
    },
    vary: {
      type: 'array',
      items: { type: 'string', minLength: 1, maxLength: 100 },
      maxItems: 16,
      // What policies before this file found out may decide who answers.
      default: ['tags'],
      description:
        'What else must be equal: key, user, feature, plan, region, tags, tag:NAME, header:NAME. The tenant always must.',
    },
    ignore: {
      type: 'array',
      items: { type: 'string', minLength: 1, maxLength: 100 },
      maxItems: 32,
      default: ['user', 'safety_identifier', 'prompt_cache_key', 'prompt_cache_retention', 'store'],
      description: 'Top-level fields of the body that change no answer.',
    },
    single_flight: time(
      '5s',
      'How long a request waits for an equal one that is already under way; 0s: not at all.',
    ),
    embed_timeout: time('300ms', 'How long the embedder may take; then it is a miss.'),
    shadow: {
      type: 'object',
      additionalProperties: false,
      properties: {
        share: {
          type: 'number',
          minimum: 0,
          maximum: 1,
          default: 0.01,
          description: 'Share of semantic hits whose question is also asked upstream, off the path.',
        },
        judge: {
          enum: ['string', 'embedding', 'model'],
          default: 'embedding',
          description: 'How the two answers are compared.',
        },
        model: { type: 'string', minLength: 1, description: 'Alias or provider/model of judge: model.' },
        agreement: {
          type: 'number',
          minimum: 0,
          maximum: 1,
          // Two good answers in other words share less than two prompts do.
          default: 0.4,
          description: 'Similarity from which judge: embedding takes two answers for the same.',
        },
        target: {
          type: 'number',
          exclusiveMinimum: 0,
          maximum: 0.5,
          default: 0.01,
          description: 'Share of wrong answers among semantic hits that is accepted.',
        },
      },
      default: {},
      description: 'Measures how many semantic hits were wrong.',
    },
  },
};

const yearMs = 366 * 86_400_000;
/** The step's own time limit must not end a request that waits for another one. */
const maxWaitMs = 60_000;

/** @throws Error for values that the schema cannot refuse. */
export function checkOptions({
  ttl,
  volatile_ttl: volatileTtl,
  stale_if_error: staleMs,
  max_bytes: maxBytes,
  single_flight: wait,
  embed_timeout: embedTimeout,
  shadow,
}: CacheOptions): void {
  if (ttl < 1 || ttl > yearMs) throw new Error(`ttl: expected 1ms to 366d; came ${ttl} ms`);
  if (volatileTtl > yearMs) throw new Error(`volatile_ttl: expected at most 366d; came ${volatileTtl} ms`);
  if (ttl + staleMs > yearMs)
    throw new Error(`stale_if_error: expected at most 366d together with ttl; came ${staleMs} ms`);
  if (maxBytes < 65_536) throw new Error(`max_bytes: expected at least 64kb; came ${maxBytes} bytes`);
  if (wait > maxWaitMs) throw new Error(`single_flight: expected at most 60s; came ${wait} ms`);
  if (embedTimeout < 1 || embedTimeout > maxWaitMs) {
    throw new Error(`embed_timeout: expected 1ms to 60s; came ${embedTimeout} ms`);
  }
  if (shadow.judge === 'model' && shadow.model === undefined) {
    throw new Error('shadow.judge: model needs shadow.model, the alias or provider/model that judges');
  }
}
