import type { BudgetPeriod } from '../../sdk/index.ts';

/** What a limit counts. */
export const quantities = [
  'requests',
  'tokens',
  'input_tokens',
  'output_tokens',
  'concurrent',
  'usd',
] as const;
export type Quantity = (typeof quantities)[number];

/** Whom a limit counts for. `model` and `provider` are those that a request is sent to, so they count attempts. */
export const subjects = ['key', 'tenant', 'feature', 'user', 'model', 'provider', 'global'] as const;
export type Subject = (typeof subjects)[number];

/** Whom a limit counts for, those of policies too: their `model` is the name that was asked for, so it counts requests. */
export type Scope = Subject | 'ip';

/** The time that a limit is for. */
export const periods = ['minute', 'hour', 'day', 'week', 'month', 'total'] as const;
export type Period = (typeof periods)[number];

/** Lengths of the periods that refill continuously, in milliseconds. Longer ones, and money, have calendar windows. */
export const ratePeriodsMs: Readonly<Partial<Record<Period, number>>> = { minute: 60_000, hour: 3_600_000 };

/** True where the amount depends on how long the answer may be. */
export function growsWithOutput(quantity: Quantity): boolean {
  return quantity === 'usd' || quantity === 'tokens' || quantity === 'output_tokens';
}

/** The period by which policies ask for a budget; null for those that they have no word for. */
export function budgetPeriodOf(per: Period | null): BudgetPeriod | null {
  return per === 'minute' || per === 'hour' || per === 'day' || per === 'month' ? per : null;
}
