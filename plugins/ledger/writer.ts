import { type Cancel, type Clock, GatewayError, type Log, type MaybePromise } from '../../sdk/index.ts';
import type { Ledger, LedgerRow } from '../../sdk/ledger.ts';

/** Rows that are kept while the ledger cannot be written, some ten megabytes. */
const maxWaitingRows = 10_000;
/** Rows that are written at a time once it can be written again. */
const sliceRows = 100;
/** How often a ledger that failed is tried. Requests are not the ones who try: they would wait for its deadline. */
const retryMs = 1_000;

/**
 * Writes rows and loses none that it need not lose. What could not be written waits in memory, bounded, and is tried
 * once a second; until that succeeds `check` says no, so that nothing is spent that could not be booked.
 */
export class RowWriter {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #log: Log;
  #waiting: LedgerRow[] = [];
  #down = false;
  #lost = 0;
  #retry: Cancel | null = null;
  #flushing: Promise<void> | null = null;
  #closed = false;

  constructor(ledger: Ledger, clock: Clock, log: Log) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#log = log;
  }

  /** Rows that wait for a ledger that cannot be written. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** @throws GatewayError 503 `store_unavailable` while the ledger cannot be written. */
  check(): void {
    if (!this.#down) return;
    throw new GatewayError(
      'store_unavailable',
      'Expected the cost ledger to take the row of this request; it cannot be written at the moment. Try again shortly.',
      { retryAfterMs: retryMs },
    );
  }

  /**
   * Writes the rows of one request.
   *
   * @throws whatever the ledger throws. Rows that it could not take wait and are written later; a row that is none is
   * reported and dropped.
   */
  append(rows: readonly LedgerRow[]): MaybePromise<void> {
    let result: MaybePromise<void>;
    try {
      result = this.#ledger.append(rows);
    } catch (error) {
      this.#failed(rows, error);
      throw error;
    }
    return result?.then(undefined, (error: unknown) => {
      this.#failed(rows, error);
      throw error;
    });
  }

  /** Tries once more to write what waits, and says what is lost. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#retry?.();
    await this.#flush();
    if (this.#waiting.length === 0) return;
    this.#log.error({ rows: this.#waiting.length }, 'rows of the cost ledger are lost: it cannot be written');
    this.#waiting = [];
  }

  #failed(rows: readonly LedgerRow[], error: unknown): void {
    if (isRowFault(error)) return this.#refused(rows, error);
    if (!this.#down) this.#log.error({ error: messageOf(error) }, 'the cost ledger cannot be written');
    this.#down = true;
    const space = maxWaitingRows - this.#waiting.length;
    this.#waiting.push(...rows.slice(0, space));
    if (rows.length > space) this.#drop(rows.length - Math.max(0, space));
    this.#schedule();
  }

  #refused(rows: readonly LedgerRow[], error: unknown): void {
    this.#log.error(
      { request_id: rows[0]?.request_id, error: messageOf(error) },
      'a row of the cost ledger was refused: it is lost',
    );
  }

  /** The first one is told, then every thousandth. */
  #drop(count: number): void {
    const before = this.#lost;
    this.#lost += count;
    if (before === 0 || Math.floor(before / 1000) < Math.floor(this.#lost / 1000)) {
      this.#log.error(
        { lost: this.#lost, waiting: this.#waiting.length },
        'rows of the cost ledger are lost: too many wait for it',
      );
    }
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#retry ??= this.#clock.after(retryMs, () => {
      this.#retry = null;
      void this.#flush();
    });
  }

  #flush(): Promise<void> {
    this.#flushing ??= this.#flushAll().finally(() => {
      this.#flushing = null;
    });
    return this.#flushing;
  }

  async #flushAll(): Promise<void> {
    const count = this.#waiting.length;
    while (this.#waiting.length > 0) {
      const slice = this.#waiting.slice(0, sliceRows);
      try {
        await this.#ledger.append(slice);
      } catch (error) {
        if (!isRowFault(error)) return this.#schedule();
        if (!(await this.#flushOneByOne(slice))) return this.#schedule();
      }
      this.#waiting.splice(0, slice.length);
    }
    if (this.#down) this.#log.info({ rows: count }, 'the cost ledger can be written again');
    this.#down = false;
  }

  /** One row of the slice is none: the others must not be lost with it. @returns false where the ledger failed again. */
  async #flushOneByOne(slice: readonly LedgerRow[]): Promise<boolean> {
    for (const row of slice) {
      try {
        await this.#ledger.append([row]);
      } catch (error) {
        if (!isRowFault(error)) return false;
        this.#refused([row], error);
      }
    }
    return true;
  }
}

/** The fault is the row's: the ledger is well, and trying again would fail again. */
function isRowFault(error: unknown): boolean {
  return error instanceof RangeError;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
