import type { BreakerRule } from './health.ts';
import type { FailureKind, Target, Tier } from './target.ts';

/** Which targets are allowed. Constraints of all writers intersect and never widen. Empty lists allow nothing. */
export interface Constraint {
  readonly region?: readonly string[];
  readonly vendor?: readonly string[];
  readonly tier?: readonly Tier[];
  /** Target ids or aliases. */
  readonly target?: readonly string[];
}

/** How to move along the chain of fallbacks. */
export interface ChainRule {
  /** Failure kinds that move on to the next target; `movingFailures` by default. */
  readonly on?: readonly FailureKind[];
  /** Only fall back to targets of the first target's vendor. */
  readonly sameVendor?: boolean;
  readonly sameRegion?: boolean;
  /** Targets tried at most, the first included. */
  readonly max?: number;
}

/** Whom to fall back to, and after which failures only. */
export interface Fallback {
  /** Alias or target id. */
  readonly to: string;
  /** Failure kinds of the target before it; every kind of the chain's by default. */
  readonly on?: readonly FailureKind[];
}

/** Time limits of one attempt, in milliseconds. */
export interface AttemptTimeouts {
  /** To get a connection. */
  readonly connectMs?: number;
  /** To the first real piece of a streamed answer. Whole answers come when they are finished: only `totalMs` counts. */
  readonly firstTokenMs?: number;
  /** Between two pieces of an answer. */
  readonly stallMs?: number;
  readonly totalMs?: number;
}

/** A second attempt beside a slow first one. Whichever answers first wins; the other is ended and accounted for. */
export interface HedgeRule {
  readonly afterMs: number;
  /** Hedged requests as a share of all, 0 to 1. */
  readonly maxShare: number;
  /** Also requests with tools: a tool call that both models make may take effect twice. */
  readonly withTools: boolean;
}

/** What availability asks for, whatever the targets are. One writer sets it all, usually the `fallback` plugin. */
export interface FailoverRule {
  readonly breaker?: BreakerRule;
  readonly timeouts?: AttemptTimeouts;
  /** No other target is begun so many milliseconds after the first attempt. */
  readonly delayBudgetMs?: number;
  /** A fallback may cost so many times what the first target costs for this request. */
  readonly costCeiling?: number;
  /** Fallbacks to another vendor than the first target's. */
  readonly crossVendor?: 'tag' | 'never';
  readonly hedge?: HedgeRule;
}

/** How often one target is tried again. */
export interface RetryRule {
  /** Tries after the first, 0 to 5. */
  readonly max: number;
  readonly on?: readonly FailureKind[];
  /** No retry starts after this long, in milliseconds since the first attempt. */
  readonly budgetMs?: number;
  /** Retries allowed as a share of requests to a target, so that retries cannot multiply an outage. */
  readonly ratio?: number;
  /** First wait at most, in milliseconds, doubled with every retry; the wait is drawn from 0 up to it. */
  readonly baseMs?: number;
  readonly capMs?: number;
}

/** What a `route` hook writes. The first writer of a slot wins; an override beats those that are none. */
export interface RouteWrites {
  readonly target?: { readonly to: string; readonly override?: boolean };
  /** Aliases or target ids to fall back to, in order, at most eight. */
  readonly fallbacks?: readonly (string | Fallback)[];
  /**
   * The slot `fallbacks` for whichever name the plan goes to in the end: by alias or target id all that is tried, in
   * order, the name itself or its first target included. Names that are not in it have no chain.
   */
  readonly chains?: Readonly<Record<string, readonly (string | Fallback)[]>>;
  readonly chain?: ChainRule;
  readonly retry?: RetryRule;
  readonly failover?: FailoverRule;
  readonly only?: Constraint;
}

/** The slots of a plan; each has one winner. */
export type RouteSlot = 'target' | 'fallbacks' | 'chain' | 'retry' | 'failover' | 'cache';

/** The finished plan: whom to ask, in which order, and when to stop. */
export interface RoutePlan {
  /** At least one, in order of preference. */
  readonly targets: readonly Target[];
  /** For each target the failure kinds of the one before it that lead to it; null: every kind of the chain's. */
  readonly conditions: readonly (readonly FailureKind[] | null)[];
  readonly chain: Required<Pick<ChainRule, 'on'>> & ChainRule;
  readonly retry: RetryRule;
  readonly failover: FailoverRule;
}
