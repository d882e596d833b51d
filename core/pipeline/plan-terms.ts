import type { Target } from '../../sdk/target.ts';
import type { PlanTerms } from '../route/plan-terms.ts';
import { sessionHeader, stickyKeyOf } from '../route/sticky-key.ts';
import { arrange, type Choice } from '../route/strategy.ts';
import type { Exchange } from './exchange.ts';

/** Tokens of an answer, for comparing prices, where the request does not limit them. */
const usualOutputTokens = 500;

/** What the plan of a request is made with: health, prices, and whom a choice stays the same for. */
export function planTerms(x: Exchange): PlanTerms {
  const priceOf = (target: Target) => priceAt(x, target);
  let choice: Choice | null = null;
  return {
    priceOf,
    arrange(name, targets) {
      if (targets.length < 2) return targets;
      const strategy = x.services.models.strategy(name);
      if (strategy === 'ordered') return targets;
      choice ??= {
        health: x.services.health,
        priceOf,
        ...stickyKeyOf(x.headers[sessionHeader], x.identity.user, x.options.requestId),
      };
      return arrange(targets, strategy, choice);
    },
  };
}

/** What the request probably costs at a target, in nano-dollars; null where nobody knows. For comparing only. */
function priceAt(x: Exchange, target: Target): number | null {
  const { inputTokens, maxOutputTokens } = x.options.body.view;
  const cost = x.options.program.prices.cost(target, {
    inputTokens,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: Math.min(maxOutputTokens ?? usualOutputTokens, usualOutputTokens),
    reasoningTokens: 0,
    estimated: true,
  });
  return cost?.totalNanoUsd ?? null;
}
