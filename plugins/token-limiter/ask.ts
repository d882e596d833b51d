import type { CounterState } from '../../sdk/counters.ts';
import type { Target } from '../../sdk/index.ts';
import type { Prices, RequestTerms } from '../../sdk/prices.ts';
import type { Actual } from './actual.ts';
import { type Bound, limitWithin, outputOf } from './bound.ts';
import type { Meter } from './meter.ts';
import type { Quantity } from './quantity.ts';

/** How much room a meter has. */
export function roomOf({ limit }: Meter, { spent, held }: CounterState): number {
  return limit - spent - held;
}

/** Whether what a meter asks for fits. */
export function fits(meter: Meter, state: CounterState): boolean {
  return meter.amount <= roomOf(meter, state);
}

/** How money is counted. */
export interface PriceTerms {
  readonly prices: Prices;
  readonly maxDurationMs: number;
  /** Models without a price cost nothing, as in the ledger. */
  readonly unpricedIsFree: boolean;
}

/**
 * What is asked of the counters for one request or attempt: the most that it can use within its output limit, of each
 * meter. Where that does not fit, the limit can be lowered.
 */
export class Ask {
  readonly meters: readonly Meter[];
  readonly #bound: Bound;
  readonly #targets: readonly Target[];
  readonly #prices: Prices;
  readonly #unpricedIsFree: boolean;
  readonly #terms: RequestTerms;
  /** What thinking adds; it gives way where the limit of a messages request is lowered. */
  #thinking: number;
  #limit: number;
  #besides: Actual | null;
  #usd = 0;
  /** False once a target turned out to have no price. */
  allPriced = true;

  /**
   * @param targets that it may be sent to; the dearest counts, and those without a price do not.
   * @param limit output limit of each choice.
   * @param besides what must fit together with it: attempts of the same request that were made before.
   */
  constructor(
    meters: readonly Meter[],
    bound: Bound,
    targets: readonly Target[],
    { prices, maxDurationMs, unpricedIsFree }: PriceTerms,
    limit: number,
    besides: Actual | null = null,
  ) {
    this.#besides = besides;
    this.meters = meters;
    this.#bound = bound;
    this.#targets = targets;
    this.#prices = prices;
    this.#unpricedIsFree = unpricedIsFree;
    this.#terms =
      bound.tier === undefined
        ? { durationMs: maxDurationMs }
        : { durationMs: maxDurationMs, serviceTier: bound.tier };
    this.#thinking = bound.thinking;
    this.#limit = limit;
  }

  /** Output limit of each choice. */
  get limit(): number {
    return this.#limit;
  }

  /** The most that it costs, in nano-dollars; 0 where no meter counts money. */
  get usd(): number {
    return this.#usd;
  }

  /** The most that is used of each quantity, whatever is held. */
  most(): Actual {
    const output = outputOf({ choices: this.#bound.choices, thinking: this.#thinking }, this.#limit);
    const { mostInput: input } = this.#bound;
    return {
      requests: 1,
      concurrent: 0,
      tokens: neededOf('tokens', input, output, 0),
      input_tokens: input,
      output_tokens: output,
      usd: this.costOf(output) ?? 0,
      estimated: false,
    };
  }

  /** Sets what each meter asks for. @returns false where money is counted and no target has a price. */
  fill(): boolean {
    const output = outputOf({ choices: this.#bound.choices, thinking: this.#thinking }, this.#limit);
    const priced = this.meters.some(({ quantity, warnsOnly }) => quantity === 'usd' && !warnsOnly);
    const usd = priced ? this.costOf(output) : 0;
    if (usd === null) return false;
    this.#usd = usd;
    for (const meter of this.meters) {
      if (meter.warnsOnly) continue;
      const needed = this.#needed(meter, output, usd);
      // A rate takes what it can: an answer longer than its limit is paid off by waiting, not refused for ever.
      if (meter.kind === 'rate') meter.amount = Math.max(1, Math.min(needed, meter.limit));
      else meter.amount = Math.max(0, needed - meter.covered);
    }
    return true;
  }

  /**
   * Lowers the output limit to the largest with which all budgets fit, as they were when they refused.
   *
   * @returns false where that is less than `least`, or where a shorter answer does not help.
   */
  lower(states: readonly CounterState[], least: number): boolean {
    const bound = this.#bound;
    if (bound.choices === 0) return false;
    const now = outputOf({ choices: bound.choices, thinking: this.#thinking }, this.#limit);
    if (!this.#allFit(states, 0)) return false;
    // `low` fits and `high` does not.
    let low = 0;
    let high = now;
    while (high - low > 1) {
      const middle = low + Math.floor((high - low) / 2);
      if (this.#allFit(states, middle)) low = middle;
      else high = middle;
    }
    const limit = limitWithin({ ...bound, thinking: this.#thinking }, low, this.#limit);
    if (limit < least) return false;
    this.#limit = limit;
    if (bound.api === 'messages') this.#thinking = 0;
    return this.fill();
  }

  /** The most that it costs at the dearest target; null where none has a price. */
  costOf(output: number): number | null {
    let most: number | null = this.#targets.length === 0 || this.#unpricedIsFree ? 0 : null;
    for (const target of this.#targets) {
      const cost = this.#prices.most(target, this.#bound.mostInput, output, this.#terms);
      if (cost === null) this.allPriced &&= this.#unpricedIsFree;
      else if (most === null || cost.totalNanoUsd > most) most = cost.totalNanoUsd;
    }
    return most;
  }

  #allFit(states: readonly CounterState[], output: number): boolean {
    let usd: number | null = null;
    for (let index = 0; index < this.meters.length; index += 1) {
      const meter = this.meters[index]!;
      if (!meter.clampable) continue;
      if (meter.quantity === 'usd') usd ??= this.costOf(output);
      if (this.#needed(meter, output, usd ?? 0) - meter.covered > roomOf(meter, states[index]!)) return false;
    }
    return true;
  }

  #needed({ quantity, kind }: Meter, output: number, usd: number): number {
    const input = kind === 'budget' ? this.#bound.mostInput : this.#bound.likelyInput;
    const needed = neededOf(quantity, input, output, usd);
    if (this.#besides === null || quantity === 'requests' || quantity === 'concurrent') return needed;
    return Math.min(needed + this.#besides[quantity], Number.MAX_SAFE_INTEGER);
  }
}

function neededOf(quantity: Quantity, input: number, output: number, usd: number): number {
  switch (quantity) {
    case 'requests':
    case 'concurrent':
      return 1;
    case 'tokens':
      return Math.min(input + output, Number.MAX_SAFE_INTEGER);
    case 'input_tokens':
      return input;
    case 'output_tokens':
      return output;
    case 'usd':
      return usd;
  }
}
