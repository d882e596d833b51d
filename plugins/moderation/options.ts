import type { JsonSchema, Role, Secret } from '../../sdk/index.ts';

/** What is looked at. */
export type Stage = 'request' | 'answer';

/** Options of the file that configures the plugin. The schema below has the defaults; times are milliseconds once it has read them. */
export interface ModerationOptions {
  readonly model?: string;
  readonly webhook?: Secret;
  readonly webhook_token?: Secret;
  readonly on: readonly Stage[];
  readonly roles: readonly Role[];
  readonly categories: Readonly<Record<string, string>>;
  readonly deny?: readonly string[];
  readonly stream: 'hold' | 'pass';
  readonly timeout: number;
  readonly max_chars: number;
  readonly max_questions: number;
  readonly max_output_tokens: number;
  readonly cache: { readonly ttl: number; readonly max_entries: number };
  readonly keep_region: boolean;
}

const time = (value: string, description: string): JsonSchema => ({
  type: 'string',
  convert: 'ms',
  default: value,
  description,
});

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    model: { type: 'string', minLength: 1, description: 'Alias or provider/model that judges.' },
    webhook: { type: 'string', description: 'URL that judges, in place of a model.' },
    webhook_token: { type: 'string', description: 'Sent to the webhook as a bearer token.' },
    on: {
      type: 'array',
      items: { enum: ['request', 'answer'] },
      uniqueItems: true,
      minItems: 1,
      default: ['request'],
      description: 'What is judged.',
    },
    roles: {
      type: 'array',
      items: { enum: ['system', 'user', 'assistant', 'tool'] },
      uniqueItems: true,
      minItems: 1,
      default: ['user', 'tool'],
      description: 'Texts of requests that are judged, by who wrote them.',
    },
    categories: {
      type: 'object',
      additionalProperties: { type: 'string', minLength: 1, maxLength: 500 },
      minProperties: 1,
      maxProperties: 32,
      default: {
        hate: 'hatred or contempt for people because of what they are',
        harassment: 'threats or abuse of a person',
        self_harm: 'encouraging or explaining self-harm or suicide',
        sexual: 'sexual content meant to arouse',
        sexual_minors: 'sexual content with anybody under 18',
        violence: 'glorifying or planning violence against people',
        illicit: 'help with serious crimes, weapons or drugs',
      },
      description: 'What a text is looked through for, each with what it means.',
    },
    deny: {
      type: 'array',
      items: { type: 'string' },
      uniqueItems: true,
      description: 'Categories that refuse; others only tag. All of them by default.',
    },
    stream: {
      enum: ['hold', 'pass'],
      // What was shown cannot be taken back.
      default: 'hold',
      description: 'Streamed answers: held until they are judged, or passed on and ended with an error.',
    },
    timeout: time('2s', 'How long one judgement is waited for.'),
    max_chars: {
      type: 'integer',
      minimum: 200,
      maximum: 200_000,
      default: 12_000,
      description: 'Characters that are judged in one question; longer texts are cut into several.',
    },
    max_questions: {
      type: 'integer',
      minimum: 1,
      maximum: 64,
      default: 8,
      description: 'Questions for one request or answer; where more were needed it is a failure.',
    },
    max_output_tokens: {
      type: 'integer',
      minimum: 8,
      maximum: 10_000,
      default: 64,
      description: 'Output limit of the model; more for those that think before they answer.',
    },
    cache: {
      type: 'object',
      properties: {
        ttl: time('1h', 'How long a judgement is kept.'),
        max_entries: {
          type: 'integer',
          minimum: 0,
          maximum: 1_000_000,
          default: 20_000,
          description: 'Judgements kept at most; 0 for no cache.',
        },
      },
      default: {},
      description: 'Judgements of texts that came before, by tenant and hash.',
    },
    keep_region: {
      type: 'boolean',
      default: true,
      description: 'Texts of a tenant with a region go only to targets in it.',
    },
  },
};
