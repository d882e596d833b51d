import type { LedgerSpend } from '../../sdk/counters.ts';
import type { BudgetPeriod } from '../../sdk/index.ts';
import { budgetPeriodOf, growsWithOutput, type Period, type Quantity, type Scope } from './quantity.ts';

/** The rule of a policy that set a limit. */
export interface LimitSource {
  readonly policy: string;
  readonly rule: string;
  /** `file:line` of the rule. */
  readonly at: string;
}

export interface MeterOptions {
  readonly quantity: Quantity;
  readonly by: Scope;
  /** Whom it counts for; never a key itself. */
  readonly id: string;
  readonly per: Period | null;
  /** Names the window of a budget; '' for all else. */
  readonly window: string;
  readonly kind: 'budget' | 'rate' | 'concurrent';
  readonly key: string;
  readonly limit: number;
  readonly periodMs: number;
  readonly resetsAtMs: number | null;
  readonly warnFrom: number;
  /** Null where the limit is not a policy's. */
  readonly source?: LimitSource | null;
  /** By which policies ask for it, where `per` does not say it. */
  readonly budgetPeriod?: BudgetPeriod | null;
  /** Nothing is held and nothing refused: it counts what is spent, for a warning. */
  readonly warnsOnly?: boolean;
}

/** One limit as it applies to one request: a reservation for the counters, and what it is called. */
export class Meter {
  readonly quantity: Quantity;
  readonly by: Scope;
  readonly id: string;
  readonly per: Period | null;
  readonly window: string;
  readonly kind: 'budget' | 'rate' | 'concurrent';
  readonly key: string;
  readonly limit: number;
  /** For rates. */
  readonly periodMs: number;
  /** For budgets: milliseconds since the epoch, null for never. */
  readonly resetsAtMs: number | null;
  /** For budgets: where a warning is due. */
  readonly warnFrom: number;
  readonly source: LimitSource | null;
  readonly budgetPeriod: BudgetPeriod | null;
  readonly warnsOnly: boolean;
  /** What is held, or asked for. */
  amount = 0;
  /** What another hold of the same request has of it already. */
  covered = 0;
  /** What of the ledger a budget counts; absent where it begins anew with the counters. */
  ledger: LedgerSpend | undefined = undefined;

  constructor(options: MeterOptions) {
    this.quantity = options.quantity;
    this.by = options.by;
    this.id = options.id;
    this.per = options.per;
    this.window = options.window;
    this.kind = options.kind;
    this.key = options.key;
    this.limit = options.limit;
    this.periodMs = options.periodMs;
    this.resetsAtMs = options.resetsAtMs;
    this.warnFrom = options.warnFrom;
    this.source = options.source ?? null;
    this.budgetPeriod = options.budgetPeriod ?? budgetPeriodOf(options.per);
    this.warnsOnly = options.warnsOnly ?? false;
  }

  /** A wall: what is held must never be less than what comes. */
  get isBudget(): boolean {
    return this.kind === 'budget' && !this.warnsOnly;
  }

  /** A shorter answer makes it fit. */
  get clampable(): boolean {
    return this.isBudget && growsWithOutput(this.quantity);
  }

  /** The same limit, for what a second hold has to add. */
  topUp(): Meter {
    const more = new Meter(this);
    more.ledger = this.ledger;
    more.covered = this.covered + this.amount;
    return more;
  }
}
