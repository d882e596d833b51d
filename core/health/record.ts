import type { BreakerRule, Capacity, HealthState, HealthWait } from '../../sdk/health.ts';
import type { FailureKind } from '../../sdk/target.ts';
import { blames, isPacing, restOf } from './blame.ts';
import { Breaker, type Passage } from './breaker.ts';
import { PeakLatency } from './peak-latency.ts';
import { RetryCredit } from './retry-credit.ts';
import { Usage } from './usage.ts';

/** A call under way, as its record needs it. */
export interface Began extends Passage {
  readonly rule: BreakerRule | null;
}

/** Everything that is known of one id. */
export class HealthRecord {
  readonly id: string;
  readonly credit = new RetryCredit();
  readonly #breaker = new Breaker();
  readonly #latency = new PeakLatency();
  /** Made with the first capacity: most ids have none. */
  #usage: Usage | null = null;
  #capacity: Capacity | null = null;
  #restUntilMs = 0;
  #successes = 0;
  #failures = 0;
  #consecutiveFailures = 0;
  #lastFailure: FailureKind | null = null;
  inFlight = 0;
  asked = false;

  constructor(id: string) {
    this.id = id;
  }

  get era(): number {
    return this.#breaker.era;
  }

  /** Why a call must wait; null where it need not. */
  wait(rule: BreakerRule | null, capacity: Capacity | undefined, nowMs: number): HealthWait | null {
    if (capacity !== undefined) {
      this.#capacity = capacity;
      this.#usage ??= new Usage();
    }
    let why: HealthWait['why'] = 'full';
    let waitMs = capacity === undefined ? 0 : this.#usage!.waitMs(capacity, this.inFlight, nowMs);
    if (rule !== null) {
      const restMs = this.#restUntilMs - nowMs;
      if (restMs > waitMs) [why, waitMs] = ['resting', restMs];
      const openMs = this.#breaker.waitMs(nowMs);
      if (openMs > waitMs) [why, waitMs] = ['open', openMs];
    }
    return waitMs > 0 ? { type: 'wait', why, retryAfterMs: waitMs } : null;
  }

  /** A call begins. Only after there was nothing to wait for. Says whether it is the probe. */
  begin(rule: BreakerRule | null, nowMs: number): boolean {
    this.asked = true;
    this.inFlight += 1;
    this.#usage?.began(nowMs);
    return rule !== null && this.#breaker.takeProbe();
  }

  answered(firstByteMs: number, nowMs: number): void {
    this.#latency.observe(firstByteMs, nowMs);
  }

  /** The probe got an answer. */
  proved(): void {
    this.#breaker.close();
    this.#consecutiveFailures = 0;
  }

  succeeded(call: Began, tokens: number, nowMs: number): void {
    this.inFlight -= 1;
    this.#successes += 1;
    this.#consecutiveFailures = 0;
    this.#usage?.used(tokens, nowMs);
    if (call.rule !== null) this.#breaker.succeeded(call, call.rule, nowMs);
  }

  failed(call: Began, kind: FailureKind, restMs: number | null, nowMs: number): void {
    this.inFlight -= 1;
    this.#failures += 1;
    this.#lastFailure = kind;
    const ownRestMs = restOf(kind, restMs);
    if (ownRestMs > 0) this.#restUntilMs = Math.max(this.#restUntilMs, nowMs + ownRestMs);
    if (!blames(kind)) return this.#breaker.passed(call);
    this.#consecutiveFailures += 1;
    if (call.rule === null) return;
    if (ownRestMs > 0 && isPacing(kind)) this.#breaker.passed(call);
    else this.#breaker.failed(call, call.rule, nowMs);
  }

  left(call: Began): void {
    this.inFlight -= 1;
    this.#breaker.passed(call);
  }

  /** Whether something would be lost if it were forgotten. */
  holds(nowMs: number): boolean {
    return this.inFlight > 0 || this.#breaker.state(nowMs) !== 'closed' || this.#restUntilMs > nowMs;
  }

  state(nowMs: number): HealthState {
    const capacityMs =
      this.#capacity === null ? 0 : this.#usage!.waitMs(this.#capacity, this.inFlight, nowMs);
    return {
      id: this.id,
      breaker: this.#breaker.state(nowMs),
      waitMs: Math.max(0, this.#restUntilMs - nowMs, this.#breaker.waitMs(nowMs), capacityMs),
      successes: this.#successes,
      failures: this.#failures,
      consecutiveFailures: this.#consecutiveFailures,
      lastFailure: this.#lastFailure,
      inFlight: this.inFlight,
      latencyMs: this.#latency.at(nowMs),
    };
  }
}
