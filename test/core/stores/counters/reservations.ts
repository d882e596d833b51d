import type { Reservation } from '../../../../sdk/counters.ts';

export function budget(
  key: string,
  limit: number,
  amount: number,
  resetsAtMs: number | null = null,
): Reservation {
  return { kind: 'budget', key, limit, amount, resetsAtMs };
}

export function rate(key: string, limit: number, amount: number, periodMs = 60_000): Reservation {
  return { kind: 'rate', key, limit, amount, periodMs };
}

export function concurrent(key: string, limit: number, amount = 1): Reservation {
  return { kind: 'concurrent', key, limit, amount };
}
