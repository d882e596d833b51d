import type { Answer } from './chunk.ts';
import type { RequestContext, ResponseContext } from './context.ts';
import type { MaybePromise } from './plugin.ts';

/** The lengths of time that policies know. */
export type BudgetPeriod = 'minute' | 'hour' | 'day' | 'month';

/** What `budget(period, by)` of a policy asks for. */
export interface BudgetQuestion {
  readonly period: BudgetPeriod;
  readonly by: 'tenant' | 'key' | 'user' | 'feature' | 'model' | 'ip';
}

/** A money budget in its running window, in dollars. What requests under way hold is not spent. */
export interface BudgetFact {
  readonly usd: number;
  readonly limit: number;
  /** Share of the limit that is spent; above 1 where more came than was held. 1 where the limit is 0. */
  readonly used: number;
}

/** Answers to what policies may ask once a plugin is in the folder; see `facts` of a plugin. */
export interface PolicyFacts {
  /**
   * Group `budget`. Asked at most once in a hook of a request, and only where a rule reads an answer: all questions of the
   * folder's policies together, so that a store is asked once.
   *
   * @returns in the order of the questions; null where no such budget applies to the request.
   */
  budget?(
    ctx: RequestContext,
    questions: readonly BudgetQuestion[],
  ): MaybePromise<readonly (BudgetFact | null)[]>;
  /** Whether such a budget may apply to any request: what is asked for nothing is told at load. True where it is not said. */
  keepsBudget?(question: BudgetQuestion): boolean;
  /** Group `cost`: what a finished answer cost, in dollars; null where nobody knows. */
  costUsd?(ctx: ResponseContext, answer: Answer): number | null;
}
