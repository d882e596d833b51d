import type { CounterState } from '../../sdk/counters.ts';
import { durationText } from './amount-text.ts';
import { roomOf } from './ask.ts';
import type { Meter } from './meter.ts';

/**
 * Adds OpenAI's `x-ratelimit-*` headers for the limits of requests and of tokens that have the least left.
 *
 * @param states in the order of the meters; what this request holds is in them.
 * @param nowMs milliseconds since the epoch.
 */
export function addRateHeaders(
  headers: Record<string, string>,
  meters: readonly Meter[],
  states: readonly CounterState[],
  nowMs: number,
): void {
  let requests = -1;
  let tokens = -1;
  for (let index = 0; index < meters.length; index += 1) {
    const { quantity } = meters[index]!;
    if (quantity === 'usd' || quantity === 'concurrent') continue;
    const tightest = quantity === 'requests' ? requests : tokens;
    if (tightest >= 0 && roomAt(meters, states, index) >= roomAt(meters, states, tightest)) continue;
    if (quantity === 'requests') requests = index;
    else tokens = index;
  }
  if (requests >= 0) addHeaders(headers, 'requests', meters[requests]!, states[requests]!, nowMs);
  if (tokens >= 0) addHeaders(headers, 'tokens', meters[tokens]!, states[tokens]!, nowMs);
}

function roomAt(meters: readonly Meter[], states: readonly CounterState[], index: number): number {
  return roomOf(meters[index]!, states[index]!);
}

function addHeaders(
  headers: Record<string, string>,
  name: 'requests' | 'tokens',
  meter: Meter,
  state: CounterState,
  nowMs: number,
): void {
  headers[`x-ratelimit-limit-${name}`] = String(meter.limit);
  headers[`x-ratelimit-remaining-${name}`] = String(Math.max(0, roomOf(meter, state)));
  const resetMs = untilFullMs(meter, state, nowMs);
  if (resetMs !== null) headers[`x-ratelimit-reset-${name}`] = durationText(resetMs);
}

/** When all of it is there again, if nothing more is used; null for never. */
function untilFullMs(meter: Meter, { spent }: CounterState, nowMs: number): number | null {
  if (meter.kind === 'rate') return meter.limit === 0 ? null : (spent * meter.periodMs) / meter.limit;
  return meter.resetsAtMs === null ? null : meter.resetsAtMs - nowMs;
}
