import { isJsonObject, type Json } from '../../../sdk/json.ts';
import type { Usage } from '../../../sdk/usage.ts';

/**
 * Converse's usage. `inputTokens` leaves cached tokens out, `totalTokens` does not; how long written tokens are kept is
 * only in `cacheDetails`, where there is one. Null for what is no usage.
 */
export function fromConverseUsage(usage: Json | undefined): Usage | null {
  if (!isJsonObject(usage)) return null;
  const { inputTokens, outputTokens } = usage;
  if (typeof inputTokens !== 'number' && typeof outputTokens !== 'number') return null;
  const written = count(usage['cacheWriteInputTokens'] ?? usage['cacheWriteInputTokenCount']);
  const forAnHour = Math.min(written, writtenFor('1h', usage['cacheDetails']));
  return {
    inputTokens: count(inputTokens),
    cacheReadTokens: count(usage['cacheReadInputTokens'] ?? usage['cacheReadInputTokenCount']),
    cacheWrite5mTokens: written - forAnHour,
    cacheWrite1hTokens: forAnHour,
    outputTokens: count(outputTokens),
    reasoningTokens: 0,
    estimated: false,
  };
}

function writtenFor(ttl: string, details: Json | undefined): number {
  if (!Array.isArray(details)) return 0;
  let tokens = 0;
  for (const item of details as readonly Json[]) {
    if (isJsonObject(item) && item['ttl'] === ttl) tokens += count(item['inputTokens']);
  }
  return tokens;
}

function count(value: Json | undefined): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}
