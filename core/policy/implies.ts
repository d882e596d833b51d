import type { Leaf, Pred } from './plan.ts';

/** Leaves whose arguments are alternatives: fewer of them hold less often. */
const alternatives = new Set([
  ...['plan', 'region', 'tier', 'api', 'has', 'up.vendor', 'up.tier', 'up.region', 'up.target'],
  ...['resp.status', 'resp.finish', 'tenant', 'key', 'user', 'feature', 'model'],
]);

/**
 * True when `narrow` cannot hold without `wide` holding too, as far as their form shows. False means "not known":
 * nothing is reported on a guess. Null is the predicate that always holds.
 */
export function implies(narrow: Pred | null, wide: Pred | null): boolean {
  if (wide === null) return true;
  if (narrow === null) return false;
  if (JSON.stringify(narrow) === JSON.stringify(wide)) return true;
  if (wide.p === 'all') return wide.of.every((one) => implies(narrow, one));
  if (narrow.p === 'any') return narrow.of.every((one) => implies(one, wide));
  if (wide.p === 'any' && wide.of.some((one) => implies(narrow, one))) return true;
  if (narrow.p === 'all') return narrow.of.some((one) => implies(one, wide));
  if (narrow.p === 'not' && wide.p === 'not') return implies(wide.of, narrow.of);
  return narrow.p === 'leaf' && wide.p === 'leaf' && leafImplies(narrow, wide);
}

function leafImplies(narrow: Leaf, wide: Leaf): boolean {
  if (narrow.name === wide.name && alternatives.has(narrow.name)) {
    return narrow.args.every((one) => wide.args.includes(one));
  }
  return numberImplies(narrow, wide);
}

/** `tokensIn.gt(5000)` implies `tokensIn.gt(4000)`, for the same number. */
function numberImplies(narrow: Leaf, wide: Leaf): boolean {
  const [fact, op] = splitName(narrow.name);
  const [wideFact, wideOp] = splitName(wide.name);
  if (fact !== wideFact || op === null || wideOp === null) return false;
  if (JSON.stringify(narrow.args.slice(0, -1)) !== JSON.stringify(wide.args.slice(0, -1))) return false;
  const a = narrow.args.at(-1) as number;
  const b = wide.args.at(-1) as number;
  if (isLower(op) !== isLower(wideOp)) return false;
  // At the very same number only the strict one implies the other.
  const strictEnough = op === wideOp || op === 'gt' || op === 'lt';
  return isLower(op) ? a > b || (a === b && strictEnough) : a < b || (a === b && strictEnough);
}

function splitName(name: string): readonly [fact: string, op: string | null] {
  const [, fact, op] = /^(.*)\.(gte?|lte?)$/.exec(name) ?? [];
  return fact === undefined || op === undefined ? [name, null] : [fact, op];
}

function isLower(op: string): boolean {
  return op.startsWith('gt');
}
