import type { Cancel, Clock, Log } from '../../../sdk/services.ts';
import type { Trace } from '../../../sdk/trace.ts';
import { spanCount } from './span-count.ts';

export interface TraceQueueOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Sends the spans of some records; rejects where they did not arrive. */
  send(traces: readonly Trace[]): Promise<void>;
  /**
   * Records that wait at most. What comes while as many wait is dropped.
   * @default 2048
   */
  readonly maxWaiting?: number;
}

/** Records in one export: their spans are made and encoded in one piece, which takes half a millisecond. */
const batchSize = 8;
/** Exports under way. With more than one, a collector far away keeps up too. */
const maxSending = 8;
/** How long a record waits for others. */
const delayMs = 1000;
const complainEveryMs = 60_000;

/**
 * Finished requests on their way to a collector. It never grows beyond its size and never holds a request up: what there
 * is no room for, or does not arrive, is dropped and counted.
 */
export class TraceQueue {
  readonly #options: TraceQueueOptions;
  readonly #maxWaiting: number;
  #waiting: Trace[] = [];
  #sending = 0;
  #dropped = 0;
  #closed = false;
  #timer: Cancel | null = null;
  #idle: (() => void) | null = null;
  #complainedAtMs = -Infinity;

  constructor(options: TraceQueueOptions) {
    this.#options = options;
    this.#maxWaiting = options.maxWaiting ?? 2048;
  }

  /** Records that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Spans that were lost so far. */
  get dropped(): number {
    return this.#dropped;
  }

  add(trace: Trace): void {
    if (this.#closed) return this.#drop([trace], 'the gateway has stopped');
    if (this.#waiting.length >= this.#maxWaiting) return this.#drop([trace], 'too many wait');
    this.#waiting.push(trace);
    if (this.#waiting.length >= batchSize) this.#sendNext();
    else this.#expect();
  }

  /** Takes nothing more, sends what waits, for `limitMs` at most, and drops the rest. */
  async close(limitMs: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.();
    while (this.#waiting.length > 0 && this.#sending < maxSending) this.#sendNext();
    if (this.#sending === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(limitMs, resolve);
      this.#idle = () => {
        cancel();
        resolve();
      };
    });
    if (this.#waiting.length === 0) return;
    this.#drop(this.#waiting, 'the gateway has stopped');
    this.#waiting = [];
  }

  #expect(): void {
    this.#timer ??= this.#options.clock.after(delayMs, () => {
      this.#timer = null;
      this.#sendNext();
    });
  }

  #sendNext(): void {
    if (this.#waiting.length === 0 || this.#sending >= maxSending) return;
    const batch = this.#waiting.splice(0, batchSize);
    this.#sending += 1;
    this.#options.send(batch).then(
      () => this.#sent(),
      (error: unknown) => {
        this.#drop(batch, reasonOf(error));
        this.#sent();
      },
    );
  }

  #sent(): void {
    this.#sending -= 1;
    if (this.#closed || this.#waiting.length >= batchSize) this.#sendNext();
    else if (this.#waiting.length > 0) this.#expect();
    if (this.#sending === 0) this.#idle?.();
  }

  #drop(traces: readonly Trace[], reason: string): void {
    for (const trace of traces) this.#dropped += spanCount(trace);
    const { clock, log } = this.#options;
    if (clock.monotonic() - this.#complainedAtMs < complainEveryMs) return;
    this.#complainedAtMs = clock.monotonic();
    log.warn(
      { reason, dropped: this.#dropped },
      'spans were dropped; is the collector at telemetry.otlp up?',
    );
  }
}

/** A word for the log: messages of HTTP errors may hold addresses and what the other side said. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code === 'string') return code;
  return typeof code === 'number' ? `status ${code}` : 'the export failed';
}
