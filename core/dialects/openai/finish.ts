import type { FinishReason } from '../../../sdk/chunk.ts';

const words: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
  error: 'error',
  // Compatible servers that forget to translate.
  max_tokens: 'length',
  model_length: 'length',
  tool_use: 'tool_calls',
  safety: 'content_filter',
  insufficient_system_resource: 'error',
  malformed_function_call: 'error',
};

/**
 * Why a choice ended. Tool calls follow from their presence, not from the word: several providers say `stop` with
 * calls. `length` stays `length`, for a cut call must not be run. Unknown words mean `stop`.
 */
export function toFinishReason(word: string, hasCalls: boolean): FinishReason {
  const reason = Object.hasOwn(words, word) ? (words[word] as FinishReason) : 'stop';
  if (reason === 'stop' || reason === 'tool_calls') return hasCalls ? 'tool_calls' : 'stop';
  return reason;
}
