import type { Actual } from './actual.ts';
import type { Meter } from './meter.ts';

/** What was admitted together, and is settled together. */
export interface Hold {
  readonly id: string;
  readonly meters: readonly Meter[];
}

/** What a hold's meters are booked with, in their order, where it is the only one. */
export function actualsFor({ meters }: Hold, actual: Actual): number[] {
  return meters.map((meter) => bookable(meter, actual, meter.amount));
}

/**
 * What the first hold of a request and those that topped it up are booked with. Each takes no more than it held, so that
 * what is spent and held together never grows on the way; what nobody held falls to the first.
 *
 * @returns in the order of the holds, the first one first.
 */
export function splitActuals(first: Hold, topUps: readonly Hold[], actual: Actual): number[][] {
  if (topUps.length === 0) return [actualsFor(first, actual)];
  const shares = new Map<string, number>();
  const covered = new Map<string, number>();
  for (const { meters } of topUps) for (const { key, amount } of meters) add(covered, key, amount);
  const rest = topUps.map(({ meters }) =>
    meters.map((meter) => {
      const held = meter.covered + meter.amount;
      const share = Math.max(0, Math.min(bookable(meter, actual, held), held) - meter.covered);
      add(shares, meter.key, share);
      return share;
    }),
  );
  const own = first.meters.map((meter) => {
    const held = meter.amount + (covered.get(meter.key) ?? 0);
    return bookable(meter, actual, held) - (shares.get(meter.key) ?? 0);
  });
  return [own, ...rest];
}

/** An estimate of ours may be above what the output limit allows; what was held is the most that can have been. */
function bookable({ quantity, isBudget }: Meter, actual: Actual, held: number): number {
  const amount = actual[quantity];
  return actual.estimated && isBudget ? Math.min(amount, held) : amount;
}

function add(sums: Map<string, number>, key: string, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}
