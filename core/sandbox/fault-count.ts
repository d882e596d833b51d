import type { Failure } from './fault.ts';
import type { GuestFailed, GuestLog } from './sandbox.ts';

const NO_LOGS: readonly GuestLog[] = [];

/** Makes failed results and counts them by kind. */
export class FaultCount {
  readonly #counts: Record<string, number> = {};

  failed(why: Failure, logs: readonly GuestLog[] = NO_LOGS): GuestFailed {
    this.#counts[why.fault] = (this.#counts[why.fault] ?? 0) + 1;
    return { ok: false, ...why, logs };
  }

  counts(): Readonly<Record<string, number>> {
    return { ...this.#counts };
  }
}
