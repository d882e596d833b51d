import type { Conversation, Reasoning } from '../../../sdk/conversation.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import type { ModelTraits } from '../../../sdk/traits.ts';
import { budgetOf, effortOf, nearestEffort } from '../../../sdk/translate/effort.ts';
import { loopStart } from './foreign.ts';

/** The output limit where neither the client nor the configuration names one; Anthropic requires one. */
const defaultMaxTokens = 4096;
/** The least that Anthropic takes as a thinking budget, in tokens. */
const minBudget = 1024;
/** The budget where the client leaves it to a model that must be told one: that of `medium`. */
const usualBudget = 8192;

/** How much a request may think and say. */
export interface Thinking {
  readonly maxTokens: number;
  /** The `thinking` member; null where there is nothing to say. */
  readonly thinking: JsonObject | null;
  /** `output_config.effort`. */
  readonly effort: string | null;
  /** The model thinks. */
  readonly on: boolean;
}

/**
 * Thinking in the words that the model takes.
 *
 * @param forced the client forces a tool: thinking gives way, for Anthropic refuses both together.
 */
export function writeThinking(
  { reasoning, maxOutputTokens, dialect }: Conversation,
  traits: ModelTraits,
  messages: readonly JsonObject[],
  forced: boolean,
  dropped: Set<string>,
): Thinking {
  const cap = traits.maxOutputTokens ?? null;
  const wanted = maxOutputTokens ?? cap ?? defaultMaxTokens;
  const maxTokens = cap === null ? wanted : Math.min(wanted, cap);
  const off: Thinking = { maxTokens, thinking: null, effort: null, on: false };
  if (reasoning === null) return off;
  const mode = traits.reasoning ?? 'budget';
  const name = nameOf(dialect);
  if (mode === 'none' || mode === 'openrouter') {
    if (effortOf(reasoning) !== 'none') dropped.add(name);
    return off;
  }
  if (mode === 'effort') return { ...off, effort: effortFor(reasoning, traits) };
  const disabled: Thinking = { ...off, thinking: { type: 'disabled' } };
  if (effortOf(reasoning) === 'none') return disabled;
  if (forced) {
    dropped.add(name);
    return disabled;
  }
  if (mode === 'adaptive') {
    const display =
      reasoning.visible === null ? undefined : { display: reasoning.visible ? 'summarized' : 'omitted' };
    return {
      maxTokens,
      thinking: { type: 'adaptive', ...display },
      effort: effortFor(reasoning, traits),
      on: true,
    };
  }
  // Only newer models think in the middle of a tool loop that began without.
  if (loopWithoutThinking(messages)) {
    dropped.add(name);
    return disabled;
  }
  if (reasoning.effort !== null && reasoning.budgetTokens !== null) dropped.add('effort');
  return withBudget(budgetOf(reasoning) ?? usualBudget, maxTokens, cap) ?? disabled;
}

/** The budget is part of the limit: the limit grows with it, as far as the model allows; then the budget shrinks. */
function withBudget(wanted: number, maxTokens: number, cap: number | null): Thinking | null {
  const budget = Math.max(minBudget, Math.floor(wanted));
  if (budget < maxTokens) return thinkingOf(budget, maxTokens);
  const limit = cap === null ? budget + maxTokens : Math.min(budget + maxTokens, cap);
  if (budget < limit) return thinkingOf(budget, limit);
  const half = Math.max(minBudget, Math.floor(limit / 2));
  return half < limit ? thinkingOf(half, limit) : null;
}

function thinkingOf(budget: number, maxTokens: number): Thinking {
  return { maxTokens, thinking: { type: 'enabled', budget_tokens: budget }, effort: null, on: true };
}

function effortFor(reasoning: Reasoning, traits: ModelTraits): string | null {
  const effort = effortOf(reasoning);
  return effort === null ? null : nearestEffort(effort, traits.efforts ?? ['low', 'medium', 'high']);
}

/** True where the tool loop under way began without the thinking that Anthropic wants to see again. */
function loopWithoutThinking(messages: readonly JsonObject[]): boolean {
  const start = messages[loopStart(messages)];
  const first = Array.isArray(start?.['content']) ? (start['content'] as JsonObject[])[0] : undefined;
  return first !== undefined && first['type'] !== 'thinking' && first['type'] !== 'redacted_thinking';
}

/** What the client calls it. */
function nameOf(dialect: string): string {
  if (dialect === 'messages') return 'thinking';
  return dialect === 'responses' ? 'reasoning' : 'reasoning_effort';
}
