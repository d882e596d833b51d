const most = Number.MAX_SAFE_INTEGER;

/**
 * `count * price / unit`, rounded up to a whole number; exact, where `count * price` alone would be beyond 2^53 (a
 * million tokens at $15 is). All three are whole and not negative. What no safe integer holds becomes the largest.
 */
export function amount(count: number, price: number, unit: number): number {
  const rest = price % unit;
  const whole = count * ((price - rest) / unit);
  const part = count * rest;
  if (part > most || whole > most) return exactAmount(count, price, unit);
  // Not `Math.ceil(part / unit)`: a quotient that is a little above a whole number would be rounded to it.
  const over = part % unit;
  return Math.min(most, whole + (part - over) / unit + (over > 0 ? 1 : 0));
}

function exactAmount(count: number, price: number, unit: number): number {
  const result = (BigInt(count) * BigInt(price) + BigInt(unit - 1)) / BigInt(unit);
  return result > BigInt(most) ? most : Number(result);
}

/** Sums that stay safe integers. */
export function sum(a: number, b: number): number {
  return Math.min(most, a + b);
}

/** A count that can be multiplied: fractions are rounded up, what is no count is 0. */
export function wholeCount(count: number): number {
  if (Number.isSafeInteger(count)) return Math.max(count, 0);
  return count > 0 ? Math.min(most, Math.ceil(count)) : 0;
}
