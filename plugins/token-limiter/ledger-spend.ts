import type { LedgerSpend } from '../../sdk/counters.ts';
import type { Identity, Target } from '../../sdk/index.ts';
import type { LedgerScope } from '../../sdk/ledger.ts';
import type { Calendar } from './calendar.ts';
import type { Meter } from './meter.ts';

/** For whom meters count. */
export interface LedgerSubjects {
  readonly identity: Identity;
  /** Of an attempt. */
  readonly target?: Target;
}

/**
 * Says of budgets what of the ledger they count, so that their counters can be restored. Not for limits of policies: the
 * ledger does not know which requests a rule matched.
 *
 * @param countedSinceMs as `LedgerSpend` has it.
 */
export function tellLedger(
  meters: readonly Meter[],
  subjects: LedgerSubjects,
  calendar: Calendar,
  nowMs: number,
  countedSinceMs: number | null,
): void {
  for (const meter of meters) {
    if (meter.kind !== 'budget') continue;
    const quantity = quantityOf(meter);
    const own = scopeOf(meter, subjects);
    const sinceMs = startOf(meter, subjects.identity, calendar, nowMs);
    if (quantity === null || own === null || sinceMs === null) continue;
    const { resetsAtMs } = meter;
    const scope = resetsAtMs === null ? { ...own, sinceMs } : { ...own, sinceMs, untilMs: resetsAtMs };
    meter.ledger = { quantity, scope, countedSinceMs };
  }
}

function quantityOf({ quantity, by }: Meter): LedgerSpend['quantity'] | null {
  if (quantity === 'concurrent') return null;
  // Limits of models and providers count attempts, of which each that cost something has a row.
  return quantity === 'requests' && (by === 'model' || by === 'provider') ? 'attempts' : quantity;
}

/** As the ledger writes it; null where it does not. */
function scopeOf({ by }: Meter, { identity, target }: LedgerSubjects): LedgerScope | null {
  const tenantId = identity.tenant.id;
  switch (by) {
    case 'key':
      return { keyId: identity.key.id };
    case 'tenant':
      return { tenantId };
    case 'feature':
      return { tenantId, featureId: identity.feature };
    case 'user':
      return { tenantId, userId: identity.user };
    case 'model':
      return target === undefined ? null : { model: target.id };
    case 'provider':
      return target === undefined ? null : { provider: target.provider };
    case 'global':
      return {};
    default:
      return null;
  }
}

/** When the window began, milliseconds since the epoch; null where nobody knows. */
function startOf({ by, per }: Meter, identity: Identity, calendar: Calendar, nowMs: number): number | null {
  if (per !== null) return Math.max(0, calendar.window(per, nowMs).startsAtMs);
  const limits = by === 'tenant' ? identity.tenant.limits : identity.key.limits;
  return limits?.budget?.startsAtMs ?? null;
}
