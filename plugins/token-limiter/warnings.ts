import type { CounterState } from '../../sdk/counters.ts';
import type { Log } from '../../sdk/index.ts';
import { amountText } from './amount-text.ts';
import type { Meter } from './meter.ts';

/** Windows that were told of. Forgotten all at once when there are too many: then some are told of twice. */
const maxTold = 10_000;

/** Soft warnings of budgets: on every answer, and once for each window in the log. */
export class Warnings {
  readonly #log: Log;
  readonly #told = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** The warning for the client about the budget that is used up the most; null where there is none. */
  of(meters: readonly Meter[], states: readonly CounterState[]): string | null {
    let worst: Meter | null = null;
    let worstShare = 0;
    for (let index = 0; index < meters.length; index += 1) {
      const meter = meters[index]!;
      if (meter.kind !== 'budget') continue;
      const { spent } = states[index]!;
      if (spent < meter.warnFrom || spent === 0) continue;
      this.#tell(meter, spent);
      const share = spent / meter.limit;
      if (worst !== null && share <= worstShare) continue;
      worst = meter;
      worstShare = share;
    }
    if (worst === null) return null;
    const { by, quantity, resetsAtMs } = worst;
    const resets = resetsAtMs === null ? '' : `, resets ${new Date(resetsAtMs).toISOString()}`;
    return `${Math.floor(worstShare * 100)}% of ${by} ${quantity}${resets}`;
  }

  #tell({ key, by, id, quantity, window, limit, resetsAtMs }: Meter, spent: number): void {
    if (this.#told.has(key)) return;
    if (this.#told.size >= maxTold) this.#told.clear();
    this.#told.add(key);
    this.#log.warn(
      {
        by,
        id,
        quantity,
        window,
        used: amountText(quantity, spent),
        limit: amountText(quantity, limit),
        resets_at: resetsAtMs === null ? null : new Date(resetsAtMs).toISOString(),
      },
      'a budget is nearly used up',
    );
  }
}
