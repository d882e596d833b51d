import { SteadyTime } from '../../sdk/budget/steady-time.ts';
import { dayMs } from '../../sdk/budget/time-span.ts';
import type { Clock } from '../../sdk/index.ts';
import type { Period } from './quantity.ts';

/** One calendar window, in UTC. */
export interface Window {
  /** Names it, such as `2026-11`. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly startsAtMs: number;
  /** When the next one begins; null for one that never ends. */
  readonly resetsAtMs: number | null;
}

const hourMs = 3_600_000;
/** Monday, 29 December 1969. */
const firstMondayMs = -3 * dayMs;
const always: Window = { name: 'all', startsAtMs: Number.NEGATIVE_INFINITY, resetsAtMs: null };

/** The calendar window of a moment. Weeks begin on Monday and are named after it. */
export function windowAt(per: Period, nowMs: number): Window {
  switch (per) {
    case 'minute':
      return even(60_000, 0, nowMs, 16);
    case 'hour':
      return even(hourMs, 0, nowMs, 13);
    case 'day':
      return even(dayMs, 0, nowMs, 10);
    case 'week':
      return even(7 * dayMs, firstMondayMs, nowMs, 10);
    case 'month': {
      const date = new Date(nowMs);
      const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
      const startsAtMs = Date.UTC(year, month);
      return { name: nameOf(startsAtMs, 7), startsAtMs, resetsAtMs: Date.UTC(year, month + 1) };
    }
    case 'total':
      return always;
  }
}

function even(lengthMs: number, originMs: number, nowMs: number, digits: number): Window {
  const startsAtMs = originMs + Math.floor((nowMs - originMs) / lengthMs) * lengthMs;
  return { name: nameOf(startsAtMs, digits), startsAtMs, resetsAtMs: startsAtMs + lengthMs };
}

function nameOf(ms: number, digits: number): string {
  return new Date(ms).toISOString().slice(0, digits);
}

/** Tells which window it is, by a time that never goes back: a window that is over must not be counted a second time. */
export class Calendar {
  readonly #time: SteadyTime;
  readonly #windows = new Map<Period, Window>();

  constructor(clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.#time = SteadyTime.of(clock);
  }

  /** Whole milliseconds since the epoch, never less than before. */
  now(): number {
    return this.#time.now();
  }

  /** @param nowMs as `now` gave it. */
  window(per: Period, nowMs: number): Window {
    const known = this.#windows.get(per);
    const isNow = known !== undefined && nowMs >= known.startsAtMs;
    if (isNow && (known.resetsAtMs === null || nowMs < known.resetsAtMs)) return known;
    const window = windowAt(per, nowMs);
    this.#windows.set(per, window);
    return window;
  }
}
