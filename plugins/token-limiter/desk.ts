import type { Admission, Counters } from '../../sdk/counters.ts';
import type { Clock, Log, MaybePromise } from '../../sdk/index.ts';
import { type Ask, fits } from './ask.ts';
import type { Hold } from './hold.ts';
import type { RequestState } from './request-state.ts';

/** How often a hold is extended in its time to live: one failure does no harm. */
const extensions = 3;
/** Others may take what was left between two looks at it. */
const maxClamps = 3;

export interface DeskOptions {
  readonly counters: Counters;
  readonly clock: Clock;
  readonly log: Log;
  /** Below this a request is not clamped; null for never clamping. */
  readonly leastOutputTokens: number | null;
  /** Holds are kept alive for so long, also where nobody ever settles them. */
  readonly maxDurationMs: number;
  /** A hold outlives its owner by this long at most. */
  readonly holdTtlMs: number;
}

/** Which part of a request a hold is for. */
export type HoldPart = 'request' | 'topUp' | 'attempt';

/** Makes holds, keeps them alive, and settles them. */
export class Desk {
  readonly #options: DeskOptions;

  /** @throws Error in words for a time to live that is out of bounds. */
  constructor(options: DeskOptions) {
    const { holdTtlMs } = options;
    if (holdTtlMs < 1000 || holdTtlMs > 3_600_000) {
      throw new Error(`hold_ttl: expected 1s to 1h; came ${holdTtlMs} ms`);
    }
    this.#options = options;
  }

  /**
   * Holds what is asked, all or nothing. Where only budgets are short the output limit of the ask is lowered to what is
   * left, as often as others take that meanwhile.
   *
   * @param ask with its amounts filled in.
   * @throws GatewayError 503 `store_unavailable`
   */
  admit(state: RequestState, id: string, part: HoldPart, ask: Ask): MaybePromise<Admission> {
    const hold = { id, meters: ask.meters };
    const admission = this.#try(state, hold, part, ask, 0);
    if (!isPromise(admission)) return admission;
    // A request may end meanwhile: its end waits for this.
    const done = () => {
      state.pending = null;
    };
    state.pending = admission.then(done, done);
    return admission;
  }

  /** Books a hold. What goes wrong is logged: the end of a request must go on. */
  settle(hold: Hold, actuals: readonly number[]): Promise<void> | undefined {
    const complain = (error: unknown) =>
      this.#options.log.error(
        { hold: hold.id, error: error instanceof Error ? error.message : String(error) },
        'a hold was not settled: its counters lack what the request used',
      );
    try {
      const settling = this.#options.counters.settle(hold.id, hold.meters, actuals);
      return isPromise(settling) ? settling.catch(complain) : undefined;
    } catch (error) {
      complain(error);
      return undefined;
    }
  }

  /** Ends the state: nothing is extended any more. */
  end(state: RequestState): void {
    state.over = true;
    state.cancelExtension?.();
    state.cancelExtension = null;
  }

  #try(state: RequestState, hold: Hold, part: HoldPart, ask: Ask, clamps: number): MaybePromise<Admission> {
    const admission = this.#options.counters.admit(hold.id, hold.meters, this.#options.holdTtlMs);
    return isPromise(admission)
      ? admission.then((answer) => this.#look(state, hold, part, ask, clamps, answer))
      : this.#look(state, hold, part, ask, clamps, admission);
  }

  #look(
    state: RequestState,
    hold: Hold,
    part: HoldPart,
    ask: Ask,
    clamps: number,
    admission: Admission,
  ): MaybePromise<Admission> {
    if (admission.admitted) {
      if (part === 'request') state.request = hold;
      else if (part === 'topUp') state.topUps.push(hold);
      else state.attempts.push({ number: state.attempt, hold });
      if (!state.over && state.cancelExtension === null) {
        state.heldSinceMs = this.#options.clock.monotonic();
        this.#extendLater(state);
      }
      return admission;
    }
    const { leastOutputTokens: least } = this.#options;
    if (least === null || clamps >= maxClamps || state.over) return admission;
    const { states } = admission;
    let shortBudgets = false;
    let otherLimits = false;
    for (let index = 0; index < ask.meters.length; index += 1) {
      const meter = ask.meters[index]!;
      if (fits(meter, states[index]!)) continue;
      if (meter.clampable) shortBudgets = true;
      else otherLimits = true;
    }
    // Where it does not help, the amounts stay as they were refused. Where another limit refused as well, the budgets
    // that a shorter answer would fit are not what the client is to hear of.
    const lowered = shortBudgets && ask.lower(states, least);
    return lowered && !otherLimits ? this.#try(state, hold, part, ask, clamps + 1) : admission;
  }

  #extendLater(state: RequestState): void {
    const { clock, holdTtlMs } = this.#options;
    state.cancelExtension = clock.after(Math.floor(holdTtlMs / extensions), () => this.#extend(state));
  }

  #extend(state: RequestState): void {
    const { counters, clock, log, maxDurationMs, holdTtlMs } = this.#options;
    state.cancelExtension = null;
    if (state.over || clock.monotonic() - state.heldSinceMs >= maxDurationMs) return;
    this.#extendLater(state);
    for (const { id, meters } of state.holds()) {
      const lost = (reason: unknown) => {
        if (!state.over)
          log.warn({ hold: id, reason }, 'a hold was not extended: others may take what it held');
      };
      try {
        const kept = counters.extend(id, meters, holdTtlMs);
        if (kept === false) lost('it has ended');
        else if (isPromise(kept))
          kept.then(
            (known) => known || lost('it has ended'),
            (error) => lost(String(error)),
          );
      } catch (error) {
        lost(String(error));
      }
    }
  }
}

/** True for anything with a `then`. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
