import type { Front } from './fronts.ts';

/** A combination that cannot be held against the facts, and why. */
export interface Exception {
  /** `provider/case`. */
  readonly case: string;
  /** Clients it holds for; all by default. */
  readonly fronts?: readonly Front['name'][];
  readonly reason: string;
}

/** Combinations that cannot occur. Everything else is checked. */
export const exceptions: readonly Exception[] = [
  {
    case: 'bedrock/invoke-messages-stream',
    fronts: ['chat', 'responses'],
    reason: 'InvokeModel speaks Anthropic’s dialect and is used for clients that do; others get Converse',
  },
  {
    case: 'ollama/generate-text',
    reason: 'an answer of /api/generate: the gateway asks with /api/chat only',
  },
];

export function exceptionFor(name: string, front: Front['name']): string | null {
  const found = exceptions.find((it) => it.case === name && (it.fronts?.includes(front) ?? true));
  return found?.reason ?? null;
}

/**
 * What only the provider's own dialect can say, by case: the name under which clients of other dialects are told that
 * it was left out.
 */
export const opaque: Readonly<Record<string, RegExp>> = {
  'openai/chat-audio-output': /audio/,
  'openai/chat-audio': /audio/,
  'openai/chat-annotations': /annotations/,
  'openai/chat-logprobs': /logprobs/,
  'openai/responses-web-search': /web_search_call/,
  'anthropic/web-search': /server_tool_use|web_search/,
  'anthropic/server-tool-code-execution': /server_tool_use|code_execution/,
  'gemini/logprobs': /logprobs/,
  'gemini/grounding': /grounding/,
};
