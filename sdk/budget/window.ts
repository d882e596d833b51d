import type { KeyRecord } from '../keys.ts';
import { dayMs, parseTimeSpan } from './time-span.ts';

/** What a budget says of its windows: of a key, or of a tenant, whose windows may count from 0. */
export type BudgetTerms = Pick<KeyRecord, 'budgetDuration' | 'budgetStartMs'>;

/** The stretch of time that a budget is for. */
export interface BudgetWindow {
  /** 0 for the window in which the budget began. */
  readonly index: number;
  /**
   * Milliseconds since the epoch; names the window in a counter's key. A calendar window begins at its own beginning,
   * also when the budget began in the middle of it.
   */
  readonly startMs: number;
  /** When the next one begins; null for a budget for ever. */
  readonly resetsAtMs: number | null;
}

/** Monday, 29 December 1969: 1 January 1970 was a Thursday. */
const firstMondayMs = -3 * dayMs;

function monthOf(ms: number): number {
  const date = new Date(ms);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

/** Windows of one length, the first one beginning at `startMs`. Before it there is none. */
function lengths(startMs: number, lengthMs: number, nowMs: number): BudgetWindow {
  const index = Math.max(0, Math.floor((nowMs - startMs) / lengthMs));
  const beginMs = startMs + index * lengthMs;
  return { index, startMs: beginMs, resetsAtMs: beginMs + lengthMs };
}

/**
 * The window of a budget at a moment: a pure function, so that every gateway that shares a counter finds the same one,
 * and nothing has to run at midnight. `1d`, `1w` and months are UTC calendar windows; all others roll on from
 * `budgetStartMs`, every `30d` beginning to the millisecond where the one before ended.
 *
 * @param nowMs of a `SteadyTime`: a wall clock that is set back would bring an older window back. A moment before the
 *   budget began is in its first window.
 * @throws RangeError for a duration that is not one.
 */
export function budgetWindow({ budgetDuration, budgetStartMs }: BudgetTerms, nowMs: number): BudgetWindow {
  if (budgetDuration === null) return { index: 0, startMs: budgetStartMs, resetsAtMs: null };
  const span = parseTimeSpan(budgetDuration);
  if (span === null) {
    throw new RangeError(`expected a budget duration such as 24h, 30d or 1mo; came "${budgetDuration}"`);
  }
  if (span.unit === 'fixed') return lengths(budgetStartMs, span.ms, nowMs);
  if (span.of === 'month') {
    const first = monthOf(budgetStartMs);
    const index = Math.max(0, Math.floor((monthOf(nowMs) - first) / span.count));
    const month = first + index * span.count;
    return { index, startMs: Date.UTC(1970, month), resetsAtMs: Date.UTC(1970, month + span.count) };
  }
  const lengthMs = span.of === 'day' ? dayMs : 7 * dayMs;
  const originMs = span.of === 'day' ? 0 : firstMondayMs;
  const beginMs = originMs + Math.floor((budgetStartMs - originMs) / lengthMs) * lengthMs;
  return lengths(beginMs, lengthMs, nowMs);
}
