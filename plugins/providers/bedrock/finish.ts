import type { FinishReason } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json } from '../../../sdk/json.ts';

const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  guardrail_intervened: 'content_filter',
  content_filtered: 'content_filter',
  refusal: 'content_filter',
  malformed_model_output: 'error',
  malformed_tool_use: 'error',
};

/**
 * Converse's `stopReason` as a finish. Calls make it `tool_calls` whatever the word says, unless the answer was cut or
 * filtered. A word that nobody knows yet is an ordinary end.
 */
export function finishOf(stopReason: Json | undefined, hasCalls: boolean): FinishReason {
  const word = typeof stopReason === 'string' ? stopReason : '';
  const reason = Object.hasOwn(reasons, word) ? reasons[word]! : 'stop';
  if (reason === 'tool_calls' || reason === 'stop') return hasCalls ? 'tool_calls' : 'stop';
  return reason;
}

/** Fields of Claude's own answer that `stopSequenceOf` reads: at the top of a whole answer, in a stream's `delta`. */
export const stopSequencePaths = ['/stop_sequence', '/delta/stop_sequence'] as const;

/** The stop sequence that ended the answer, from `additionalModelResponseFields`; undefined where it is not there. */
export function stopSequenceOf(fields: Json | undefined): string | undefined {
  if (!isJsonObject(fields)) return undefined;
  const { delta } = fields;
  const sequence = fields['stop_sequence'] ?? (isJsonObject(delta) ? delta['stop_sequence'] : undefined);
  return typeof sequence === 'string' ? sequence : undefined;
}
