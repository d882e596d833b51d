import type { FailureKind, Target } from '../../sdk/target.ts';
import type { TraceAttempt } from '../../sdk/trace.ts';
import type { Exchange } from './exchange.ts';

/** Keeps the record of one attempt: its times, its end, and what the target's health hears of it. */
export class AttemptRecord {
  readonly #x: Exchange;
  readonly #target: Target;
  readonly #record: TraceAttempt;
  readonly #startedMs: number;

  constructor(x: Exchange, number: number, target: Target) {
    this.#x = x;
    this.#target = target;
    this.#startedMs = x.services.clock.monotonic();
    this.#record = {
      number,
      target: target.id,
      provider: target.provider,
      startedMs: rounded(x.elapsedMs()),
      status: null,
      failure: null,
      upstreamRequestId: null,
      firstByteMs: null,
      durationMs: null,
    };
    x.recorder.attempts.push(this.#record);
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#record.status = status;
    this.#record.upstreamRequestId =
      headers['x-request-id'] ??
      headers['request-id'] ??
      headers['x-amzn-requestid'] ??
      headers['apim-request-id'] ??
      null;
  }

  /** The first real piece of the answer is here: the answer is this target's. */
  answering(): void {
    const waitedMs = this.#elapsedMs();
    this.#record.firstByteMs = rounded(waitedMs);
    this.#x.waitedMs += waitedMs;
    this.#x.target = this.#target;
  }

  /** The attempt is over. Only the first call counts. The exchange is settled with it, so this comes before its end. */
  close(failure: FailureKind | null): void {
    if (this.#record.durationMs !== null) return;
    const durationMs = this.#end();
    this.#record.failure = failure;
    this.#x.whenAborted(null);
    if (failure === null) this.#x.services.health.succeeded(this.#target.id, durationMs);
    else this.#x.services.health.failed(this.#target.id, failure);
  }

  /** The exchange was broken off from outside: that says nothing about the target. */
  stop(): void {
    this.#end();
  }

  #end(): number {
    const durationMs = this.#elapsedMs();
    this.#record.durationMs = rounded(durationMs);
    if (this.#record.firstByteMs === null) this.#x.waitedMs += durationMs;
    return durationMs;
  }

  #elapsedMs(): number {
    return this.#x.services.clock.monotonic() - this.#startedMs;
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
