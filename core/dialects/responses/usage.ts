import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { totalInputTokens, totalTokens, type Usage } from '../../../sdk/usage.ts';

/**
 * Reads the `usage` of a response into disjoint classes; null where it says nothing. `input_tokens` includes what was
 * read from and written to a prompt cache, `output_tokens` includes reasoning.
 */
export function fromResponsesUsage(usage: Json | undefined): Usage | null {
  if (!isJsonObject(usage)) return null;
  const input = count(usage['input_tokens']);
  const output = count(usage['output_tokens']);
  if (input === null && output === null) return null;
  const read = detail(usage['input_tokens_details'], 'cached_tokens');
  const write = detail(usage['input_tokens_details'], 'cache_write_tokens');
  return {
    // Never negative, whatever the provider says: prices are multiplied with it.
    inputTokens: Math.max(0, (input ?? 0) - read - write),
    cacheReadTokens: read,
    cacheWrite5mTokens: write,
    cacheWrite1hTokens: 0,
    outputTokens: output ?? 0,
    reasoningTokens: detail(usage['output_tokens_details'], 'reasoning_tokens'),
    estimated: false,
  };
}

/** Usage in the fields of a response. */
export function toResponsesUsage(usage: Usage): JsonObject {
  return {
    input_tokens: totalInputTokens(usage),
    input_tokens_details: {
      cached_tokens: usage.cacheReadTokens,
      cache_write_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: totalTokens(usage),
  };
}

function detail(details: Json | undefined, name: string): number {
  return isJsonObject(details) ? (count(details[name]) ?? 0) : 0;
}

/** A token count; null where the field is absent, null or nonsense. */
function count(value: Json | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
