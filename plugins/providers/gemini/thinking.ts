import type { JsonObject } from '../../../sdk/json.ts';
import { budgetOf, effortOf, nearestEffort } from '../../../sdk/translate/effort.ts';
import type { Encoding } from './encoding.ts';

/**
 * `thinkingConfig`; undefined where the request says nothing about it. Budget and level are never both sent, which
 * would be a 400. Thoughts are shown where the client wants them or, where it does not say, where it sets how much to
 * reason.
 */
export function thinkingConfig({ conversation, model, dropped }: Encoding): JsonObject | undefined {
  const { reasoning } = conversation;
  if (reasoning === null) return undefined;
  const effort = effortOf(reasoning);
  const { thinking } = model;
  if (thinking.kind === 'none') {
    if (effort !== null && effort !== 'none') dropped.add('reasoning_effort');
    return undefined;
  }
  const config: Record<string, string | number | boolean> = {};
  if (thinking.kind === 'level') {
    if (effort === 'none') {
      // It cannot be turned off.
      config['thinkingLevel'] = thinking.levels[0]!;
      dropped.add('reasoning_effort');
    } else if (effort !== null) config['thinkingLevel'] = nearestEffort(effort, thinking.levels)!;
  } else {
    const budget = budgetOf(reasoning);
    if (budget === null) {
      // As the model sees fit. Flash-Lite does not think unless it is told to.
      config['thinkingBudget'] = -1;
    } else if (budget <= 0) {
      config['thinkingBudget'] = thinking.canBeOff ? 0 : thinking.min;
      if (!thinking.canBeOff) dropped.add('reasoning_effort');
    } else {
      config['thinkingBudget'] = Math.min(thinking.max, Math.max(thinking.min, budget));
    }
  }
  if (effort !== 'none' && reasoning.visible !== false) config['includeThoughts'] = true;
  return Object.keys(config).length > 0 ? config : undefined;
}
