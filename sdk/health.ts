import type { FailureKind } from './target.ts';

/** When a target is left alone. Half-open after the cooldown: one call probes, its end decides. */
export interface BreakerRule {
  /** Failures in a row that open it. */
  readonly consecutive: number;
  /** Share of failures within the window that opens it, 0 to 1, once there are `minCalls`. */
  readonly errorRatio: number;
  readonly windowMs: number;
  /** Calls within the window before the share counts. */
  readonly minCalls: number;
  /** Time that it stays open; doubled each time a probe fails, up to eight times. */
  readonly cooldownMs: number;
}

/** What an id takes in a minute, as the configuration says. */
export interface Capacity {
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

/** Why an id is not asked now, and when it may be. */
export interface HealthWait {
  readonly type: 'wait';
  /** `open`: its breaker is. `resting`: it asked for time itself. `full`: its capacity is used up for now. */
  readonly why: 'open' | 'resting' | 'full';
  readonly retryAfterMs: number;
}

/** One call under way. The first of `succeeded`, `failed` and `left` ends it; what comes after does nothing. */
export interface HealthCall {
  readonly type: 'call';
  /** It is the one call that finds out whether an open breaker may close. */
  readonly probe: boolean;
  /** The first real piece of the answer is here, so many milliseconds after the call was made. */
  answered(firstByteMs: number): void;
  /** @param tokens used, for the capacity. */
  succeeded(tokens: number): void;
  /** @param restMs how long the provider asked to be left alone; null where it did not say. */
  failed(kind: FailureKind, restMs: number | null): void;
  /** Broken off from our side: says nothing about the id. A probe that ends so is given to the next call. */
  left(): void;
}

/** What is known of an id: a target, or one key of a provider (`provider#2`). */
export interface HealthState {
  readonly id: string;
  readonly breaker: 'closed' | 'open' | 'half-open';
  /** Milliseconds until it may be asked again; 0 where it may be now. */
  readonly waitMs: number;
  /** Ends since the start of the process. */
  readonly successes: number;
  readonly failures: number;
  readonly consecutiveFailures: number;
  readonly lastFailure: FailureKind | null;
  /** Calls under way. */
  readonly inFlight: number;
  /** Peak-sensitive moving average of the time to the first piece of an answer; null before the first. */
  readonly latencyMs: number | null;
}

/** What the core learned of each target and key from real attempts. In this process only. */
export interface Health {
  /**
   * A call is about to be made. Without a rule nothing is held back for failures; without a capacity nothing for use.
   * Failures that are the request's own (`invalid_request`, `content_filter`, `context_length`, `unsupported`,
   * `not_found`) never open a breaker.
   */
  enter(id: string, rule: BreakerRule | null, capacity?: Capacity): HealthCall | HealthWait;
  /** What is known now; of an unknown id that nothing happened. Changes nothing. */
  of(id: string): HealthState;
  /** Every id that was ever asked, the last asked last; bounded. */
  all(): readonly HealthState[];
  /** A first try went to the target: its retry budget grows by `ratio` of one retry. */
  earnRetry(id: string, ratio: number): void;
  /** Takes one retry from the target's budget; false when there is none left. */
  allowRetry(id: string): boolean;
}
