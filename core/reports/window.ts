import { GatewayError } from '../../sdk/errors.ts';
import { parseDurationMs } from '../config/units.ts';

/** From when until when, milliseconds since the epoch: the beginning included, the end not. Null: no bound. */
export interface ReportWindow {
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
}

const dayPattern = /^\d{4}-\d\d-\d\d$/;
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * A moment as people write it: `7d` (so long ago), `2026-01-31` (its beginning in UTC), or `2026-01-31T10:00:00Z`. A time
 * without a zone is refused: it would be somebody's guess.
 *
 * @throws GatewayError 400 `invalid_request` that names the parameter.
 */
export function parseMoment(text: string, param: string, nowMs: number): number {
  const moment = momentOf(text.trim(), nowMs);
  if (moment !== null) return moment;
  throw new GatewayError(
    'invalid_request',
    `${param}: expected so long ago (7d, 24h), a day (2026-01-31, in UTC) or a time with its zone (2026-01-31T10:00:00Z); came ${JSON.stringify(text.slice(0, 60))}.`,
    { param },
  );
}

function momentOf(text: string, nowMs: number): number | null {
  if (dayPattern.test(text)) {
    const ms = Date.parse(`${text}T00:00:00Z`);
    // 2026-02-30 is read as March 2 by some and refused by others.
    return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text ? null : ms;
  }
  if (timePattern.test(text)) {
    const ms = Date.parse(text);
    return Number.isNaN(ms) ? null : ms;
  }
  try {
    return nowMs - parseDurationMs(text);
  } catch {
    return null;
  }
}

/**
 * Reads `since` and `until`.
 *
 * @throws GatewayError 400 `invalid_request`, also where the end is not after the beginning.
 */
export function parseWindow(
  since: string | undefined,
  until: string | undefined,
  nowMs: number,
): ReportWindow {
  const sinceMs = since === undefined ? null : parseMoment(since, 'since', nowMs);
  const untilMs = until === undefined ? null : parseMoment(until, 'until', nowMs);
  if (sinceMs !== null && untilMs !== null && untilMs <= sinceMs) {
    throw new GatewayError(
      'invalid_request',
      `until: expected a time after since (${new Date(sinceMs).toISOString()}); came ${new Date(untilMs).toISOString()}.`,
      { param: 'until' },
    );
  }
  return { sinceMs, untilMs };
}
