import type { BudgetPeriod } from '../policy-facts.ts';
import { dayMs, parseTimeSpan } from './time-span.ts';

const hourMs = 3_600_000;

/**
 * The period of the policy language that a budget's duration is one of: `24h` is a day, `30d` a month, as people mean it. Null
 * for all others, such as a week, and for a budget without an end.
 */
export function budgetPeriod(duration: string | null): BudgetPeriod | null {
  const span = duration === null ? null : parseTimeSpan(duration);
  if (span === null) return null;
  if (span.unit === 'calendar') {
    if (span.count !== 1 || span.of === 'week') return null;
    return span.of;
  }
  if (span.ms === 60_000) return 'minute';
  if (span.ms === hourMs) return 'hour';
  if (span.ms === dayMs) return 'day';
  return span.ms >= 28 * dayMs && span.ms <= 31 * dayMs ? 'month' : null;
}
