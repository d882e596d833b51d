import type { Act, Leaf, PlanRule, Pred } from './plan.ts';

/** Every leaf of a predicate; none where it is null. */
export function leavesOf(pred: Pred | null): readonly Leaf[] {
  if (pred === null) return [];
  if (pred.p === 'leaf') return [pred];
  return pred.p === 'not' ? leavesOf(pred.of) : pred.of.flatMap(leavesOf);
}

/** Every verb of a rule, those inside `split` too. */
export function actsOf(rule: PlanRule): readonly Act[] {
  const nested = (act: Act): readonly Act[] =>
    act.a === 'split' ? [act, ...act.arms.flatMap((arm) => arm.do.flatMap(nested))] : [act];
  return rule.acts.flatMap(nested);
}
