import type { ChainRule, FailoverRule } from '../../sdk/route.ts';
import type { Target } from '../../sdk/target.ts';
import type { PassedOver } from '../../sdk/trace.ts';
import type { Candidate, PlanTerms } from './plan-terms.ts';

/** What a plan's fallbacks are measured by. */
export interface LeaveOutRules {
  readonly chain: ChainRule;
  readonly failover: FailoverRule;
  readonly priceOf: PlanTerms['priceOf'];
}

/**
 * The candidates that may be tried; the others go to `passedOver`, each with the reason. The first one that has no
 * condition is the measure for those after it: their vendor, region and cost are compared with its own.
 */
export function leaveOut(
  candidates: readonly Candidate[],
  rules: LeaveOutRules,
  passedOver: PassedOver[],
): readonly Candidate[] {
  // What is entered only after a failure cannot be what is asked first, whatever constraints took away before it.
  let start = 0;
  while (start < candidates.length && candidates[start]!.on !== null) {
    const { target, on } = candidates[start]!;
    passedOver.push({ target: target.id, why: `only after ${on!.join(' or ')}` });
    start += 1;
  }
  const first = candidates[start];
  if (first === undefined) return [];
  const most = Math.max(1, rules.chain.max ?? Infinity);
  const ceiling = ceilingOf(first.target, rules, candidates.length - start);
  const kept: Candidate[] = [first];
  for (let index = start + 1; index < candidates.length; index += 1) {
    const candidate = candidates[index]!;
    const why =
      elsewhere(candidate.target, first.target, rules) ??
      ceiling?.(candidate.target) ??
      (kept.length < most ? null : `more than the ${most} targets of the chain`);
    if (why === null) kept.push(candidate);
    else passedOver.push({ target: candidate.target.id, why });
  }
  return kept;
}

function elsewhere(target: Target, first: Target, { chain, failover }: LeaveOutRules): string | null {
  if ((chain.sameVendor === true || failover.crossVendor === 'never') && target.vendor !== first.vendor) {
    return `of another vendor (${target.vendor}) than the first target (${first.vendor})`;
  }
  if (chain.sameRegion === true && target.region !== first.region) {
    const [here, there] = [target.region || 'unknown', first.region || 'unknown'];
    return `in another region (${here}) than the first target (${there})`;
  }
  return null;
}

/**
 * What is too dear beside the first target, null where nothing can be: no ceiling, nobody to measure, or a first target
 * that is free or whose price nobody knows, which is no measure. A fallback of unknown price could cost anything, so
 * beside a first target that has one it is left out.
 */
function ceilingOf(
  first: Target,
  { failover, priceOf }: LeaveOutRules,
  count: number,
): ((target: Target) => string | null) | null {
  const times = failover.costCeiling;
  if (times === undefined || priceOf === undefined || count < 2) return null;
  const measure = priceOf(first);
  if (measure === null || measure <= 0) return null;
  return (target) => {
    const price = priceOf(target);
    if (price === null)
      return `its price is unknown, so not known to be within ${times} times the first target`;
    // Not `price > times * measure`: the quotient is what the reason names.
    const quotient = price / measure;
    if (quotient <= times) return null;
    return `dearer than ${times} times the first target (${shown(quotient, times)})`;
  };
}

/** One decimal, more where that would hide that it is above the ceiling. */
function shown(quotient: number, times: number): string {
  const short = quotient.toFixed(1);
  return Number(short) > times ? short : String(quotient);
}
