/** A length of time as people write it: whole milliseconds, or months, which have no fixed length. */
export type TimeSpan =
  | { readonly unit: 'fixed'; readonly ms: number }
  | { readonly unit: 'calendar'; readonly count: number; readonly of: 'day' | 'week' | 'month' };

export const dayMs = 86_400_000;
const msOf: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: dayMs,
  w: 7 * dayMs,
};
/** Further away nobody plans, and dates stay far from where JavaScript's end. */
const maxMs = 100 * 366 * dayMs;
const maxMonths = 1200;

/**
 * Reads `30s`, `15m`, `24h`, `30d`, `2w`, `1mo` as LiteLLM writes them. `1d`, `1w` and months are calendar units: a UTC
 * day, a week from Monday, a month. `24h`, `7d` and `30d` are lengths.
 *
 * @returns null for anything else, for zero, and for more than a hundred years.
 */
export function parseTimeSpan(text: string): TimeSpan | null {
  const match = /^(\d{1,10})(mo|[smhdw])$/.exec(text);
  if (match === null) return null;
  const count = Number(match[1]);
  const unit = match[2]!;
  if (unit === 'mo') {
    return count >= 1 && count <= maxMonths ? { unit: 'calendar', count, of: 'month' } : null;
  }
  const ms = count * msOf[unit]!;
  if (ms === 0 || ms > maxMs) return null;
  if (count === 1 && unit === 'd') return { unit: 'calendar', count, of: 'day' };
  if (count === 1 && unit === 'w') return { unit: 'calendar', count, of: 'week' };
  return { unit: 'fixed', ms };
}

/**
 * The moment that is a span after another: `1d` is 24 hours, and a month later is the same day of the next month, or its
 * last one.
 */
export function after(span: TimeSpan, fromMs: number): number {
  if (span.unit === 'fixed') return fromMs + span.ms;
  if (span.of !== 'month') return fromMs + span.count * (span.of === 'day' ? dayMs : 7 * dayMs);
  const from = new Date(fromMs);
  const month = from.getUTCFullYear() * 12 + from.getUTCMonth() + span.count;
  const lastDay = new Date(Date.UTC(Math.floor(month / 12), (month % 12) + 1, 0)).getUTCDate();
  const first = Date.UTC(Math.floor(month / 12), month % 12, Math.min(from.getUTCDate(), lastDay));
  return first + (((fromMs % dayMs) + dayMs) % dayMs);
}
