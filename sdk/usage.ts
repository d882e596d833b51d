/**
 * Tokens of one answer in disjoint classes, whatever the provider's own fields include. Input tokens are
 * counted once: `inputTokens` are those that were neither read from nor written to a prompt cache.
 */
export interface Usage {
  /** Uncached input tokens. */
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  /** All output tokens, reasoning included. */
  readonly outputTokens: number;
  /** The part of `outputTokens` that the model spent on reasoning. */
  readonly reasoningTokens: number;
  /** True when the provider gave no usage and the gateway counted by itself. */
  readonly estimated: boolean;
}

/** Every input token, cached or not. */
export function totalInputTokens(usage: Usage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
}

/** Every token of the answer, in and out. */
export function totalTokens(usage: Usage): number {
  return totalInputTokens(usage) + usage.outputTokens;
}
