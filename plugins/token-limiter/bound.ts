import type { Api, RequestView } from '../../sdk/index.ts';
import { thinkingTokens } from './thinking.ts';

/** How much a request can use at most, as far as it says so itself. All counts are whole numbers. */
export interface Bound {
  readonly api: Api;
  /** Input tokens as they probably are: for rates, which are put right by what comes. */
  readonly likelyInput: number;
  /** No count of the input is above this. */
  readonly mostInput: number;
  /** Output limit of each choice, the largest where the request sets several; null for none. */
  readonly limit: number | null;
  /** Answers that are written at once, each up to the limit; 0 where nothing is generated. */
  readonly choices: number;
  /** What thinking may add to each choice's limit. */
  readonly thinking: number;
  /** The service tier that it asks for. */
  readonly tier: string | undefined;
}

export interface BoundOptions {
  readonly input: 'bytes' | 'estimate';
  readonly imageTokens: number;
}

/** Of a request that only counts as one. */
export const unmeasured: Bound = Object.freeze({
  api: 'count_tokens',
  likelyInput: 0,
  mostInput: 0,
  limit: null,
  choices: 0,
  thinking: 0,
  tier: undefined,
});

/**
 * Characters over four are off by about a tenth on English and code (9 to 12 % against o200k): twice that and a little.
 * Other scripts need up to four times as many, which is why this is for rates and never for walls.
 */
const likelyFactor = 1.25;
/** What templates put around a conversation: beginnings, ends, the turn that is to be written. */
const templateTokens = 64;
/** What Anthropic puts in front of tools: 264 to 804 tokens. */
const toolPromptTokens = 1024;

const limitParams = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'] as const;

/**
 * Bounds a request. The input is bounded by its bytes: tokenizers cut bytes into pieces and fall back to single ones, so
 * there are never more tokens than bytes, whatever the script. `inputTokens` is characters / 4 of the texts and of what
 * the view shows only as this sum (tools, schemas, messages, images); four times what it has beyond the texts are the
 * characters of that.
 */
export function boundOf(view: RequestView, { input, imageTokens }: BoundOptions): Bound {
  const { api, inputTokens, imageCount, params } = view;
  let characters = 0;
  let bytes = 0;
  for (const { text } of view.texts) {
    characters += text.length;
    bytes += Buffer.byteLength(text);
  }
  const likelyInput = Math.ceil(inputTokens * likelyFactor);
  const beyondTexts = Math.max(0, inputTokens - Math.floor(characters / 4));
  const toolPrompt = view.tools.length > 0 ? toolPromptTokens : 0;
  const mostInput = bytes + 4 * beyondTexts + templateTokens + toolPrompt + imageCount * imageTokens;
  let limit = view.maxOutputTokens;
  for (const name of limitParams) {
    const value = params[name];
    if (typeof value === 'number' && (limit === null || value > limit)) limit = value;
  }
  const tier = params['service_tier'];
  return {
    api,
    likelyInput,
    mostInput: input === 'bytes' ? mostInput : likelyInput,
    limit: limit === null ? null : toCount(limit),
    choices: choicesOf(view),
    thinking: generates(api) ? thinkingTokens(params) : 0,
    tier: typeof tier === 'string' ? tier : undefined,
  };
}

/** Whether the API writes an answer whose length costs. */
export function generates(api: Api): boolean {
  return api !== 'embeddings' && api !== 'count_tokens';
}

/** `n` answers; a text completion writes them for each of its prompts, and `best_of` even more than it gives. */
function choicesOf({ api, params, messages }: RequestView): number {
  if (!generates(api)) return 0;
  const { n, best_of: bestOf } = params;
  const asked = Math.max(
    typeof n === 'number' ? toCount(n) : 1,
    typeof bestOf === 'number' ? toCount(bestOf) : 1,
    1,
  );
  return api === 'completions' ? asked * Math.max(1, messages.length) : asked;
}

/** A number of the client's as a count that can be added up. */
export function toCount(value: number): number {
  return value > 0 ? Math.min(Math.ceil(value), Number.MAX_SAFE_INTEGER) : 0;
}

/** The most output tokens of a request whose choices are limited to `limit` each. */
export function outputOf({ choices, thinking }: Pick<Bound, 'choices' | 'thinking'>, limit: number): number {
  const each = thinking >= limit && limit > 0 ? limit + thinking : limit;
  return Math.min(choices * each, Number.MAX_SAFE_INTEGER);
}

/** The largest output limit, up to `limit`, with which no more than `tokens` are written; 0 for none. */
export function limitWithin(
  { api, choices, thinking }: Pick<Bound, 'api' | 'choices' | 'thinking'>,
  tokens: number,
  limit: number,
): number {
  const each = Math.min(limit, Math.floor(tokens / choices));
  // In a messages body the thinking budget gives way to a lowered limit.
  if (thinking === 0 || api === 'messages' || each > thinking) return each;
  return Math.max(0, Math.min(limit, Math.floor(tokens / choices) - thinking));
}
