import type { Clock, Log } from '../../../sdk/services.ts';
import { Breaker } from '../breaker.ts';
import { Complaints } from './check.ts';
import { LanceFailure } from './lance-failure.ts';
import type { LanceCallName, LanceCalls } from './lance-message.ts';
import type { LanceProcess } from './lance-process.ts';

const reasons = {
  newer: 'it was written by a newer version of this gateway',
  full: 'there is no room left on its disk',
  failed: 'it could not be read or written',
} as const;

/** Calls that touch no rows: that they go well does not say that rows can be read or written. */
const asides: readonly LanceCallName[] = ['news', 'stopReading'];
const changes: readonly LanceCallName[] = ['write', 'purge', 'recall', 'tidy'];

/** Calls of LanceDB behind a breaker, and what became of them. */
export class LanceHealth {
  readonly #process: LanceProcess;
  readonly #breaker: Breaker;
  readonly #log: Log;
  readonly #complaints: Complaints;
  /** What failed last. */
  #failedCall: LanceCallName | null = null;
  #newer = false;
  #closed = false;
  reason: string | null = null;

  constructor(options: { readonly process: LanceProcess; readonly clock: Clock; readonly log: Log }) {
    this.#process = options.process;
    this.#breaker = new Breaker(options.clock);
    this.#log = options.log;
    this.#complaints = new Complaints(options.log, () => options.clock.monotonic());
  }

  /** How long nothing should be asked, in milliseconds; 0 where a call may go. */
  get pauseMs(): number {
    return this.#newer || this.#closed ? Number.POSITIVE_INFINITY : this.#breaker.pauseMs;
  }

  /** From now on nothing is asked, and what fails is no news. */
  close(): void {
    this.#closed = true;
  }

  /** @throws LanceFailure, at once while the store is out of use. */
  async call<Name extends LanceCallName>(
    deadlineMs: number,
    name: Name,
    ...args: Parameters<LanceCalls[Name]>
  ): Promise<Awaited<ReturnType<LanceCalls[Name]>>> {
    // What is to be let go of is let go of.
    if (this.pauseMs > 0 && name !== 'stopReading')
      throw new LanceFailure('failed', this.reason ?? reasons.failed);
    const aside = asides.includes(name);
    if (!aside) this.#breaker.begin();
    try {
      const value = await this.#process.call(deadlineMs, name, ...args);
      if (!aside || this.#failedCall === name) this.#succeeded(name);
      return value as Awaited<ReturnType<LanceCalls[Name]>>;
    } catch (error) {
      this.#failed(error, name);
      throw error;
    }
  }

  #succeeded(call: LanceCallName): void {
    this.#breaker.succeeded();
    if (this.reason === null || !provesGood(call, this.#failedCall)) return;
    this.reason = null;
    this.#log.info({ store: 'vectors' }, 'The store of vectors is back');
  }

  #failed(error: unknown, call: LanceCallName): void {
    if (this.#closed) return;
    this.#breaker.failed();
    this.#failedCall = call;
    const fault = error instanceof LanceFailure ? error.fault : 'failed';
    this.#newer ||= fault === 'newer';
    this.reason = reasons[fault];
    const message = error instanceof Error ? error.message : String(error);
    this.#complaints.warn('The store of vectors is out of use: entries are kept in memory only', {
      reason: this.reason,
      call,
      came: message,
      try: fault === 'full' ? 'make room on the disk' : 'repair or remove its folder, or name another',
    });
  }
}

/** Whether a call that went well says that what failed goes well again: a folder that is read may still not be written. */
function provesGood(call: LanceCallName, failed: LanceCallName | null): boolean {
  return failed === null || call === failed || call === 'write' || !changes.includes(failed);
}
