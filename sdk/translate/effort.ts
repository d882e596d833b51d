import type { Effort, Reasoning } from '../conversation.ts';

const order: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/** Thinking tokens that an effort stands for, where a provider wants a number. Ours: providers name none. */
const budgets: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 32_768,
  max: 32_768,
};

/** The thinking budget of a request in tokens, 0 for no thinking; null where the model is to decide. */
export function budgetOf({ effort, budgetTokens }: Reasoning): number | null {
  return budgetTokens ?? (effort === null ? null : budgets[effort]);
}

/** The effort of a request, from its budget where that is what it gives; null where the model is to decide. */
export function effortOf({ effort, budgetTokens }: Reasoning): Effort | null {
  if (effort !== null || budgetTokens === null) return effort;
  if (budgetTokens <= 0) return 'none';
  if (budgetTokens <= 2048) return 'low';
  return budgetTokens <= 8192 ? 'medium' : 'high';
}

/** The nearest effort that a model takes, the lower one of two equally near; null where it takes none. */
export function nearestEffort(wanted: Effort, offered: readonly Effort[]): Effort | null {
  if (offered.includes(wanted)) return wanted;
  let best: Effort | null = null;
  for (const effort of order) {
    if (!offered.includes(effort) || (effort === 'none') !== (wanted === 'none')) continue;
    if (best === null || distance(effort, wanted) < distance(best, wanted)) best = effort;
  }
  return best;
}

/** True for a word that names an effort. */
export function isEffort(word: unknown): word is Effort {
  return typeof word === 'string' && (order as readonly string[]).includes(word);
}

function distance(a: Effort, b: Effort): number {
  return Math.abs(order.indexOf(a) - order.indexOf(b));
}
