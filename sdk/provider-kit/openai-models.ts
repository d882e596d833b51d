import type { ModelRule } from './model-rules.ts';

/** What models that reason refuse besides samplers; `stop`: huggingface/smolagents#1671, griptape-ai/griptape#1915. */
const unsteerable = [
  'stop',
  'logprobs',
  'top_logprobs',
  'logit_bias',
  'presence_penalty',
  'frequency_penalty',
] as const;

/**
 * What OpenAI's models take, wherever they are hosted. The role of instructions is left to the host.
 *
 * Sources: capability flags of BerriAI/litellm's `model_prices_and_context_window.json` of 2026-07-24 (efforts, models
 * of the Responses API); error texts of the API for the rest, as the issues beside the lines quote them.
 */
export const openAiModels: readonly ModelRule[] = [
  [/^(gpt-[34]|gpt-audio|chatgpt)/, { reasoning: 'none' }],
  // JSON by schema came with gpt-4o of August 2024 (platform.openai.com, Structured Outputs).
  [/^(gpt-3|gpt-4($|-)|gpt-4o-2024-05|chatgpt-4o)/, { structuredOutput: 'json' }],
  // "Model incompatible request argument supplied": no samplers (vercel/ai, chat model of the OpenAI provider).
  [/-search-(preview|api)/, { reasoning: 'none', sampling: false, webSearch: true }],
  [/^gpt-oss/, { reasoning: 'effort', efforts: ['low', 'medium', 'high'], limitField: 'max_tokens' }],
  [
    /^(o\d|gpt-[5-9])(?!.*-search-)/,
    {
      limitField: 'max_completion_tokens',
      sampling: false,
      reasoning: 'effort',
      efforts: ['low', 'medium', 'high'],
      refuses: unsteerable,
    },
  ],
  // evalstate/fast-agent#279, langchain-ai/langgraph-supervisor-py#125.
  [/^o\d/, { refuses: [...unsteerable, 'parallel_tool_calls'] }],
  [/^o1-(mini|preview)/, { reasoning: 'none' }],
  [/-deep-research/, { efforts: ['medium'] }],
  [/^gpt-5($|-mini|-nano|-\d)/, { efforts: ['minimal', 'low', 'medium', 'high'] }],
  // 'minimal' is a 400 since 5.1 (anomalyco/opencode#4451).
  [/^gpt-5\.1/, { efforts: ['none', 'low', 'medium', 'high'] }],
  [/^gpt-5\.[2-5]/, { efforts: ['none', 'low', 'medium', 'high', 'xhigh'] }],
  // 'max': anomalyco/opencode#36141. Models still to come are taken for the newest known.
  [/^gpt-(5\.[6-9]|5\.\d\d|[6-9])/, { efforts: ['none', 'low', 'medium', 'high', 'xhigh', 'max'] }],
  // Codex models always reason.
  [/^gpt-5(\.1)?-codex/, { efforts: ['low', 'medium', 'high'] }],
  [/^gpt-5\.1-codex-max|^gpt-5\.([2-9]|\d\d)-codex/, { efforts: ['low', 'medium', 'high', 'xhigh'] }],
  [/^gpt-5-pro/, { efforts: ['high'] }],
  [/^gpt-5\.\d+-pro/, { efforts: ['medium', 'high', 'xhigh'] }],
  // ChatGPT's own models: the first does not reason at all, the later ones not by order.
  [/^gpt-5-chat/, { reasoning: 'none', sampling: true, refuses: [] }],
  [/^gpt-5\.\d+-chat/, { efforts: ['medium'] }],
];

/** Models that only the Responses API has: any request for them has to go there. */
export const onlyOnResponses =
  /^(codex-mini|computer-use|gpt-[5-9][\d.]*-(codex|pro)|o\d-pro|o\d(-mini)?-deep-research)/;

/**
 * Models that take function tools with reasoning on the Responses API only: chat/completions answers "Function tools
 * with reasoning_effort are not supported … Please use /v1/responses instead", since gpt-5.6 even where no effort is
 * asked for (openai/openai-openapi#541, BerriAI/litellm#34569). What is translated anyway goes there.
 */
export const betterOnResponses = /^gpt-(5\.[4-9]|5\.\d\d|[6-9])(?!.*-chat)/;
