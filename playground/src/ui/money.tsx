import { moneyParts } from '../data/format.ts';

interface MoneyProps {
  readonly nano: number;
  /** How many stand large, for columns; see `moneyParts`. */
  readonly decimals?: number;
}

/** Exact money: cents to read, the digits after them small, so that sums can be checked against a report. */
export function Money({ nano, decimals }: MoneyProps) {
  const { head, tail } = moneyParts(nano, decimals);
  return (
    <span class="number">
      {head}
      {tail === '' ? null : <span class="money-tail">{tail}</span>}
    </span>
  );
}
