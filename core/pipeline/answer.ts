import type { Answer } from '../../sdk/chunk.ts';
import type { Usage } from '../../sdk/usage.ts';
import type { Exchange } from './exchange.ts';

/** Keeps an answer, whole or partial, for the record. Where the provider gave no usage it is estimated. */
export function noteAnswer(x: Exchange, answer: Answer): void {
  x.answer = answer;
  x.model = answer.model ?? x.target?.model ?? null;
  x.usage = answer.usage ?? (x.target === null ? null : estimatedUsage(x, answer, x.outputLimit));
}

/**
 * What an answer probably used, by its length. Never more than it was allowed: an estimate above that is wrong for sure,
 * and would be more than was held for it.
 *
 * @param answer null where nothing of it was seen: then a provider that was asked has read the input, no more.
 * @param outputLimit of each choice; null for none.
 */
export function estimatedUsage(x: Exchange, answer: Answer | null, outputLimit: number | null): Usage {
  let reasoning = 0;
  let output = 0;
  for (const choice of answer?.choices ?? []) {
    reasoning += choice.reasoning.length;
    output += choice.text.length + choice.refusal.length;
    for (const call of choice.toolCalls) output += call.name.length + call.arguments.length;
  }
  const { tokens } = x.services;
  const most = outputLimit === null ? Infinity : Math.max(0, outputLimit) * (answer?.choices.length ?? 1);
  const reasoningTokens = Math.min(tokens.estimate(reasoning), most);
  return {
    inputTokens: x.options.body.view.inputTokens,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: Math.min(tokens.estimate(output) + reasoningTokens, most),
    reasoningTokens,
    estimated: true,
  };
}
