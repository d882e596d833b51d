import { isJsonObject, type Json } from '../../sdk/index.ts';
import { budgetOf, isEffort } from '../../sdk/translate/effort.ts';

/** The least that Anthropic takes as a thinking budget, and what translation gives a model that must be told one. */
const minBudgetTokens = 1024;
const usualBudgetTokens = 8192;

/**
 * Thinking tokens that translation may add to a request's output limit, 0 where nobody asked to think. Claude's budget is
 * part of its limit, so for a budget that is not below the limit the wires of Anthropic and Bedrock raise the limit by it.
 */
export function thinkingTokens(params: Readonly<Record<string, Json>>): number {
  const {
    thinking,
    reasoning,
    reasoning_effort: word,
    include_reasoning: shown,
    output_config: config,
  } = params;
  let most = 0;
  if (isJsonObject(thinking) && thinking['type'] !== 'disabled') {
    most = Math.max(most, tokensOf(undefined, thinking['budget_tokens']));
  }
  if (isJsonObject(reasoning) && reasoning['enabled'] !== false) {
    most = Math.max(most, tokensOf(reasoning['effort'], reasoning['max_tokens']));
  }
  if (word !== undefined && word !== null) most = Math.max(most, tokensOf(word, undefined));
  if (shown === true) most = Math.max(most, usualBudgetTokens);
  if (isJsonObject(config) && config['effort'] !== undefined)
    most = Math.max(most, tokensOf(config['effort'], undefined));
  return most;
}

function tokensOf(word: Json | undefined, budget: Json | undefined): number {
  const budgetTokens = typeof budget === 'number' && Number.isFinite(budget) ? Math.ceil(budget) : null;
  const effort = isEffort(word) ? word : null;
  const wanted = budgetOf({ effort, budgetTokens, visible: null }) ?? usualBudgetTokens;
  return wanted <= 0 ? 0 : Math.max(minBudgetTokens, wanted);
}
