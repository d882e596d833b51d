const nanoPerUsd = 1_000_000_000;

/**
 * Whole nano-dollars as decimal dollars, exact, at least two decimals: `0.000000123`, `12.50`. For amounts that people
 * and programs read back; a division would be rounded above some million dollars.
 */
export function usdText(nanoUsd: number): string {
  const sign = nanoUsd < 0 ? '-' : '';
  const amount = Math.abs(nanoUsd);
  const rest = amount % nanoPerUsd;
  const decimals = String(rest)
    .padStart(9, '0')
    .replace(/0{1,7}$/, '');
  return `${sign}${(amount - rest) / nanoPerUsd}.${decimals}`;
}
