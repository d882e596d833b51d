/** Why an invoice and the ledger differ. */
export type DriftClass =
  | 'missing_usage'
  | 'cached_tokens'
  | 'aborts'
  | 'price_version'
  | 'not_invoiced'
  | 'tools'
  | 'time_zone'
  | 'rounding';

/** What each class means, for the report. The order is the report's. */
export const driftMeanings: Readonly<Record<DriftClass, string>> = {
  missing_usage:
    'the provider counted tokens that the ledger has not: calls past the gateway, or uncounted answers',
  cached_tokens: 'the same tokens, cached on one side and uncached on the other',
  aborts: 'answers that broke off: the ledger has what was relayed, the provider what it made',
  price_version: 'the same tokens at other prices, or at none (unpriced)',
  not_invoiced: 'the ledger has tokens that this invoice has not: another account, or an incomplete export',
  tools: 'not paid by token: searches, code, storage; the ledger does not count them',
  time_zone: "the invoice's days are not those of UTC, which the ledger counts by",
  rounding: "the invoice's amounts are rounded",
};

/** These are no drift: nothing is paid too much or too little for them. */
export const harmless: readonly DriftClass[] = ['time_zone', 'rounding'];

/** A part of the difference of one cell: invoice less ledger. */
export interface Effect {
  readonly class: DriftClass;
  readonly amount: number;
  /** How much is affected, where it is more than the amount: tokens that only changed their class. */
  readonly affected?: number;
}

/** One effect, where there is one: less than half a nano-dollar comes of the divisions on the way. */
export function effect(name: DriftClass, amount: number): Effect[] {
  return Math.abs(amount) < 0.5 ? [] : [{ class: name, amount }];
}
