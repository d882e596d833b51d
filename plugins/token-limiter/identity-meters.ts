import type { Identity, IdentityBudget, IdentityLimits } from '../../sdk/index.ts';
import type { Calendar } from './calendar.ts';
import { warnFrom } from './limit.ts';
import { Meter } from './meter.ts';
import { type Period, type Quantity, ratePeriodsMs } from './quantity.ts';
import { keyPart } from './scope.ts';

/** Adds the limits that a request's key and tenant bring. */
export function addIdentityMeters(
  identity: Identity,
  calendar: Calendar,
  nowMs: number,
  warnAt: number,
  meters: Meter[],
): void {
  const { key, tenant } = identity;
  if (key.limits !== undefined) addLimits(key.limits, 'key', key.id, calendar, nowMs, warnAt, meters);
  if (tenant.limits !== undefined)
    addLimits(tenant.limits, 'tenant', tenant.id, calendar, nowMs, warnAt, meters);
}

function addLimits(
  limits: IdentityLimits,
  by: 'key' | 'tenant',
  rawId: string,
  calendar: Calendar,
  nowMs: number,
  warnAt: number,
  meters: Meter[],
): void {
  const id = keyPart(rawId);
  const { requestsPerMinute, tokensPerMinute, outputTokensPerMinute, concurrentRequests } = limits;
  if (requestsPerMinute !== null) meters.push(perMinute('requests', by, id, requestsPerMinute));
  if (tokensPerMinute !== null) meters.push(perMinute('tokens', by, id, tokensPerMinute));
  if (outputTokensPerMinute !== null) meters.push(perMinute('output_tokens', by, id, outputTokensPerMinute));
  if (concurrentRequests !== null) {
    const key = `concurrent|${by}|${id}`;
    meters.push(made('concurrent', by, id, null, 'concurrent', key, concurrentRequests));
  }
  if (limits.tokensPerDay !== null) {
    const { name, resetsAtMs } = calendar.window('day', nowMs);
    const limit = limits.tokensPerDay;
    meters.push(
      budget(
        'tokens',
        by,
        id,
        'day',
        name,
        `tokens|${by}|${id}|day|${name}`,
        limit,
        resetsAtMs,
        warnFrom(limit, warnAt),
      ),
    );
  }
  if (limits.budget !== null) {
    meters.push(moneyBudget(limits.budget, by, id, warnAt));
  }
}

function moneyBudget(
  { limitNanoUsd, softNanoUsd, window, resetsAtMs, per }: IdentityBudget,
  by: 'key' | 'tenant',
  id: string,
  warnAt: number,
): Meter {
  const limit = limitNanoUsd ?? Number.MAX_SAFE_INTEGER;
  return new Meter({
    quantity: 'usd',
    by,
    id,
    per: null,
    window,
    kind: 'budget',
    key: `usd|${by}|${id}|${window}`,
    limit,
    periodMs: 0,
    resetsAtMs,
    warnFrom: softNanoUsd ?? warnFrom(limit, warnAt),
    budgetPeriod: per ?? null,
    warnsOnly: limitNanoUsd === null,
  });
}

function perMinute(quantity: Quantity, by: 'key' | 'tenant', id: string, limit: number): Meter {
  return made(quantity, by, id, 'minute', 'rate', `${quantity}|${by}|${id}|minute`, limit);
}

function made(
  quantity: Quantity,
  by: 'key' | 'tenant',
  id: string,
  per: Period | null,
  kind: 'rate' | 'concurrent',
  key: string,
  limit: number,
): Meter {
  return new Meter({
    quantity,
    by,
    id,
    per,
    window: '',
    kind,
    key,
    limit,
    periodMs: kind === 'rate' ? ratePeriodsMs[per!]! : 0,
    resetsAtMs: null,
    warnFrom: 0,
  });
}

function budget(
  quantity: Quantity,
  by: 'key' | 'tenant',
  id: string,
  per: Period | null,
  window: string,
  key: string,
  limit: number,
  resetsAtMs: number | null,
  warn: number,
): Meter {
  return new Meter({
    quantity,
    by,
    id,
    per,
    window,
    kind: 'budget',
    key,
    limit,
    periodMs: 0,
    resetsAtMs,
    warnFrom: warn,
  });
}
