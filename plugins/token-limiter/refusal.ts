import type { Admission, CounterState } from '../../sdk/counters.ts';
import type { Deny, Identity, Json } from '../../sdk/index.ts';
import { amountText, durationText } from './amount-text.ts';
import { fits, roomOf } from './ask.ts';
import type { Meter } from './meter.ts';
import type { Quantity } from './quantity.ts';
import { scopeName } from './scope.ts';

/** What did not fit, and when it may. */
export interface Refusal {
  readonly meter: Meter;
  readonly state: CounterState;
  /** After how many milliseconds another try makes sense; null where time does not help. */
  readonly retryAfterMs: number | null;
}

type Refused = Extract<Admission, { admitted: false }>;

/** Nobody knows when a request under way ends. The least that `Retry-After` can say. */
const somebodyEndsMs = 1000;

/**
 * Of the limits that refused, the one that is in the way the longest: a client that waited for another one only would be
 * refused again.
 *
 * @param nowMs milliseconds since the epoch, as the windows were chosen.
 */
export function refusalOf(meters: readonly Meter[], refused: Refused, nowMs: number): Refusal {
  let worst: Refusal | null = null;
  for (let index = 0; index < meters.length; index += 1) {
    const meter = meters[index]!;
    const state = refused.states[index]!;
    if (fits(meter, state)) continue;
    const retryAfterMs = waitMs(meter, state, refused.retryAfterMs, nowMs);
    if (worst === null || (retryAfterMs ?? Infinity) > (worst.retryAfterMs ?? Infinity)) {
      worst = { meter, state, retryAfterMs };
    }
  }
  // The store refused what would fit by its own states: believe it.
  const { index, states, retryAfterMs } = refused;
  return worst ?? { meter: meters[index]!, state: states[index]!, retryAfterMs };
}

function waitMs(meter: Meter, state: CounterState, allRatesMs: number | null, nowMs: number): number | null {
  const { kind, amount, limit, periodMs, resetsAtMs } = meter;
  if (amount + meter.covered > limit) return null;
  if (kind === 'rate') {
    // The store's time is exact, but it has none where something else than a rate refused as well.
    return allRatesMs ?? Math.ceil((-(roomOf(meter, state) - amount) * periodMs) / limit);
  }
  if (kind === 'concurrent' || onlyHeld(meter, state)) return somebodyEndsMs;
  return resetsAtMs === null ? null : Math.max(1, resetsAtMs - nowMs);
}

/** It would fit if requests under way used nothing of what they hold. That they are requests is certain. */
function onlyHeld({ quantity, amount, limit }: Meter, { spent }: CounterState): boolean {
  return quantity !== 'requests' && amount <= limit - spent;
}

/** The decision that tells the client. */
export function denial(
  { meter, state, retryAfterMs }: Refusal,
  identity: Identity,
  budgetStatus: number,
  responseHeaders: Readonly<Record<string, string>>,
): Deny {
  const { quantity, by, per, window, kind, limit, amount, resetsAtMs, source } = meter;
  const isMoney = quantity === 'usd';
  const isCap = kind === 'budget' && !isMoney && quantity !== 'requests';
  const scope = scopeName(by, meter.id, identity);
  const resets = resetsAtMs === null ? null : new Date(resetsAtMs).toISOString();
  const text = (value: number) => amountText(quantity, value);
  const held = kind === 'rate' ? '' : `, held by requests under way ${text(state.held)}`;
  const use = kind === 'concurrent' ? '' : `, used ${text(state.spent)}`;
  const message = [
    `${headline(meter, scope)}: limit ${text(limit)}${source === null ? '' : ` by the rule ${source.policy}/${source.rule}`}${use}${held}, needed ${text(amount)}${isMoney ? ' at most' : ''}.`,
    resets === null ? '' : `It resets at ${resets}.`,
    advice(meter, state, retryAfterMs),
  ]
    .filter((part) => part !== '')
    .join(' ');
  const data: Record<string, Json> = {
    by,
    scope: meter.id,
    quantity,
    per: per ?? null,
    window: window === '' ? null : window,
    limit,
    used: kind === 'concurrent' ? 0 : state.spent,
    held: state.held,
    needed: amount,
    resets_at: resets,
    retry_after_ms: retryAfterMs,
    ...(source === null ? undefined : { ...source }),
  };
  return {
    type: 'deny',
    status: isMoney ? budgetStatus : 429,
    code: isMoney ? 'budget_exceeded' : isCap ? 'token_cap_exceeded' : 'rate_limit_exceeded',
    message,
    ...(retryAfterMs === null ? undefined : { retryAfterMs }),
    responseHeaders,
    reason: `${quantity} of ${by} ${meter.id}${source === null ? '' : `, ${source.policy}/${source.rule}`}`,
    details: { limit: data },
  };
}

const nouns: Readonly<Record<Quantity, string>> = {
  requests: 'requests',
  tokens: 'tokens',
  input_tokens: 'input tokens',
  output_tokens: 'output tokens',
  concurrent: 'requests at the same time',
  usd: 'budget',
};

function headline({ quantity, per, window, kind }: Meter, scope: string): string {
  const time = kind === 'rate' ? rateText(per) : windowText(per, window);
  if (quantity === 'usd') return `The budget of ${scope}${time} is short`;
  return `Too many ${nouns[quantity]}${time} for ${scope}`;
}

function rateText(per: Meter['per']): string {
  return per === 'hour' ? ' an hour' : ` a ${per}`;
}

/** What a key or tenant brought names its window for the counters and not for people: when it resets is said anyway. */
function windowText(per: Meter['per'], window: string): string {
  if (per === null) return '';
  if (per === 'total') return ' for all time';
  return per === 'week' ? ` for the week of ${window}` : ` for ${window}`;
}

function advice(meter: Meter, state: CounterState, retryAfterMs: number | null): string {
  const { amount, limit, kind, clampable } = meter;
  const shorter = clampable ? 'Lower max_tokens or shorten the input' : 'Send less at once';
  if (amount + meter.covered > limit) {
    if (limit === 0) return 'It allows nothing; ask for a higher one.';
    return `Even unused it is too small for this request. ${shorter}, or ask for a higher limit.`;
  }
  if (kind === 'concurrent') return 'Try again when one of them has ended.';
  if (kind === 'budget' && onlyHeld(meter, state)) return 'Try again when requests under way have ended.';
  if (retryAfterMs === null) return `${shorter}, or ask for a higher limit.`;
  if (kind === 'rate') return `Try again in ${durationText(retryAfterMs)}.`;
  return `${clampable ? 'Lower max_tokens, or try' : 'Try'} again then.`;
}
