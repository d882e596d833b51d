import type { Clock } from '../services.ts';

type Headers = Readonly<Record<string, string>>;

/** Limits of which one ran out: the names of what is left and of when it is full again. */
const limits: readonly (readonly [string, string])[] = [
  ...['requests', 'tokens', 'input-tokens', 'output-tokens'].map(
    (what) => [`anthropic-ratelimit-${what}-remaining`, `anthropic-ratelimit-${what}-reset`] as const,
  ),
  ...['requests', 'tokens'].map(
    (what) => [`x-ratelimit-remaining-${what}`, `x-ratelimit-reset-${what}`] as const,
  ),
  // OpenRouter.
  ['x-ratelimit-remaining', 'x-ratelimit-reset'],
];

/**
 * How long until a limit that ran out allows requests again, in milliseconds, as rate limit headers say: Anthropic's
 * unified limits of subscriptions first, then the latest of the limits of which nothing is left. Null where they do not
 * say. May be negative.
 */
export function limitResetMs(headers: Headers, clock: Pick<Clock, 'now'>): number | null {
  if (headers['anthropic-ratelimit-unified-status'] === 'rejected') {
    const unified = momentMs(headers['anthropic-ratelimit-unified-reset'], clock);
    if (unified !== null) return unified;
  }
  let latest: number | null = null;
  for (const [remaining, reset] of limits) {
    if (headers[remaining]?.trim() !== '0') continue;
    const wait = momentMs(headers[reset], clock);
    if (wait !== null && (latest === null || wait > latest)) latest = wait;
  }
  return latest;
}

/**
 * A moment as a wait from now: RFC 3339 (Anthropic), seconds or milliseconds since 1970 (OpenRouter, Anthropic's unified
 * limits), or a plain number of seconds (Azure). Durations such as `1m6s` are left to `retry-after`, which comes with
 * them.
 */
function momentMs(text: string | undefined, clock: Pick<Clock, 'now'>): number | null {
  if (text === undefined) return null;
  if (/^\d{4}-\d\d-\d\dT[\d:.]{5,20}(?:Z|[+-]\d\d:\d\d)$/.test(text)) return Date.parse(text) - clock.now();
  if (!/^\d{1,13}$/.test(text)) return null;
  const number = Number(text);
  if (text.length === 13) return number - clock.now();
  return text.length >= 10 ? number * 1000 - clock.now() : number * 1000;
}
