import { growsWithOutput, type Period, type Quantity, type Subject } from './quantity.ts';

export interface MeterOptions {
  readonly quantity: Quantity;
  readonly by: Subject;
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
}

/** One limit as it applies to one request: a reservation for the counters, and what it is called. */
export class Meter {
  readonly quantity: Quantity;
  readonly by: Subject;
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
  /** What is held, or asked for. */
  amount = 0;
  /** What another hold of the same request has of it already. */
  covered = 0;

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
  }

  /** A wall: what is held must never be less than what comes. */
  get isBudget(): boolean {
    return this.kind === 'budget';
  }

  /** A shorter answer makes it fit. */
  get clampable(): boolean {
    return this.kind === 'budget' && growsWithOutput(this.quantity);
  }

  /** The same limit, for what a second hold has to add. */
  topUp(): Meter {
    const more = new Meter(this);
    more.covered = this.covered + this.amount;
    return more;
  }
}
