import type { FailureKind, Target } from '../../sdk/target.ts';

/** What a plan is made with besides the draft, for this request. */
export interface PlanTerms {
  /** Puts the targets of one name into the order in which they are tried; as they are listed by default. */
  arrange?(name: string, targets: readonly Target[]): readonly Target[];
  /** What the request costs at a target, in nano-dollars; null where nobody knows. Asked only for a cost ceiling. */
  priceOf?(target: Target): number | null;
}

/** A target of a plan under way. */
export interface Candidate {
  readonly target: Target;
  /** Failure kinds that lead to it; null: every kind of the chain's. */
  on: readonly FailureKind[] | null;
}
