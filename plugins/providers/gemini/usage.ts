import { isJsonObject, type Json } from '../../../sdk/json.ts';
import type { Usage } from '../../../sdk/usage.ts';

/**
 * Reads `usageMetadata` into disjoint classes; null where it says nothing.
 *
 * `promptTokenCount` includes what was read from a cache and leaves out what Google's own tools put into the prompt;
 * `candidatesTokenCount` leaves out thoughts.
 */
export function fromGeminiUsage(usage: Json | undefined): Usage | null {
  if (!isJsonObject(usage)) return null;
  const prompt = count(usage['promptTokenCount']);
  const answer = count(usage['candidatesTokenCount']);
  const thoughts = count(usage['thoughtsTokenCount']);
  const total = count(usage['totalTokenCount']);
  if (prompt === null && answer === null && thoughts === null && total === null) return null;
  const cached = count(usage['cachedContentTokenCount']) ?? 0;
  const tools = count(usage['toolUsePromptTokenCount']) ?? 0;
  return {
    // Never negative, whatever the provider says: prices are multiplied with it.
    inputTokens: Math.max(0, (prompt ?? 0) + tools - cached),
    cacheReadTokens: cached,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: (answer ?? 0) + (thoughts ?? 0),
    reasoningTokens: thoughts ?? 0,
    estimated: false,
  };
}

/** A token count; null where the field is absent, null or nonsense, which is not the same as 0. */
function count(value: Json | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
