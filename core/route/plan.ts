import { GatewayError } from '../../sdk/errors.ts';
import type { ChainRule, FailoverRule, Fallback, RetryRule, RoutePlan } from '../../sdk/route.ts';
import type { Models } from '../../sdk/services.ts';
import { type FailureKind, movingFailures, type Target } from '../../sdk/target.ts';
import type { PassedOver } from '../../sdk/trace.ts';
import { allows, describeConstraint } from './constraint.ts';
import { type FallbackList, type RouteDraft, type Slot, writerName } from './draft.ts';
import { leaveOut } from './leave-out.ts';
import type { Candidate, PlanTerms } from './plan-terms.ts';

/** Fallbacks beyond this many are not tried. */
const maxFallbackNames = 8;
const noRule: ChainRule = Object.freeze({});
const noRetry: RetryRule = Object.freeze({ max: 0 });
const noFailover: FailoverRule = Object.freeze({});

/** A plan, and the targets of it that are not tried, with the reason. */
export interface FinishedPlan extends RoutePlan {
  readonly passedOver: readonly PassedOver[];
}

const noTerms: PlanTerms = Object.freeze({});

/**
 * Turns the draft into the list of targets to try: the target that won (else what the client asked for), then
 * the fallbacks, without duplicates, and only what every constraint, the chain's rule and the cost ceiling allow.
 *
 * @throws GatewayError 404 `model_not_found`; 503 `no_candidate` when constraints leave nothing.
 */
export function finishPlan(
  draft: RouteDraft,
  requested: string,
  models: Models,
  terms: PlanTerms = noTerms,
): FinishedPlan {
  const name = nameOf(draft, requested, models);
  const candidates: Candidate[] = [];
  const chain = draft.chainOf(name);
  if (chain === null) {
    addTargets(candidates, name, null, withinOf(name, draft, models), terms);
    if (draft.fallbacks !== null) {
      addAll(candidates, draft.fallbacks, maxFallbackNames, draft, models, terms);
    }
  } else {
    addAll(candidates, chain, maxFallbackNames + 1, draft, models, terms);
  }
  if (candidates.length === 0) throw noCandidate(draft, requested);

  const passedOver: PassedOver[] = [];
  const rule: ChainRule = draft.chain?.value ?? noRule;
  const failover = draft.failover?.value ?? noFailover;
  const kept = leaveOut(candidates, { chain: rule, failover, priceOf: terms.priceOf }, passedOver);
  if (kept.length === 0) throw onlyConditional(requested, passedOver);
  return {
    targets: kept.map(({ target }) => target),
    conditions: kept.map(({ on }) => on),
    chain: { ...rule, on: rule.on ?? movingFailures },
    retry: draft.retry?.value ?? noRetry,
    failover,
    passedOver,
  };
}

/** The name that the plan goes to: the winner of the slot where constraints leave something of it. */
function nameOf(draft: RouteDraft, requested: string, models: Models): string {
  if (draft.target === null) return requested;
  const { value, writer } = draft.target;
  if (withinOf(value, draft, models).length > 0) return value;
  draft.lose('target', writer, value, `outside ${describeConstraints(draft)}`);
  return requested;
}

function addAll(
  candidates: Candidate[],
  { value, writer }: Slot<FallbackList>,
  most: number,
  draft: RouteDraft,
  models: Models,
  terms: PlanTerms,
): void {
  const count = Math.min(most, value.length);
  for (let index = 0; index < count; index += 1) {
    const entry: string | Fallback = value[index]!;
    const to = typeof entry === 'string' ? entry : entry.to;
    const on = typeof entry === 'string' ? null : (entry.on ?? null);
    const within = withinOf(to, draft, models);
    if (within.length === 0) draft.lose('fallbacks', writer, to, `outside ${describeConstraints(draft)}`);
    else addTargets(candidates, to, on, within, terms);
  }
}

function addTargets(
  candidates: Candidate[],
  name: string,
  on: readonly FailureKind[] | null,
  within: readonly Target[],
  { arrange }: PlanTerms,
): void {
  const ordered = arrange === undefined || within.length < 2 ? within : arrange(name, within);
  for (const target of ordered) {
    const known = candidates.find((one) => one.target.id === target.id);
    if (known === undefined) candidates.push({ target, on });
    // Listed twice it keeps its first place, and both lists lead to it.
    else if (known.on !== null) known.on = on === null ? null : [...new Set([...known.on, ...on])];
  }
}

/** The targets of a configured name that every constraint allows, or 404 with the nearest name. */
function withinOf(name: string, { constraints }: RouteDraft, models: Models): readonly Target[] {
  const targets = models.resolve(name);
  if (targets === undefined || targets.length === 0) {
    const nearest = models.nearest(name);
    const hint = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
    throw new GatewayError(
      'model_not_found',
      `The model "${name}" is not configured here: expected an alias of /v1/models or provider/model.${hint}`,
      { param: 'model' },
    );
  }
  if (constraints.length === 0) return targets;
  return targets.filter((target) =>
    constraints.every(({ constraint }) => allows(constraint, target, models)),
  );
}

function noCandidate(draft: RouteDraft, requested: string): GatewayError {
  return new GatewayError(
    'no_candidate',
    `No target is left for model "${requested}": policies allow only ${describeConstraints(draft)}, and no configured target of it fits. Ask for another model, or add a target that fits.`,
  );
}

function onlyConditional(requested: string, passedOver: readonly PassedOver[]): GatewayError {
  const left = passedOver.map(({ target, why }) => `${target} (${why})`).join(', ');
  return new GatewayError(
    'no_candidate',
    `No target is left for model "${requested}" that may be asked first: ${left}. Ask for another model, or add a target without a condition.`,
  );
}

/** `only(region: eu) of eu-residency/pin`, joined with `and`. */
export function describeConstraints(draft: RouteDraft): string {
  return draft.constraints
    .map(({ constraint, writer }) => `only(${describeConstraint(constraint)}) of ${writerName(writer)}`)
    .join(' and ');
}
