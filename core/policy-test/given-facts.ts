import { answerUsd } from '../../sdk/answer-cost.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { BudgetFact } from '../../sdk/policy-facts.ts';
import type { Prices } from '../../sdk/prices.ts';
import { type By, type Period, periods, subjects } from '../policy/plan.ts';
import type { GivenFacts } from '../program/step.ts';
import { didYouMean } from '../text/nearest.ts';
import { CaseError } from './case.ts';

/** Budgets of a case by `by` and period. */
export type GivenBudgets = ReadonlyMap<string, BudgetFact>;

const numbers = ['used', 'usd', 'limit'] as const;

/**
 * Reads `given.budget`: `{ day: { used: 0.85 } }` for the tenant, `{ key: { day: { usd: 4, limit: 5 } } }` for others. Of
 * `usd`, `limit` and `used` the one that is not said follows from the others, as far as it can; the rest is 0.
 *
 * @throws CaseError
 */
export function givenBudgets(budget: JsonObject | undefined): GivenBudgets {
  const found = new Map<string, BudgetFact>();
  for (const [name, value] of Object.entries(budget ?? {})) {
    const by = subjects.find((one) => one === name);
    if (by === undefined) addBudget(found, 'tenant', name, value as JsonObject, `given.budget.${name}`);
    else {
      for (const [period, one] of Object.entries(objectOf(value, `given.budget.${name}`))) {
        addBudget(found, by, period, one as JsonObject, `given.budget.${name}.${period}`);
      }
    }
  }
  return found;
}

function addBudget(
  found: Map<string, BudgetFact>,
  by: By,
  name: string,
  value: JsonObject,
  where: string,
): void {
  const period = periods.find((one) => one === name);
  if (period === undefined) {
    const known = [...periods, ...subjects];
    throw new CaseError(`${where}: expected one of ${known.join(', ')}.${didYouMean(name, known)}`);
  }
  const given = objectOf(value, where);
  for (const [key, number] of Object.entries(given)) {
    if (!numbers.some((one) => one === key)) {
      throw new CaseError(`${where}.${key}: expected ${numbers.join(', ')}.${didYouMean(key, numbers)}`);
    }
    if (typeof number !== 'number' || number < 0) {
      throw new CaseError(`${where}.${key}: expected a number from 0, got ${JSON.stringify(number)}`);
    }
  }
  const { used, usd, limit } = given as { used?: number; usd?: number; limit?: number };
  found.set(`${by}|${period}`, {
    usd: usd ?? (used ?? 0) * (limit ?? 0),
    limit: limit ?? (usd !== undefined && used !== undefined && used > 0 ? usd / used : 0),
    used: used ?? (usd !== undefined && limit !== undefined && limit > 0 ? usd / limit : 0),
  });
}

function objectOf(value: unknown, where: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new CaseError(`${where}: expected numbers such as { used: 0.85 }, got ${JSON.stringify(value)}`);
}

/**
 * What policies of a case are told in place of what plugins know: budgets as given, and costs as the reply says or as the
 * price table has them.
 *
 * @param replyUsd what the script says that its last reply cost; null where it says nothing.
 */
export function givenFacts(budgets: GivenBudgets, prices: Prices, replyUsd: () => number | null): GivenFacts {
  return {
    budget: (_ctx, period: Period, by: By) => budgets.get(`${by}|${period}`) ?? null,
    costUsd: (ctx, answer) => replyUsd() ?? answerUsd(ctx, answer, prices),
  };
}
