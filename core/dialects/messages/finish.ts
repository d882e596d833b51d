import type { FinishReason } from '../../../sdk/chunk.ts';

const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  // Server tools want to go on; a client of another dialect can only see an end.
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

/**
 * Why an answer ended, from Anthropic's `stop_reason`. Calls make it `tool_calls` unless it was cut or refused; unknown
 * words mean `stop`.
 */
export function fromStopReason(word: string, hasCalls: boolean): FinishReason {
  const reason = Object.hasOwn(reasons, word) ? (reasons[word] as FinishReason) : 'stop';
  if (reason === 'stop' || reason === 'tool_calls') return hasCalls ? 'tool_calls' : 'stop';
  return reason;
}

/**
 * Anthropic's word for the end of an answer. Calls make it `tool_use` unless it was cut or refused: a client that finds
 * the word without a call, or a call without the word, loses its loop.
 */
export function toStopReason(
  reason: FinishReason | null,
  hasCalls: boolean,
  stopSequence: string | undefined,
): string {
  if (reason === 'length') return 'max_tokens';
  if (reason === 'content_filter') return 'refusal';
  if (hasCalls) return 'tool_use';
  return stopSequence === undefined ? 'end_turn' : 'stop_sequence';
}
