import { isJsonObject, type Json } from '../json.ts';
import type { Clock } from '../services.ts';
import type { ErrorBody } from './error-body.ts';
import { limitResetMs } from './rate-limit-reset.ts';

/** More than this is no waiting time that anyone means. */
const maxMs = 7 * 86_400_000;

/** Longer than a request waits for another try. */
const notAgainMs = 60_000;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * How long a provider asks to wait, in milliseconds; null where it does not say. Looks at `retry-after-ms`, then
 * `retry-after` (seconds or a date), then Google's `RetryInfo`, then at words such as `try again in 1m30.5s`, then at the
 * limits that ran out. A provider that says not to retry (`x-should-retry: false`) without saying for how long is taken
 * for one that asks for longer than any request waits.
 */
export function retryAfterMs(
  headers: Readonly<Record<string, string>>,
  error: ErrorBody,
  clock: Pick<Clock, 'now'>,
): number | null {
  return (
    bounded(number(headers['retry-after-ms'])) ??
    bounded(seconds(headers['retry-after'], clock)) ??
    bounded(retryInfo(error.details['list'])) ??
    bounded(inWords(error.message)) ??
    bounded(inWords(String(error.details['raw'] ?? ''))) ??
    bounded(limitResetMs(headers, clock)) ??
    bounded(limitResetMs(behind(error), clock)) ??
    (headers['x-should-retry'] === 'false' ? notAgainMs : null)
  );
}

/** Headers that OpenRouter repeats in the body, where the answer's own head is that of a 200. */
function behind(error: ErrorBody): Readonly<Record<string, string>> {
  const { headers } = error.details;
  if (!isJsonObject(headers)) return {};
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

function bounded(ms: number | null): number | null {
  if (ms === null || Number.isNaN(ms)) return null;
  return Math.min(maxMs, Math.max(0, Math.ceil(ms)));
}

function number(text: string | undefined): number | null {
  return text !== undefined && /^\s*\d{1,15}(\.\d{1,9})?\s*$/.test(text) ? Number(text) : null;
}

function seconds(text: string | undefined, clock: Pick<Clock, 'now'>): number | null {
  if (text === undefined) return null;
  const plain = number(text);
  if (plain !== null) return plain * 1000;
  // HTTP dates have letters; what Date.parse makes of anything else is no date that a server meant.
  return /[a-z]{3}/i.test(text) ? Date.parse(text) - clock.now() : null;
}

function retryInfo(list: Json | undefined): number | null {
  if (!Array.isArray(list)) return null;
  for (const item of list as readonly Json[]) {
    if (isJsonObject(item) && typeof item['retryDelay'] === 'string') return duration(item['retryDelay']);
  }
  return null;
}

function inWords(text: string): number | null {
  const match = /\b(?:try again|retry|retrying) (?:in|after) ([^,;]{1,40})/i.exec(text.slice(0, 2000));
  return match === null ? null : duration(match[1]!);
}

/** `1.407s`, `1h2m3.5s`, `6 seconds`, `20ms`: the durations at the start of a text, added up. */
function duration(text: string): number | null {
  const part =
    /^\s?(\d{1,9}(?:\.\d{1,9})?)\s?(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|h|days?|d)(?![a-z])/i;
  let rest = text.replace(/(\d)([a-z]+)(?=\d)/gi, '$1$2 ');
  let total: number | null = null;
  for (let match = part.exec(rest); match !== null; match = part.exec(rest)) {
    const unit = match[2]!.toLowerCase();
    const name = unit.startsWith('milli') || unit === 'ms' ? 'ms' : unit[0]!;
    total = (total ?? 0) + Number(match[1]) * unitMs[name]!;
    rest = rest.slice(match[0].length);
  }
  return total;
}
