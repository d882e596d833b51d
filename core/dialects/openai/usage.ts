import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { totalInputTokens, totalTokens, type Usage } from '../../../sdk/usage.ts';

/**
 * Reads the `usage` of an OpenAI-compatible answer into disjoint classes; null where it says nothing.
 *
 * `prompt_tokens` includes what was read from and written to a prompt cache. `completion_tokens` includes
 * reasoning, except on Gemini's compatible endpoint, where only `total_tokens` does: what the total has more than
 * its parts was reasoning.
 */
export function fromOpenAiUsage(usage: Json | undefined): Usage | null {
  if (!isJsonObject(usage)) return null;
  const prompt = count(usage['prompt_tokens']);
  const completion = count(usage['completion_tokens']);
  const total = count(usage['total_tokens']);
  if (prompt === null && completion === null && total === null) return null;
  const inDetails = details(usage, 'prompt_tokens_details');
  const outDetails = details(usage, 'completion_tokens_details');
  const read =
    count(inDetails['cached_tokens']) ??
    count(usage['prompt_cache_hit_tokens']) ??
    count(usage['cached_tokens']) ??
    0;
  const write = count(inDetails['cache_write_tokens']) ?? 0;
  const reasoning = count(outDetails['reasoning_tokens']) ?? count(usage['reasoning_tokens']) ?? 0;
  const hidden = completion === null ? 0 : Math.max(0, (total ?? 0) - (prompt ?? 0) - completion);
  return {
    // Never negative, whatever the provider says: prices are multiplied with it.
    inputTokens: Math.max(0, (prompt ?? 0) - read - write),
    cacheReadTokens: read,
    cacheWrite5mTokens: write,
    cacheWrite1hTokens: 0,
    outputTokens: (completion ?? 0) + hidden,
    reasoningTokens: reasoning + hidden,
    estimated: false,
  };
}

/** Usage in OpenAI's fields, where input includes what was cached. */
export function toOpenAiUsage(usage: Usage): JsonObject {
  const write = usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  return {
    prompt_tokens: totalInputTokens(usage),
    completion_tokens: usage.outputTokens,
    total_tokens: totalTokens(usage),
    prompt_tokens_details: {
      cached_tokens: usage.cacheReadTokens,
      ...(write > 0 ? { cache_write_tokens: write } : undefined),
    },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  };
}

const noDetails: JsonObject = Object.freeze({});

function details(usage: JsonObject, name: string): JsonObject {
  const value = usage[name];
  return isJsonObject(value) ? value : noDetails;
}

/** A token count; null where the field is absent, null or nonsense, which is not the same as 0. */
function count(value: Json | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
