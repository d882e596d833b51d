/** Days of the ledger, which are UTC days: from `since` on, before `until`. */
export interface DayRange {
  readonly since: string;
  readonly until: string;
}

export const rangeNames = ['today', '7d', '30d', 'month', 'custom'] as const;
export type RangeName = (typeof rangeNames)[number];

const dayMs = 86_400_000;
const dayPattern = /^\d{4}-\d\d-\d\d$/;

function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The days of a range that ends with today. */
export function rangeOf(name: Exclude<RangeName, 'custom'>, nowMs: number): DayRange {
  const today = Math.floor(nowMs / dayMs) * dayMs;
  const until = dayText(today + dayMs);
  switch (name) {
    case 'today':
      return { since: dayText(today), until };
    case '7d':
      return { since: dayText(today - 6 * dayMs), until };
    case '30d':
      return { since: dayText(today - 29 * dayMs), until };
    case 'month':
      return { since: `${dayText(today).slice(0, 8)}01`, until };
  }
}

/**
 * The days that a person chose, both included.
 *
 * @returns null where they are no days, or the last is before the first.
 */
export function customRange(first: string | null, last: string | null): DayRange | null {
  if (first === null || last === null || !dayPattern.test(first) || !dayPattern.test(last)) return null;
  const lastMs = Date.parse(`${last}T00:00:00Z`);
  if (Number.isNaN(lastMs) || Number.isNaN(Date.parse(first)) || last < first) return null;
  return { since: first, until: dayText(lastMs + dayMs) };
}

/** Each day of a range, at most `most` of them. */
export function daysOf({ since, until }: DayRange, most = 400): string[] {
  const days: string[] = [];
  const end = Date.parse(`${until}T00:00:00Z`);
  for (let at = Date.parse(`${since}T00:00:00Z`); at < end && days.length < most; at += dayMs)
    days.push(dayText(at));
  return days;
}
