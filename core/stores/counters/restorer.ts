import type { LedgerSpend, Reservation } from '../../../sdk/counters.ts';
import type { LedgerScope, LedgerSum } from '../../../sdk/ledger.ts';
import type { MaybePromise } from '../../../sdk/plugin.ts';
import type { Cancel, Clock, Log } from '../../../sdk/services.ts';
import { storeUnavailable } from '../store-unavailable.ts';

/** What a store of counters is restored from. */
export interface RestoreSource {
  /** `Ledger.spend`. */
  readonly spend: (scopes: readonly LedgerScope[]) => MaybePromise<readonly LedgerSum[]>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RestorerOptions extends RestoreSource {
  /** Sets what was spent, never below what the counter has. */
  readonly write: (key: string, spent: number, resetsAtMs: number | null) => MaybePromise<void>;
}

/** A budget that the ledger knows. */
export type RestorableBudget = Extract<Reservation, { kind: 'budget' }> & { readonly ledger: LedgerSpend };

/** Below the time that a plugin's hook has: the client is told why, and the ledger is asked on. */
const deadlineMs = 4000;
/** More requests than that wait for a ledger that does not keep up. */
const maxWaiting = 10_000;
/** Budgets in one question: parts of days are read once for all of them, and each waits for all. */
const batchSize = 64;
/** Clocks of gateways and of Redis differ: windows that began about then are asked for too. */
const clockSlackMs = 300_000;
const complainEveryMs = 60_000;

interface Wanted {
  readonly budget: RestorableBudget;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** True for a reservation that the ledger can be asked about. */
export function isRestorable(reservation: Reservation): reservation is RestorableBudget {
  return reservation.kind === 'budget' && reservation.ledger !== undefined;
}

/**
 * Whether requests of a budget's window may have been booked before its counter was: by an earlier process, on a Redis
 * that lost its data, or before anybody counted them.
 *
 * @param bornAtMs since when the store has been counting, milliseconds since the epoch.
 */
export function mayBeOlder(
  { ledger: { scope, countedSinceMs } }: RestorableBudget,
  bornAtMs: number,
): boolean {
  return (scope.sinceMs ?? 0) < Math.max(bornAtMs, countedSinceMs ?? Infinity) + clockSlackMs;
}

/**
 * Restores counters from the ledger the first time they are asked for. One question at a time goes to the ledger, for
 * all counters that wait meanwhile: after a restart a hundred thousand keys are not asked for one by one.
 */
export class Restorer {
  readonly #options: RestorerOptions;
  readonly #flights = new Map<string, Promise<void>>();
  #waiting: Wanted[] = [];
  #asking = false;
  #complainedMs = Number.NEGATIVE_INFINITY;

  constructor(options: RestorerOptions) {
    this.#options = options;
  }

  /**
   * Restores counters. Resolves once all of them are what the ledger says, or more.
   *
   * @throws GatewayError 503 `store_unavailable` where the ledger does not say in time; the next call waits on.
   */
  async restore(budgets: readonly RestorableBudget[]): Promise<void> {
    let cancel: Cancel = () => {};
    const late = new Promise<never>((_, reject) => {
      cancel = this.#options.clock.after(deadlineMs, () =>
        reject(unknownSpend(`the ledger did not answer within ${deadlineMs} ms`)),
      );
    });
    try {
      await Promise.race([Promise.all(budgets.map((budget) => this.#flight(budget))), late]);
    } finally {
      cancel();
    }
  }

  #flight(budget: RestorableBudget): Promise<void> {
    const { key } = budget;
    const known = this.#flights.get(key);
    if (known !== undefined) return known;
    if (this.#waiting.length >= maxWaiting) {
      return Promise.reject(unknownSpend(`${maxWaiting} budgets wait for the ledger already`));
    }
    const flight = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ budget, resolve, reject });
    });
    this.#flights.set(key, flight);
    // Who waited may have gone: a failure is told to whoever asks next.
    flight.catch(() => {}).finally(() => this.#flights.delete(key));
    if (!this.#asking) void this.#askAll();
    return flight;
  }

  async #askAll(): Promise<void> {
    this.#asking = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchSize);
      try {
        const sums = await this.#options.spend(batch.map(({ budget }) => budget.ledger.scope));
        for (const [index, { budget, resolve, reject }] of batch.entries()) {
          try {
            const spent = spentOf(budget.ledger, sums[index]!);
            await this.#options.write(budget.key, spent, budget.resetsAtMs);
            resolve();
          } catch (error) {
            reject(error);
          }
        }
      } catch (error) {
        this.#complain(error, batch.length);
        for (const { reject } of batch) reject(unknownSpend('the ledger cannot be asked', error));
      }
    }
    this.#asking = false;
  }

  #complain(error: unknown, budgets: number): void {
    const { clock, log } = this.#options;
    const nowMs = clock.monotonic();
    if (nowMs - this.#complainedMs < complainEveryMs) return;
    this.#complainedMs = nowMs;
    log.error(
      { store: 'counters', budgets, error: error instanceof Error ? error.message : String(error) },
      'budgets could not be restored from the ledger',
    );
  }
}

function spentOf({ quantity }: LedgerSpend, sum: LedgerSum): number {
  switch (quantity) {
    case 'usd':
      return sum.costNanoUsd;
    case 'tokens':
      return Math.min(sum.inputTokens + sum.outputTokens, Number.MAX_SAFE_INTEGER);
    case 'input_tokens':
      return sum.inputTokens;
    case 'output_tokens':
      return sum.outputTokens;
    case 'requests':
      return sum.requests - sum.errors;
    case 'attempts':
      return sum.rows;
  }
}

function unknownSpend(came: string, cause?: unknown): Error {
  return storeUnavailable('to know what was spent of this budget', came, cause);
}
