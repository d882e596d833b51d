import type { FinishReason } from '../../../sdk/chunk.ts';

const words: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
  MALFORMED_FUNCTION_CALL: 'error',
  UNEXPECTED_TOOL_CALL: 'error',
  TOO_MANY_TOOL_CALLS: 'error',
  MISSING_THOUGHT_SIGNATURE: 'error',
  MALFORMED_RESPONSE: 'error',
  LANGUAGE: 'error',
  NO_IMAGE: 'error',
  IMAGE_OTHER: 'error',
  OTHER: 'error',
};

/**
 * Why a candidate ended. Gemini says STOP to calls, too: they follow from their presence. `error` is no clean end: a
 * call that cannot be read, for instance. Unknown words mean `stop`.
 */
export function toFinishReason(word: string, hasCalls: boolean): FinishReason {
  const reason = Object.hasOwn(words, word) ? words[word]! : 'stop';
  return reason === 'stop' && hasCalls ? 'tool_calls' : reason;
}
