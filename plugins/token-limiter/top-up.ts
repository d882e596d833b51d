import type { Hold } from './hold.ts';
import type { Meter } from './meter.ts';
import type { RequestState } from './request-state.ts';

/** Meters for what a request's holds may be short of, nothing asked yet: its budgets, as far as they are held. */
export function topUpMeters({ request, topUps }: RequestState): readonly Meter[] {
  if (request === null) return [];
  return request.meters
    .filter((meter) => meter.isBudget && meter.quantity !== 'requests')
    .map((meter) => latest(meter, topUps).topUp());
}

function latest(meter: Meter, topUps: readonly Hold[]): Meter {
  for (let index = topUps.length - 1; index >= 0; index -= 1) {
    const same = topUps[index]!.meters.find(({ key }) => key === meter.key);
    if (same !== undefined) return same;
  }
  return meter;
}
