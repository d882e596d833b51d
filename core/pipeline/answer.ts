import type { Answer } from '../../sdk/chunk.ts';
import type { Usage } from '../../sdk/usage.ts';
import type { Exchange } from './exchange.ts';

/** Keeps an answer, whole or partial, for the record. Where the provider gave no usage it is estimated. */
export function noteAnswer(x: Exchange, answer: Answer): void {
  x.answer = answer;
  x.model = answer.model ?? x.target?.model ?? null;
  x.usage = answer.usage ?? (x.target === null ? null : estimatedUsage(x, answer));
}

/**
 * What an answer probably used, by its length.
 *
 * @param answer null where nothing of it was seen: then a provider that was asked has read the input, no more.
 */
export function estimatedUsage(x: Exchange, answer: Answer | null): Usage {
  let reasoning = 0;
  let output = 0;
  for (const choice of answer?.choices ?? []) {
    reasoning += choice.reasoning.length;
    output += choice.text.length + choice.refusal.length;
    for (const call of choice.toolCalls) output += call.name.length + call.arguments.length;
  }
  const reasoningTokens = x.services.tokens.estimate(reasoning);
  return {
    inputTokens: x.options.body.view.inputTokens,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: x.services.tokens.estimate(output) + reasoningTokens,
    reasoningTokens,
    estimated: true,
  };
}
