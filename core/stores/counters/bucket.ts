/**
 * A rate's leaky bucket in exact whole numbers: what is used is `used - credit / periodMs`, and `limit / periodMs`
 * runs out each millisecond. The same arithmetic is in `bucket-lua.ts`; one test drives both.
 *
 * Why not a theoretical arrival time in fractions of a millisecond: 7 requests a minute have no exact one, and then
 * the promised "fits after N ms, not one earlier" is sometimes wrong. No product here exceeds 2^53 while the period is
 * at most a day, and `Math.floor(a / b)` is exact for whole numbers below 2^53.
 */
export interface Bucket {
  /** Whole amount, rounded up. */
  used: number;
  /** How much less it really is, in 1 / periodMs; from 0 to periodMs - 1. */
  credit: number;
  /** When that was so. */
  atMs: number;
  limit: number;
  periodMs: number;
}

/** The largest count: sums stop here in place of becoming inexact. */
export const maxCount = Number.MAX_SAFE_INTEGER;

/** Lets run out what refills until `nowMs`. A clock that went back refills nothing, and counts on from there. */
export function drain(bucket: Bucket, nowMs: number): void {
  let elapsedMs = nowMs - bucket.atMs;
  bucket.atMs = nowMs;
  if (elapsedMs <= 0 || bucket.used === 0) return;
  const { limit, periodMs } = bucket;
  const periods = Math.floor(elapsedMs / periodMs);
  if (periods > 0) {
    // The product may be inexact, but then it is larger than any count.
    if (periods * limit >= bucket.used) {
      empty(bucket);
      return;
    }
    bucket.used -= periods * limit;
    elapsedMs -= periods * periodMs;
  }
  const whole = Math.floor(limit / periodMs);
  const parts = bucket.credit + elapsedMs * (limit - whole * periodMs);
  const carry = Math.floor(parts / periodMs);
  bucket.used -= elapsedMs * whole + carry;
  bucket.credit = parts - carry * periodMs;
  if (bucket.used <= 0) empty(bucket);
}

/** Takes over a limit that may have changed. Drain first: the time until now ran under the old one. */
export function adopt(bucket: Bucket, limit: number, periodMs: number): void {
  if (bucket.periodMs !== periodMs) bucket.credit = 0;
  bucket.limit = limit;
  bucket.periodMs = periodMs;
}

/** Whether an amount fits into a drained bucket. */
export function fits(bucket: Bucket, amount: number): boolean {
  return amount <= bucket.limit - bucket.used;
}

/** Adds an amount, beyond the limit too. */
export function take(bucket: Bucket, amount: number): void {
  bucket.used = Math.min(maxCount, bucket.used + amount);
}

/** The least time after which an amount that does not fit now will; null where it never does. */
export function waitMs(bucket: Bucket, amount: number): number | null {
  const { limit, periodMs, used, credit } = bucket;
  if (amount > limit || limit === 0) return null;
  const missing = used - (limit - amount);
  // At least 1 is left to the last period: the credit may make it shorter.
  const periods = Math.floor((missing - 1) / limit);
  const rest = missing - periods * limit;
  const whole = Math.floor(limit / periodMs);
  const part = limit - whole * periodMs;
  const refilled = (ms: number) => ms * whole + Math.floor((credit + ms * part) / periodMs);
  // The estimate is off by a rounding error at most.
  let restMs = Math.max(0, Math.ceil(rest * (periodMs / limit) - credit / limit));
  while (refilled(restMs) < rest) restMs += 1;
  while (restMs > 0 && refilled(restMs - 1) >= rest) restMs -= 1;
  return Math.min(maxCount, periods * periodMs + restMs);
}

/**
 * Gives back a part of what was taken: as much as has not run out meanwhile. What was taken last runs out last, so that
 * much is left of it as of `taken`, the bucket as it was right after, had nobody taken anything since. Giving back more
 * would let others take what had refilled already, and more than the limit would pass in a period.
 *
 * @param taken is used up by the call. Both are drained to the same time.
 */
export function giveBack(bucket: Bucket, taken: Bucket, amount: number): void {
  if (amount < taken.used || (amount === taken.used && taken.credit === 0)) {
    bucket.used -= amount;
  } else {
    bucket.used -= taken.used;
    bucket.credit -= taken.credit;
    if (bucket.credit < 0) {
      bucket.credit += bucket.periodMs;
      bucket.used += 1;
    }
  }
  if (bucket.used <= 0) empty(bucket);
}

function empty(bucket: Bucket): void {
  bucket.used = 0;
  bucket.credit = 0;
}
