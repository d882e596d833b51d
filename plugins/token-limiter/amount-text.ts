import type { Quantity } from './quantity.ts';

/** An amount as a client reads it: money in dollars, all else as it is. */
export function amountText(quantity: Quantity, amount: number): string {
  return quantity === 'usd' ? usdText(amount) : String(amount);
}

/** Nano-dollars as exact decimal dollars, with cents at least: `$5.00`, `$0.000012345`. */
function usdText(nanoUsd: number): string {
  const sign = nanoUsd < 0 ? '-' : '';
  const digits = String(Math.abs(nanoUsd)).padStart(10, '0');
  const decimals = digits.slice(-9).replace(/0+$/, '').padEnd(2, '0');
  return `${sign}$${digits.slice(0, -9)}.${decimals}`;
}

/** A duration as OpenAI's `x-ratelimit-reset-*` headers have it: `120ms`, `1.5s`, `6m0s`, `1h0m3s`. */
export function durationText(ms: number): string {
  const whole = Math.max(0, Math.ceil(ms));
  if (whole < 1000) return `${whole}ms`;
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor(whole / 60_000) % 60;
  const seconds = (whole % 60_000) / 1000;
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
