import type { FinishReason } from '../../sdk/chunk.ts';
import type { Facts, ProviderCase } from './fixture.ts';

/** Tokens in classes that every dialect's usage can be worked out from. */
export interface ExpectedUsage {
  /** All of them, cached or not. */
  readonly input: number;
  readonly read: number;
  readonly written: number;
  /** Reasoning included. */
  readonly output: number;
  /** Null where the provider does not say. */
  readonly reasoning: number | null;
}

/** What a client must be told, in no dialect's words. */
export interface Expected {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly calls: NonNullable<Facts['tool_calls']>;
  readonly finish: FinishReason;
  readonly stopSequence: string | null;
  readonly usage: ExpectedUsage | null;
}

/** The words of wire.md's table of finish reasons; a word that is not in it ends the turn. */
const words: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
  error: 'error',
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  MALFORMED_FUNCTION_CALL: 'error',
  guardrail_intervened: 'content_filter',
  content_filtered: 'content_filter',
  malformed_tool_use: 'error',
  completed: 'stop',
  max_output_tokens: 'length',
  failed: 'error',
};

export function expectedOf({ facts, api }: ProviderCase): Expected {
  const calls = facts.tool_calls ?? [];
  const word = facts.finish ?? facts.block_reason ?? 'stop';
  const said = facts.block_reason === undefined ? (words[word] ?? 'stop') : 'content_filter';
  return {
    text: facts.text ?? '',
    reasoning: facts.reasoning ?? '',
    refusal: facts.refusal ?? '',
    calls,
    finish: calls.length > 0 && said === 'stop' ? 'tool_calls' : said,
    stopSequence: facts.stop_sequence ?? null,
    usage: facts.usage === undefined ? null : usageOf(facts.usage, api),
  };
}

function usageOf(usage: NonNullable<Facts['usage']>, api: string): ExpectedUsage {
  const input = usage['input_total'] ?? 0;
  const said = usage['output_total'] ?? 0;
  // Gemini's compatible endpoint counts reasoning in the total only.
  const hidden = api === 'chat.completions' ? Math.max(0, (usage['total'] ?? 0) - input - said) : 0;
  const reasoning = usage['reasoning'];
  return {
    input,
    read: usage['cache_read'] ?? 0,
    written: usage['cache_write'] ?? 0,
    output: said + hidden,
    reasoning: hidden > 0 ? (reasoning ?? 0) + hidden : (reasoning ?? null),
  };
}
