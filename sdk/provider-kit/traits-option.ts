import type { JsonSchema } from '../plugin.ts';
import type { ModelTraits } from '../traits.ts';

/** The option `traits`: single values of `ModelTraits`, spelled as `gateway.yaml` spells things. */
export interface TraitsOption {
  readonly max_output_tokens?: number;
  readonly limit_field?: 'max_tokens' | 'max_completion_tokens';
  readonly system_role?: 'system' | 'developer';
  readonly mid_system?: boolean;
  readonly sampling?: boolean;
  readonly temperature_with_top_p?: boolean;
  readonly reasoning?: 'effort' | 'openrouter' | 'budget' | 'adaptive' | 'none';
  readonly efforts?: NonNullable<ModelTraits['efforts']>;
  readonly reasoning_replay?: 'reasoning_details' | 'reasoning_content' | 'none';
  readonly structured_output?: 'native' | 'tool' | 'json';
  readonly tool_choice_none?: boolean;
  readonly cache_marks?: boolean;
  readonly call_ids?: 'openai' | 'mistral';
  readonly refuses?: readonly string[];
}

const flag = { type: 'boolean' } as const;

/** Schema of the option. No defaults: what is left out is judged by the server and the model's name. */
export const traitsSchema = {
  type: 'object',
  properties: {
    max_output_tokens: { type: 'integer', minimum: 1 },
    limit_field: { enum: ['max_tokens', 'max_completion_tokens'] },
    system_role: { enum: ['system', 'developer'] },
    mid_system: flag,
    sampling: flag,
    temperature_with_top_p: flag,
    reasoning: { enum: ['effort', 'openrouter', 'budget', 'adaptive', 'none'] },
    efforts: {
      type: 'array',
      items: { enum: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] },
      uniqueItems: true,
    },
    reasoning_replay: { enum: ['reasoning_details', 'reasoning_content', 'none'] },
    structured_output: { enum: ['native', 'tool', 'json'] },
    tool_choice_none: flag,
    cache_marks: flag,
    call_ids: { enum: ['openai', 'mistral'] },
    refuses: { type: 'array', items: { type: 'string', minLength: 1 }, uniqueItems: true },
  },
  description: 'What the models of this server take, where it is not what their names say.',
} as const satisfies JsonSchema;

const names = {
  max_output_tokens: 'maxOutputTokens',
  limit_field: 'limitField',
  system_role: 'systemRole',
  mid_system: 'midSystem',
  sampling: 'sampling',
  temperature_with_top_p: 'temperatureWithTopP',
  reasoning: 'reasoning',
  efforts: 'efforts',
  reasoning_replay: 'reasoningReplay',
  structured_output: 'structuredOutput',
  tool_choice_none: 'toolChoiceNone',
  cache_marks: 'cacheMarks',
  call_ids: 'callIds',
  refuses: 'refuses',
} as const satisfies Record<keyof TraitsOption, keyof ModelTraits>;

/** The option as traits, only with what it names. */
export function toTraits(option: TraitsOption = {}): ModelTraits {
  const entries = Object.entries(option).map(([key, value]) => [names[key as keyof TraitsOption], value]);
  return Object.fromEntries(entries) as ModelTraits;
}
