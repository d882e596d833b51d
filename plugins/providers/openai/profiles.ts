import { betterOnResponses, onlyOnResponses, openAiModels } from '../../../sdk/provider-kit/openai-models.ts';
import type { Profile } from './profile.ts';

const any = /^/;

import type { OfferedApi } from '../../../sdk/provider-kit/openai-apis.ts';

const usualApis = ['chat', 'completions', 'embeddings'] as const;
/** Newer servers have Responses as well; whether this one does shows with the first request. */
const newerApis: readonly OfferedApi[] = ['chat', 'responses', 'input_tokens'];

/** Parameters that only OpenAI itself gives a meaning; strict servers answer 400 or 422 to what they do not know. */
const openAiOnly = [
  'store',
  'metadata',
  'service_tier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'verbosity',
  'prediction',
  'modalities',
  'web_search_options',
];
const xaiRefuses = [...openAiOnly, 'stop', 'presence_penalty', 'frequency_penalty'];

/**
 * Known servers. Where no source is named a value is the careful one: a field that is left out is named to the client,
 * a field too many is refused by the server.
 */
export const profiles = {
  openai: {
    hosts: [/(^|\.)api\.openai\.com$/],
    apis: ['chat', 'completions', 'embeddings', 'responses', 'input_tokens'],
    streamUsage: true,
    onlyResponses: onlyOnResponses,
    betterResponses: betterOnResponses,
    models: [
      ...openAiModels,
      [/^(o\d|gpt-[5-9])/, { systemRole: 'developer' }],
      [/^o1-(mini|preview)/, { systemRole: 'system' }],
    ],
  },
  openrouter: {
    hosts: [/(^|\.)openrouter\.ai$/],
    apis: usualApis,
    assumedApis: newerApis,
    streamUsage: true,
    models: [
      // Parameters that a model does not take are dropped by OpenRouter itself; efforts are mapped to each model's
      // own (enricoros/big-AGI#940). `reasoning_details` have to come back as they were.
      [
        any,
        {
          limitField: 'max_tokens',
          reasoning: 'openrouter',
          efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'],
          reasoningReplay: 'reasoning_details',
          webSearch: true,
        },
      ],
      [/^claude/, { cacheMarks: true, temperatureWithTopP: false }],
      [/^gemini/, { cacheMarks: true }],
    ],
  },
  mistral: {
    hosts: [/(^|\.)mistral\.ai$/],
    apis: usualApis,
    // 422 extra_forbidden; usage comes unasked (cline/cline#582, dnakov/anon-kode#53).
    streamUsage: false,
    models: [
      [
        any,
        {
          limitField: 'max_tokens',
          reasoning: 'none',
          // Any other form is a 400 (vercel/ai#11863).
          callIds: 'mistral',
          // Everything unknown is a 422 (mistralai/platform-docs-public#7, Gitlawb/openclaude#739). Its `seed` is
          // called `random_seed`.
          refuses: [...openAiOnly, 'seed', 'user', 'logit_bias', 'logprobs', 'top_logprobs'],
        },
      ],
    ],
  },
  groq: {
    hosts: [/(^|\.)groq\.com$/],
    apis: ['chat'],
    streamUsage: true,
    models: [
      // console.groq.com/docs/openai: logprobs, logit_bias and top_logprobs are a 400.
      [
        any,
        {
          reasoning: 'none',
          structuredOutput: 'json',
          refuses: [
            ...openAiOnly.filter((name) => name !== 'service_tier'),
            'logit_bias',
            'logprobs',
            'top_logprobs',
          ],
        },
      ],
      // "This model does not support response format json_schema" from the others.
      [/^(gpt-oss|kimi-k2|llama-4)/, { structuredOutput: 'native' }],
      [/^gpt-oss/, { reasoning: 'effort', efforts: ['low', 'medium', 'high'] }],
      // Qwen3 knows `none` and `default` only.
      [/^qwen-?3/, { reasoning: 'effort', efforts: ['none'] }],
    ],
  },
  deepseek: {
    hosts: [/(^|\.)deepseek\.com$/],
    apis: ['chat'],
    streamUsage: true,
    models: [
      // api-docs.deepseek.com/guides/thinking_mode: other efforts are mapped to low, high and max there.
      [
        any,
        {
          limitField: 'max_tokens',
          structuredOutput: 'json',
          reasoning: 'effort',
          efforts: ['low', 'medium', 'high', 'max'],
          reasoningReplay: 'reasoning_content',
          refuses: openAiOnly,
        },
      ],
      // logprobs are an error while it thinks.
      [/reasoner/, { refuses: [...openAiOnly, 'logprobs', 'top_logprobs'] }],
    ],
  },
  xai: {
    hosts: [/(^|\.)x\.ai$/],
    apis: ['chat', 'completions', 'embeddings'],
    streamUsage: true,
    models: [
      // docs.x.ai, Reasoning: penalties, stop and reasoning_effort are errors where the model does not know them.
      [any, { reasoning: 'none', refuses: openAiOnly }],
      [/^grok-[4-9]|^grok-code/, { refuses: xaiRefuses }],
      [/non-reasoning/, { refuses: openAiOnly }],
      [/^grok-3-mini/, { reasoning: 'effort', efforts: ['low', 'high'], refuses: xaiRefuses }],
      [/^grok-4\.3/, { reasoning: 'effort', efforts: ['none', 'low', 'medium', 'high'] }],
      [/^grok-(4\.[4-9](?!\d)|[5-9])/, { reasoning: 'effort', efforts: ['low', 'medium', 'high'] }],
    ],
  },
  gemini: {
    hosts: [/(^|\.)generativelanguage\.googleapis\.com$/],
    apis: ['chat', 'embeddings'],
    streamUsage: true,
    models: [
      // An unknown field is a 400 "Unknown name" (Vali-98/ChatterUI#227, n4ze3m/page-assist#418).
      [
        any,
        {
          limitField: 'max_tokens',
          reasoning: 'effort',
          efforts: ['low', 'medium', 'high'],
          refuses: [
            ...openAiOnly,
            'seed',
            'user',
            'logit_bias',
            'logprobs',
            'top_logprobs',
            'presence_penalty',
            'frequency_penalty',
          ],
        },
      ],
      [/^gemini-2\.5-flash/, { efforts: ['none', 'low', 'medium', 'high'] }],
      [/^(gemma|gemini-(1|2\.0))/, { reasoning: 'none' }],
    ],
  },
  together: {
    hosts: [/(^|\.)together\.(xyz|ai)$/],
    apis: usualApis,
    streamUsage: true,
    models: [
      [any, { limitField: 'max_tokens', reasoning: 'none', refuses: openAiOnly }],
      [/^gpt-oss/, { reasoning: 'effort', efforts: ['low', 'medium', 'high'] }],
    ],
  },
  vllm: {
    hosts: [],
    apis: usualApis,
    assumedApis: newerApis,
    streamUsage: true,
    // Fields that it does not know are ignored (`extra="allow"` in its request model).
    models: [[any, { limitField: 'max_tokens', reasoning: 'effort', efforts: ['low', 'medium', 'high'] }]],
  },
  ollama: {
    hosts: [/^(127\.0\.0\.1|localhost|\[::1\]|ollama):11434$/, /(^|\.)ollama\.com$/],
    apis: usualApis,
    assumedApis: newerApis,
    streamUsage: true,
    models: [
      // docs.ollama.com/api/openai-compatibility. A model that cannot think refuses to be asked.
      [any, { limitField: 'max_tokens', reasoning: 'none' }],
      [
        /gpt-oss|qwen-?3|deepseek-(r1|v3\.)|magistral|glm-4|kimi-k2-thinking|thinking/,
        { reasoning: 'effort', efforts: ['none', 'low', 'medium', 'high'] },
      ],
    ],
  },
  generic: {
    hosts: [],
    apis: usualApis,
    assumedApis: newerApis,
    streamUsage: true,
    models: [
      // What every server knows, and nothing that a strict one refuses. OpenAI's models keep their own needs: the
      // server may be a proxy in front of them.
      [any, { limitField: 'max_tokens', reasoning: 'none', refuses: openAiOnly }],
      ...openAiModels,
      [/^claude/, { temperatureWithTopP: false }],
    ],
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof profiles;

/** Their names, as `gateway.yaml` has them. */
export const profileNames = Object.keys(profiles) as readonly ProfileName[];

/** The profile of the server at an address, `generic` where nobody is known to be there. */
export function profileAt(baseUrl: string): ProfileName {
  const host = URL.canParse(baseUrl) ? new URL(baseUrl).host.toLowerCase() : '';
  const known = (Object.entries(profiles) as [ProfileName, Profile][]).find(([, { hosts }]) =>
    hosts.some((pattern) => pattern.test(host)),
  );
  return known?.[0] ?? 'generic';
}
