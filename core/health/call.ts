import type { BreakerRule, HealthCall } from '../../sdk/health.ts';
import type { Clock } from '../../sdk/services.ts';
import type { FailureKind } from '../../sdk/target.ts';
import type { Began, HealthRecord } from './record.ts';

/** One call under way. Its first end counts. */
export class OpenCall implements HealthCall, Began {
  readonly type = 'call';
  #probe: boolean;
  #era: number;
  readonly rule: BreakerRule | null;
  readonly #record: HealthRecord;
  readonly #clock: Clock;
  readonly #startedMs: number;
  #answered = false;
  #ended = false;

  constructor(record: HealthRecord, rule: BreakerRule | null, probe: boolean, clock: Clock, nowMs: number) {
    this.#record = record;
    this.rule = rule;
    this.#probe = probe;
    this.#era = record.era;
    this.#clock = clock;
    this.#startedMs = nowMs;
  }

  get probe(): boolean {
    return this.#probe;
  }

  get era(): number {
    return this.#era;
  }

  answered(firstByteMs: number): void {
    if (this.#ended || this.#answered) return;
    this.#answered = true;
    this.#record.answered(firstByteMs, this.#clock.monotonic());
    if (!this.#probe) return;
    // A long stream must not keep everybody else waiting: who answers is back. Its end counts like any other's.
    this.#record.proved();
    this.#probe = false;
    this.#era = this.#record.era;
  }

  succeeded(tokens: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#record.succeeded(this, tokens, this.#clock.monotonic());
  }

  failed(kind: FailureKind, restMs: number | null): void {
    if (this.#ended) return;
    this.#ended = true;
    const nowMs = this.#clock.monotonic();
    // Whoever says nothing until the time is up is at least that slow.
    if (kind === 'timeout' && !this.#answered) this.#record.answered(nowMs - this.#startedMs, nowMs);
    this.#record.failed(this, kind, restMs, nowMs);
  }

  left(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#record.left(this);
  }
}
