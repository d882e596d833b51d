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

/** How often one target is tried again. */
export interface RetryRule {
  /** Tries after the first, 0 to 5. */
  readonly max: number;
  readonly on?: readonly FailureKind[];
  /** No retry starts after this long, in milliseconds since the first attempt. */
  readonly budgetMs?: number;
  /** Retries allowed as a share of requests to a target, so that retries cannot multiply an outage. */
  readonly ratio?: number;
}

/** What a `route` hook writes. The first writer of a slot wins; an override beats those that are none. */
export interface RouteWrites {
  readonly target?: { readonly to: string; readonly override?: boolean };
  /** Aliases or target ids to fall back to, in order, at most eight. */
  readonly fallbacks?: readonly string[];
  readonly chain?: ChainRule;
  readonly retry?: RetryRule;
  readonly only?: Constraint;
}

/** The slots of a plan; each has one winner. */
export type RouteSlot = 'target' | 'fallbacks' | 'chain' | 'retry' | 'cache';

/** The finished plan: whom to ask, in which order, and when to stop. */
export interface RoutePlan {
  /** At least one, in order of preference. */
  readonly targets: readonly Target[];
  readonly chain: Required<Pick<ChainRule, 'on'>> & ChainRule;
  readonly retry: RetryRule;
}
