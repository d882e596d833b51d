import type { CounterState } from '../../sdk/counters.ts';
import type { JsonObject } from '../../sdk/index.ts';
import type { Meter } from './meter.ts';
import type { Quantity } from './quantity.ts';

/** A budget of which so much is spent that its owner should know. */
export interface Warning {
  readonly meter: Meter;
  readonly spent: number;
  /** Of the limit, or of what a budget without one warns at. */
  readonly share: number;
}

/** Warnings that are due, the budget that is used up the most first; null where none is. */
export function warningsOf(meters: readonly Meter[], states: readonly CounterState[]): Warning[] | null {
  let warnings: Warning[] | null = null;
  for (let index = 0; index < meters.length; index += 1) {
    const meter = meters[index]!;
    if (meter.kind !== 'budget') continue;
    const { spent } = states[index]!;
    if (spent < meter.warnFrom || spent === 0) continue;
    warnings ??= [];
    const whole = meter.warnsOnly ? meter.warnFrom : meter.limit;
    warnings.push({ meter, spent, share: whole === 0 ? 1 : spent / whole });
  }
  return warnings?.sort((a, b) => b.share - a.share) ?? null;
}

/** What a client is told: `83% of key usd, resets 2026-12-01T00:00:00.000Z`, of the budget that is used up the most. */
export function warningHeader([worst]: readonly Warning[]): string {
  const { meter, share } = worst!;
  const resets = meter.resetsAtMs === null ? '' : `, resets ${new Date(meter.resetsAtMs).toISOString()}`;
  const soft = meter.warnsOnly ? 'soft ' : '';
  return `${Math.floor(share * 100)}% of ${soft}${meter.by} ${meter.quantity}${resets}`;
}

/** A warning as data, for the decision record and the webhook. Money is in dollars. */
export function warningData({ meter, spent, share }: Warning): JsonObject {
  const { by, id, quantity, per, window, limit, warnFrom, warnsOnly, resetsAtMs, source } = meter;
  return {
    by,
    scope: id,
    quantity,
    per,
    window: window === '' ? null : window,
    used: amountOf(quantity, spent),
    limit: warnsOnly ? null : amountOf(quantity, limit),
    warn_from: amountOf(quantity, warnFrom),
    share: Math.round(share * 10_000) / 10_000,
    resets_at: resetsAtMs === null ? null : new Date(resetsAtMs).toISOString(),
    ...(source === null ? undefined : { ...source }),
  };
}

function amountOf(quantity: Quantity, amount: number): number {
  return quantity === 'usd' ? amount / 1e9 : amount;
}
