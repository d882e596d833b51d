import type { UsageChunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { serviceTier } from '../../../sdk/translate/service-tier.ts';
import type { Usage } from '../../../sdk/usage.ts';

/**
 * Reads the `usage` objects of one answer. They are cumulative: a field that comes again replaces the one before, one
 * that is missing says nothing. Anthropic's `input_tokens` leaves cached tokens out; `output_tokens` includes thinking.
 */
export class UsageReader {
  #input: number | null = null;
  #read = 0;
  #write: number | null = null;
  #write5m: number | null = null;
  #write1h = 0;
  #output: number | null = null;
  #thinking = 0;
  #tier: ReturnType<typeof serviceTier>;

  /** Takes the next object in. @returns the chunk that says the usage so far; null where this one says nothing. */
  chunk(usage: Json | undefined): UsageChunk | null {
    const sum = this.take(usage);
    if (sum === null) return null;
    this.#tier ??= isJsonObject(usage) ? serviceTier(usage['service_tier']) : undefined;
    return { type: 'usage', usage: sum, ...this.#tier };
  }

  /** Takes the next object in. @returns the usage so far; null where this one says nothing. */
  take(usage: Json | undefined): Usage | null {
    if (!isJsonObject(usage)) return null;
    const input = count(usage['input_tokens']);
    const output = count(usage['output_tokens']);
    const read = count(usage['cache_read_input_tokens']);
    const write = count(usage['cache_creation_input_tokens']);
    if (input === null && output === null && read === null && write === null) return null;
    this.#input = input ?? this.#input;
    this.#output = output ?? this.#output;
    this.#read = read ?? this.#read;
    this.#write = write ?? this.#write;
    const { cache_creation: split, output_tokens_details: details } = usage;
    if (isJsonObject(split)) {
      this.#write5m = count(split['ephemeral_5m_input_tokens']) ?? this.#write5m;
      this.#write1h = count(split['ephemeral_1h_input_tokens']) ?? this.#write1h;
    }
    if (isJsonObject(details)) this.#thinking = count(details['thinking_tokens']) ?? this.#thinking;
    return this.#usage();
  }

  #usage(): Usage {
    // The total holds where the split is older or missing.
    const write = this.#write ?? (this.#write5m ?? 0) + this.#write1h;
    const write1h = Math.min(this.#write1h, write);
    const output = this.#output ?? 0;
    return {
      inputTokens: this.#input ?? 0,
      cacheReadTokens: this.#read,
      cacheWrite5mTokens: write - write1h,
      cacheWrite1hTokens: write1h,
      outputTokens: output,
      reasoningTokens: Math.min(this.#thinking, output),
      estimated: false,
    };
  }
}

/** Usage in Anthropic's fields; all of the usual ones are there, for clients rely on them. */
export function toMessagesUsage(usage: Usage | null): JsonObject {
  const write5m = usage?.cacheWrite5mTokens ?? 0;
  const write1h = usage?.cacheWrite1hTokens ?? 0;
  const thinking = usage?.reasoningTokens ?? 0;
  return {
    input_tokens: usage?.inputTokens ?? 0,
    cache_creation_input_tokens: write5m + write1h,
    cache_read_input_tokens: usage?.cacheReadTokens ?? 0,
    ...(write1h > 0
      ? { cache_creation: { ephemeral_5m_input_tokens: write5m, ephemeral_1h_input_tokens: write1h } }
      : undefined),
    output_tokens: usage?.outputTokens ?? 0,
    ...(thinking > 0 ? { output_tokens_details: { thinking_tokens: thinking } } : undefined),
  };
}

/** A token count; null where the field is absent, null or nonsense, which is not the same as 0. */
function count(value: Json | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
