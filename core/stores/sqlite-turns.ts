import type { MaybePromise } from '../../sdk/plugin.ts';
import type { Clock } from '../../sdk/services.ts';
import { isBusy, sqliteCode, sqliteReason } from './sqlite-error.ts';
import { storeUnavailable } from './store-unavailable.ts';

interface Turn {
  readonly expected: string;
  readonly run: () => unknown;
  readonly giveUpAtMs: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** How long a write waits while another process or thread writes. */
const maxWaitMs = 5000;
/** Writes that wait; more than that are refused at once. */
const maxWaiting = 10_000;
/** What writes may take of the event loop before others get their turn. */
const sliceMs = 0.5;
const maxPauseMs = 16;

/**
 * Writes to a SQLite connection from the event loop. SQLite's own way to wait for a lock is to sleep, which would
 * stop everything else; here a write that finds the lock taken waits in a queue instead.
 */
export class SqliteTurns {
  readonly #clock: Clock;
  #waiting: Turn[] = [];
  #pauseMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Runs a write of well under a millisecond: at once where nothing waits, else in its turn.
   *
   * @param expected for the error: `the ledger to take a row`.
   * @throws GatewayError `store_unavailable`; errors that are not SQLite's pass unchanged.
   */
  run<T>(expected: string, run: () => T): MaybePromise<T> {
    if (this.#waiting.length > 0) return this.queue(expected, run);
    try {
      return run();
    } catch (error) {
      if (!isBusy(error)) throw translate(expected, error);
    }
    return this.queue(expected, run);
  }

  /** Runs a read of well under a millisecond. In WAL mode readers wait for nobody, so it never waits. */
  read<T>(expected: string, run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw translate(expected, error);
    }
  }

  /** Runs a write after those that wait, never at once: for the pieces of a long one. */
  queue<T>(expected: string, run: () => T): Promise<T> {
    if (this.#waiting.length >= maxWaiting) {
      return Promise.reject(storeUnavailable(expected, `${maxWaiting} writes wait already`));
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        expected,
        run,
        giveUpAtMs: this.#clock.monotonic() + maxWaitMs,
        resolve: resolve as (value: unknown) => void,
        reject,
      });
      if (this.#waiting.length === 1) setImmediate(this.#work);
    });
  }

  readonly #work = (): void => {
    const startedMs = this.#clock.monotonic();
    for (;;) {
      const turn = this.#waiting[0];
      if (turn === undefined) {
        this.#pauseMs = 0;
        return;
      }
      const nowMs = this.#clock.monotonic();
      if (nowMs - startedMs > sliceMs) break;
      try {
        turn.resolve(turn.run());
      } catch (error) {
        if (isBusy(error) && nowMs < turn.giveUpAtMs) {
          this.#pauseMs = Math.min(maxPauseMs, Math.max(1, this.#pauseMs * 2));
          // Not the clock's timer, which lets the process end: a write that waits must not be lost by that.
          setTimeout(this.#work, this.#pauseMs);
          return;
        }
        turn.reject(translate(turn.expected, error));
      }
      this.#pauseMs = 0;
      this.#waiting.shift();
    }
    setImmediate(this.#work);
  };
}

function translate(expected: string, error: unknown): unknown {
  return sqliteCode(error) === undefined ? error : storeUnavailable(expected, sqliteReason(error), error);
}
